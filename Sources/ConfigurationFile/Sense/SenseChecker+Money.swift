import Model

extension SenseChecker {
  /// What a whole burst costs against what it may cost.
  mutating func checkLifetimeCost(_ pool: Pool, _ section: Section) {
    guard pool.enabled, let life = pool.timeToLive, life.standard <= life.maximum, pool.maximum > 0,
      let longest = cost(of: pool.maximum, for: life.maximum, in: pool),
      let standard = cost(of: pool.maximum, for: life.standard, in: pool)
    else { return }
    let pointer = section.at("ttl_config", "max_ttl_hours")
    let whole = "\(pool.maximum) × \(pool.defaultTemplate)"
    if pool.kind == .burst, let cap = policy.money.burstEventMaximum, longest > cap {
      warn(
        "burst_above_event_maximum", at: pointer,
        "A full pool (\(whole)) that lives for \(life.maximum.text) costs \(shown(longest)), above "
          + "burst_cost_per_event_max of \(shown(cap)): the last workers or extensions will be refused.",
        "Lower max_ttl_hours or max_size, or raise burst_cost_per_event_max to \(shown(longest)).")
    }
    if let budget = pool.monthlyBudget, standard > budget {
      warn(
        "burst_above_budget", at: section.at("ttl_config", "default_ttl_hours"),
        "A single time that the pool is full (\(whole) for \(life.standard.text)) costs \(shown(standard)), above the "
          + "month's budget of \(shown(budget)).",
        "Lower default_ttl_hours or max_size, or raise the budget.")
    }
  }

  /// Budgets that cannot hold a single worker, and prices that disagree.
  mutating func checkBudget(_ pool: Pool) {
    guard let template = policy.template(pool.defaultTemplate) else { return }
    let price = pool.price(of: template)
    if pool.enabled, pool.maximum > 0, let budget = pool.monthlyBudget {
      let span = pool.timeToLive?.standard ?? pool.horizon
      let least = price.cost(of: span)
      if least > budget {
        warn(
          "budget_below_one_worker", at: budgetPointer(pool),
          "One worker (\(template.name) for \(span.text)) costs \(shown(least)), above the budget of \(shown(budget)): "
            + "none beyond the minimum will ever be created.",
          "Raise monthly_budget, or use a cheaper template.")
      }
    }
    let cost = root.section("cost_tracking")
    for (name, section) in cost.entries("cost_allocation")
    where name == pool.name.rawValue + "_pool" || name == pool.name.rawValue {
      guard let told = section.optionalNumber("cost_per_worker_hour"), price.perHour > .zero || told > 0 else {
        continue
      }
      if abs(told - price.perHour.units) > 0.05 * price.perHour.units {
        warn(
          "price_mismatch", at: section.at("cost_per_worker_hour"),
          "\(JSONText.number(told)) differs from the price of \(template.name) in this pool, "
            + "\(JSONText.number(price.perHour.units)), which counts.",
          "Correct cost_per_worker_hour, cost_per_hour of the template, or cost_savings_percent.")
      }
    }
  }

  /// The minimums of all pools against the cap of all pools.
  mutating func checkTotals() {
    let pointer = JSONPointer(["poolkeeper", "budgets", "monthly_total"])
    if let total = policy.money.monthlyBudget {
      let minimums = policy.pools.filter(\.enabled).compactMap {
        self.cost(of: $0.minimum, for: .hours(SenseChecker.hoursOfMonth), in: $0)
      }.reduce(Money.zero, +)
      if minimums > total {
        warn(
          "minimum_above_budget", at: pointer,
          "The minimums of all pools cost \(shown(minimums)) in a month of \(SenseChecker.hoursOfMonth) hours, above the "
            + "total of \(shown(total)).", "Raise monthly_total, or lower the minimums.")
      }
    }
    if let event = policy.money.burstEventMaximum {
      for pool in policy.pools where pool.kind == .burst && pool.enabled {
        guard let life = pool.timeToLive, let one = self.cost(of: 1, for: life.standard, in: pool), one > event else {
          continue
        }
        warn(
          "budget_below_one_worker", at: JSONPointer(["cost_tracking", "alerts", "burst_cost_per_event_max"]),
          "One worker of \(pool.name) for \(life.standard.text) costs \(shown(one)), above this cap: none will ever be "
            + "created.", "Raise burst_cost_per_event_max, or lower default_ttl_hours.")
      }
    }
    let cost = root.section("cost_tracking")
    if !cost.boolean("enabled"), cost.isPresent {
      note(
        "budgets_off", at: cost.at("enabled"), "Cost tracking is off: no budget holds.",
        "Set it to true to keep budgets.")
    }
  }
}
