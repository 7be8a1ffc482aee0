import Model
import Ports
import Simulator

/// How a demonstration ended, judged by the world's own account and not by what the program believes.
struct DemoSummary {
  var report: WorldReport
  var workers: [WorkerRecord]
  var policy: Policy
  var elapsed: Duration
  var isOver: Bool
  /// What the ledger says, as of the last decision: the world runs on until the program has stopped.
  var spent: (amount: Money, at: Instant)?

  /// What is wrong; empty when all ended well.
  var faults: [String] {
    var faults: [String] = []
    if !report.doubleCreations.isEmpty { faults.append("\(report.doubleCreations.count) worker(s) were created twice") }
    if !report.budgetViolations.isEmpty {
      faults.append("\(report.budgetViolations.count) disruption budget(s) were broken")
    }
    if !report.foreignTouches.isEmpty {
      faults.append("\(report.foreignTouches.count) foreign machine(s) were touched")
    }
    guard isOver else { return faults }
    if report.podsPending > 0 { faults.append("\(report.podsPending) pod(s) still wait") }
    for pool in policy.pools {
      let ready = workers.count { $0.pool == pool.name && $0.state == .ready }
      if ready < pool.minimum { faults.append("pool \(pool.name) has \(ready) ready, fewer than \(pool.minimum)") }
      if pool.kind == .burst || pool.kind == .spot {
        let left = workers.count { $0.pool == pool.name }
        if left > 0 { faults.append("\(left) worker(s) of pool \(pool.name) are left in the night") }
      }
    }
    return faults
  }

  var lines: [String] {
    let currency = policy.money.currency
    let saving = policy.pools.reduce(into: [PoolName: Double]()) { $0[$1.name] = $1.savingPercent }
    let cost = report.cost { saving[$0] ?? 0 }
    let hours = report.workerSeconds
    let perPool = policy.pools.map { pool in
      let machines = report.machines.filter { $0.owner.pool == pool.name }
      let worked = tenths((hours[pool.name] ?? 0) / 3600)
      return "  \(pool.name): \(machines.count) worker(s) made, \(worked) worker-hours"
    }
    let ledger = spent.map { ", \($0.amount) \(currency) by the ledger at \($0.at.clockText)" } ?? ""
    let longest = report.longestPendingPod.map { " (\($0))" } ?? ""
    return [
      "", "After \(elapsed.text) of the world's time:",
    ] + perPool + [
      "  pods: \(report.podsCreated) made, \(report.podsFinished) finished, \(report.podsEvicted) evicted, "
        + "\(report.podsPending) waiting; longest wait \(report.longestPending.text)\(longest)",
      "  cost: \(cost) \(currency) by the world's meter\(ledger)",
      "  never: \(report.doubleCreations.count) doubled, \(report.foreignTouches.count) foreign touched, "
        + "\(report.budgetViolations.count) disruption budgets broken",
      faults.isEmpty
        ? (isOver ? "All ended well." : "So far all is well.") : "Not well: " + faults.joined(separator: "; ") + ".",
    ]
  }

  private func tenths(_ value: Double) -> String { DemoView.short(value) }
}
