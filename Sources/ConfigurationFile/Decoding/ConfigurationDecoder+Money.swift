import Model

extension ConfigurationDecoder {
  /// Names of pools' budgets: the pool's name, with or without `_pool` behind it.
  private static let suffix = "_pool"

  /// A pool's cap; `nil` without one.
  func monthlyBudget(of pool: String) -> Money? {
    let cost = root.section("cost_tracking")
    guard cost.boolean("enabled") else { return nil }
    let budgets = cost.entries("cost_allocation")
    let name = [pool + ConfigurationDecoder.suffix, pool].first { name in budgets.contains { $0.name == name } }
    return budgets.first { $0.name == name }?.section.money("monthly_budget")
  }

  /// A pool's cap of an hour; `nil` without one.
  func hourlyBudget(of pool: String) -> HourlyPrice? {
    guard root.section("cost_tracking").boolean("enabled") else { return nil }
    return overrides(of: pool).money("hourly_budget").map { HourlyPrice(perHour: $0) }
  }

  mutating func decodeMoney(into policy: inout Policy) {
    let cost = root.section("cost_tracking")
    let alerts = cost.section("alerts")
    let budgets = root.section("poolkeeper").section("budgets")
    policy.money.currency = cost.text("currency")
    policy.money.alertPercent = alerts.number("budget_threshold_percent")
    policy.money.timeZone = budgets.text("time_zone")
    policy.money.standbyPricePercent = budgets.number("standby_price_percent")
    if cost.boolean("enabled") {
      policy.money.burstEventMaximum = alerts.money("burst_cost_per_event_max")
      policy.money.monthlyBudget = budgets.money("monthly_total")
      policy.money.hourlyBudget = budgets.money("hourly_total").map { HourlyPrice(perHour: $0) }
    }
    let known = poolNames.map { $0 + ConfigurationDecoder.suffix }
    for (name, section) in cost.entries("cost_allocation") {
      noteIgnored("current_spend", in: section, "spending is counted from the ledger")
      if !poolNames.contains(name), !known.contains(name) {
        problems.add(
          .warning, "unknown_pool", at: section.pointer, "There is no pool for the budget \(JSONText.shown(name)).",
          Suggestion.sentence(
            for: name, among: known, otherwise: "The budgets may be: \(known.prefix(20).joined(separator: ", "))."))
      }
    }
  }

  mutating func decodePace(into policy: inout Policy) {
    let pace = root.section("poolkeeper").section("pace")
    policy.pace.tick = pace.duration("tick_seconds")
    policy.pace.expectedSampleInterval = root.section("poolkeeper").section("metrics")
      .duration("expected_sample_interval_seconds")
    policy.pace.maximumPending = pace.duration("max_pending_seconds")
    policy.pace.shrinkPercent = pace.number("shrink_percent")
    policy.pace.shrinkWindow = pace.duration("shrink_window_minutes")
    policy.pace.backoffInitial = pace.duration("backoff_initial_minutes")
    policy.pace.backoffMaximum = pace.duration("backoff_max_minutes")
    policy.pace.backoffReset = pace.duration("backoff_reset_hours")
    policy.pace.priorityCutoff = pace.integer("priority_cutoff")
    if policy.pace.backoffInitial > policy.pace.backoffMaximum {
      problems.add(
        .error, "minimum_above_maximum", at: pace.at("backoff_initial_minutes"),
        "The first pause of \(policy.pace.backoffInitial.text) is longer than the longest of "
          + "\(policy.pace.backoffMaximum.text).", "Lower backoff_initial_minutes or raise backoff_max_minutes.")
    }
  }
}
