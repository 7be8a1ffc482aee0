import Model
import Simulator

/// Budgets of all kinds, from tight to generous.
extension SceneDraft {
  /// Hours of the longest month, with the hour that summer time ends with.
  private static let longestMonth: Duration = .hours(745)

  /// What a pool's minimum costs in a whole month, standby clones included.
  private func monthOfMinimum(_ pool: Pool) -> Money {
    guard let template = policy.template(pool.defaultTemplate) else { return .zero }
    return pool.price(of: template).cost(of: Self.longestMonth) * pool.minimum
      + pool.standbyPrice(of: template, policy.money).cost(of: Self.longestMonth) * pool.standby
  }

  private func hourOfMinimum(_ pool: Pool) -> Money {
    guard let template = policy.template(pool.defaultTemplate) else { return .zero }
    return pool.price(of: template).perHour * pool.minimum
      + pool.standbyPrice(of: template, policy.money).perHour * pool.standby
  }

  /// What one worker costs for as long as it is sure to be kept.
  private func oneWorker(_ pool: Pool) -> Money {
    guard let template = policy.template(pool.defaultTemplate) else { return .zero }
    return pool.price(of: template).cost(of: (pool.timeToLive?.standard ?? pool.horizon) + .minutes(30))
  }

  mutating func drawMoney(_ dice: inout SplitMix64) {
    policy.money.timeZone = dice.pick(Self.timeZones)
    policy.money.standbyPricePercent = dice.pick([0, 5, 5, 10])
    policy.money.alertPercent = dice.pick([70, 80, 90])
    // Tight ones may be below what the minimum costs, which is kept all the same.
    let mayBeTooTight = profile != .calm && dice.chance(0.1)
    for index in policy.pools.indices {
      let pool = policy.pools[index]
      if dice.chance(0.7) {
        let beyond = oneWorker(pool) * dice.pick([1, 3, 10, 40])
        policy.pools[index].monthlyBudget =
          mayBeTooTight
          ? share(monthOfMinimum(pool) + beyond, dice.number(in: 0.3...0.9)) : monthOfMinimum(pool) + beyond
      }
      if dice.chance(0.3), let template = policy.template(pool.defaultTemplate) {
        let beyond = pool.price(of: template).perHour * dice.integer(in: 1...5)
        policy.pools[index].hourlyBudget = HourlyPrice(perHour: hourOfMinimum(pool) + beyond)
      }
    }
    let minimum = policy.pools.map(monthOfMinimum).reduce(.zero, +)
    if dice.chance(0.5) {
      let beyond = policy.pools.map(oneWorker).reduce(.zero, +) * dice.pick([1, 2, 8, 30])
      policy.money.monthlyBudget =
        mayBeTooTight ? share(minimum + beyond, dice.number(in: 0.3...0.9)) : minimum + beyond
    }
    if dice.chance(0.3) {
      let hour = policy.pools.map(hourOfMinimum).reduce(.zero, +)
      let dearest = policy.templates.map(\.price).max() ?? HourlyPrice(perHour: .zero)
      policy.money.hourlyBudget = HourlyPrice(perHour: hour + dearest.perHour * dice.integer(in: 1...6))
    }
    if let burst = policy.pools.first(where: { $0.kind == .burst }), dice.chance(0.5) {
      policy.money.burstEventMaximum = oneWorker(burst) * dice.pick([1, 2, 4, 12])
    }
  }

  private func share(_ amount: Money, _ part: Double) -> Money { Money((amount.units * part * 100).rounded() / 100) }

  /// The factor that the caps of a month must be multiplied with to hold the minimum; 1 where they do.
  var factorThatHoldsMinimum: Double {
    var factor = 1.0
    for pool in policy.pools {
      if let cap = pool.monthlyBudget, monthOfMinimum(pool) > cap, cap > .zero {
        factor = max(factor, monthOfMinimum(pool).units / cap.units)
      }
    }
    let minimum = policy.pools.map(monthOfMinimum).reduce(.zero, +)
    if let cap = policy.money.monthlyBudget, minimum > cap, cap > .zero {
      factor = max(factor, minimum.units / cap.units)
    }
    return factor == 1 ? 1 : (factor * 2).rounded(.up)
  }

  /// Whether every cap can hold what the minimum costs.
  var capsHoldMinimum: Bool {
    factorThatHoldsMinimum == 1
      && policy.pools.allSatisfy { pool in pool.hourlyBudget.map { $0.perHour >= hourOfMinimum(pool) } ?? true }
      && (policy.money.hourlyBudget.map { $0.perHour >= policy.pools.map(hourOfMinimum).reduce(.zero, +) } ?? true)
  }
}
