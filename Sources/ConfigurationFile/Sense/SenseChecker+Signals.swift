import Model

extension SenseChecker {
  /// Zones, sizes and times of schedules.
  mutating func checkSchedules() {
    for schedule in policy.schedules {
      let pointer = schedulePointers[schedule.name] ?? JSONPointer(["poolkeeper", "schedules"])
      if !isTimeZone(schedule.timeZone) {
        problems.add(
          .error, "unknown_time_zone", at: pointer.appending("time_zone"),
          "There is no time zone \(JSONText.shown(schedule.timeZone)).",
          "Use an IANA name, for example UTC or Europe/Berlin.")
      }
      if let lead = schedule.lead, lead < policy.provisioning.usualTotal {
        warn(
          "lead_too_short", at: pointer.appending("lead_seconds"),
          "Workers are asked for \(lead.text) before the window, and usually take \(policy.provisioning.usualTotal.text).",
          "Remove lead_seconds, or set it to \(Int(policy.provisioning.usualTotal.inSeconds)) or more.")
      }
      guard let pool = policy.pool(schedule.pool) else { continue }
      if !pool.enabled {
        warn(
          "no_effect", at: pointer.appending("pool"), "The pool \(pool.name) is disabled, so that it gets no workers.",
          "Enable the pool, or remove the schedule.")
      }
      if schedule.workers > pool.maximum {
        warn(
          "schedule_above_maximum", at: pointer.appending("workers"),
          "\(schedule.workers) workers are asked for, but the pool \(pool.name) may have \(pool.maximum).",
          "Lower workers, or raise max_size.")
      }
      guard let template = policy.template(schedule.template ?? pool.defaultTemplate) else { continue }
      let hourly = pool.price(of: template).perHour * schedule.workers
      if let cap = pool.hourlyBudget?.perHour ?? policy.money.hourlyBudget?.perHour, hourly > cap {
        warn(
          "schedule_above_budget", at: pointer.appending("workers"),
          "\(schedule.workers) × \(template.name) cost \(shown(hourly)) an hour, above the hourly budget of \(shown(cap)).",
          "Lower workers, use a cheaper template, or raise the budget.")
      }
    }
  }

  /// An hour's cap against the minimum and a single worker.
  mutating func checkHourlyBudget(_ pool: Pool) {
    guard pool.enabled, let cap = pool.hourlyBudget?.perHour, let template = policy.template(pool.defaultTemplate)
    else {
      return
    }
    let pointer = JSONPointer(["poolkeeper", "pools", pool.name.rawValue, "hourly_budget"])
    let price = pool.price(of: template).perHour
    if pool.minimum > 0, price * pool.minimum > cap {
      warn(
        "minimum_above_budget", at: pointer,
        "The minimum of \(pool.minimum) × \(template.name) costs \(shown(price * pool.minimum)) an hour, above the cap of "
          + "\(shown(cap)).", "Raise hourly_budget, lower min_size, or use a cheaper template.")
    } else if pool.maximum > 0, price > cap {
      warn(
        "budget_below_one_worker", at: pointer,
        "One worker (\(template.name)) costs \(shown(price)) an hour, above the cap of \(shown(cap)): none will ever be "
          + "created.", "Raise hourly_budget, or use a cheaper template.")
    }
  }

  /// A look ahead that nothing uses, or that has no history.
  mutating func checkForecast(_ pool: Pool) {
    guard
      let section = root.section("poolkeeper").entries("pools").first(where: { $0.name == pool.name.rawValue })?
        .section.section("forecast"), section.isPresent, section.boolean("enabled")
    else { return }
    let own = policy.triggers.filter { $0.pool == pool.name }
    guard let forecast = own.compactMap(\.forecast).first else {
      warn(
        "no_effect", at: section.pointer, "The pool has no trigger of CPU or memory that could look ahead.",
        "Remove forecast, or let the pool scale by utilisation.")
      return
    }
    if forecast.methods.isEmpty {
      warn(
        "no_effect", at: section.at("methods"), "Without a method nothing is foreseen.",
        "Name linear, daily or both, or set enabled to false.")
    }
    let metrics = configuration.service.metrics
    if forecast.methods.contains(.daily), metrics.source == .embedded, metrics.retention < .hours(96) {
      warn(
        "retention_too_short", at: section.at("methods"),
        "Samples are kept for \(metrics.retention.text), but three earlier days must be known to look ahead by days.",
        "Set poolkeeper.metrics.retention_hours to 192 for a week, or let methods be [\"linear\"].")
    }
  }
}
