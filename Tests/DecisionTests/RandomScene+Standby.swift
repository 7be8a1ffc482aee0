import Model

@testable import Decision

extension Scene {
  /// A clone that was made in advance and waits, unless `change` says otherwise.
  @discardableResult
  mutating func addStandby(
    _ pool: PoolName, state: WorkerState = .standby, age: Duration = .hours(1),
    _ change: (inout WorkerRecord) -> Void = { _ in }
  ) -> WorkerName {
    let (template, money) = (policy.template(self.pool(pool).defaultTemplate)!, policy.money)
    let price = self.pool(pool).standbyPrice(of: template, money)
    return addWorker(pool, state: state, age: age) {
      var standby = StandbyRecord(price: price)
      standby.readyAt = state == .standby ? $0.createdAt : nil
      $0.standby = standby
      $0.readyAt = nil
      $0.timeToLive = nil
      $0.build = template.build
      change(&$0)
    }
  }

  mutating func randomiseStandby(_ random: inout Seeded) {
    guard random.chance(40) else { return }
    for pool in policy.pools.map(\.name) where random.chance(60) {
      let wanted = random.number(0...3)
      changePool(pool) { $0.standby = wanted }
    }
    let states: [WorkerState] = [
      .standby, .standby, .standby, .standby, .requested, .provisioning, .failed, .terminating,
    ]
    for _ in 0..<random.number(0...4) {
      let pool: PoolName = random.pick(["burst", "burst", "spot", "permanent", "gpu"])
      let (state, isAsked, isOld, isActive) = (
        random.pick(states), random.chance(10), random.chance(10), random.chance(10)
      )
      addStandby(pool, state: state, age: .minutes(random.number(0...400))) { record in
        if isAsked || state == .terminating {
          record.removal = RemovalRecord(reason: record.reason, askedAt: Scene.now.advanced(by: .minutes(-3)))
        }
        if isOld { record.build?.talosVersion = "v1.0.0" }
        if isActive, state != .standby { record.standby?.activatedAt = Scene.now.advanced(by: .minutes(-1)) }
      }
    }
  }
}
