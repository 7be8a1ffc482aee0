import API
import ConfigurationFile
import ControlLoop
import Decision
import Model

/// What a policy does with a snapshot, and the fleet that is left by it.
struct PlannedFleet: Sendable {
  /// A pool's workers that stay or come.
  struct Size: Sendable, Equatable {
    var workers = 0
    var perHour = Money.zero
  }

  let plan: Plan
  let view: PlanView
  let pools: [PoolName: Size]
  /// Before the plan.
  let now: [PoolName: Size]

  init(_ snapshot: Snapshot, _ policy: Policy) {
    let decision = CheckedDecision.make(snapshot: snapshot, policy: policy).decision
    plan = decision.plan
    view = PlanView(decision.plan, report: decision.report, dryRun: true)
    let retired = Set(decision.plan.retirements.map(\.worker))
    var pools: [PoolName: Size] = [:]
    var now: [PoolName: Size] = [:]
    for pool in policy.pools {
      pools[pool.name] = Size()
      now[pool.name] = Size()
    }
    for worker in snapshot.workers where !worker.state.isLeaving && worker.removal == nil {
      now[worker.pool, default: Size()].add(worker.price)
      if !retired.contains(worker.name) { pools[worker.pool, default: Size()].add(worker.price) }
    }
    for creation in decision.plan.creations { pools[creation.pool, default: Size()].add(creation.price) }
    self.pools = pools
    self.now = now
  }
}

extension PlannedFleet.Size {
  mutating func add(_ price: HourlyPrice) {
    workers += 1
    perHour += price.perHour
  }
}

/// Two plans of one snapshot: by the policy as it is, and by a changed one.
struct WhatIfAnswer: Encodable, Sendable {
  /// A pool under both.
  struct PoolLine: Encodable, Sendable, Equatable {
    var pool: PoolName
    var workersNow: Int
    var workersAsItIs: Int
    var workersChanged: Int
    /// Whole currency units.
    var pricePerHourAsItIs: Money
    var pricePerHourChanged: Money
  }

  /// What the change changes.
  struct Difference: Encodable, Sendable, Equatable {
    var workers: Int
    /// Whole currency units; negative for a saving.
    var pricePerHour: Money
    var pools: [PoolLine]
  }

  let whatIf: [String]
  let asItIs: PlanView
  let changed: PlanView
  let difference: Difference

  init(_ changes: [PolicyChange], from base: PlannedFleet, to other: PlannedFleet) {
    whatIf = changes.map(\.description)
    asItIs = base.view
    changed = other.view
    let lines = Set(base.pools.keys).union(other.pools.keys).sorted().map { pool in
      let (before, after) = (base.pools[pool] ?? .init(), other.pools[pool] ?? .init())
      return PoolLine(
        pool: pool, workersNow: base.now[pool]?.workers ?? 0, workersAsItIs: before.workers,
        workersChanged: after.workers, pricePerHourAsItIs: before.perHour, pricePerHourChanged: after.perHour)
    }
    difference = Difference(
      workers: lines.reduce(0) { $0 + $1.workersChanged - $1.workersAsItIs },
      pricePerHour: lines.reduce(.zero) { $0 + $1.pricePerHourChanged - $1.pricePerHourAsItIs }, pools: lines)
  }

  func show(currency: String) {
    Console.out("As it is:")
    PlanText.show(asItIs)
    Console.out("\nWith \(whatIf.joined(separator: ", ")):")
    PlanText.show(changed)
    var table = Table(["POOL", "NOW", "AS IT IS", "WHAT IF", "COST/H AS IT IS", "COST/H WHAT IF", "DIFFERENCE"])
    for line in difference.pools {
      table.add([
        line.pool.rawValue, "\(line.workersNow)", "\(line.workersAsItIs)", "\(line.workersChanged)",
        "\(line.pricePerHourAsItIs)", "\(line.pricePerHourChanged)",
        Self.signed(line.pricePerHourChanged - line.pricePerHourAsItIs),
      ])
    }
    Console.out("\n" + table.text)
    let workers = difference.workers
    Console.out(
      "Difference: \(workers > 0 ? "+" : "")\(workers) \(abs(workers) == 1 ? "worker" : "workers"), "
        + "\(Self.signed(difference.pricePerHour)) \(currency) an hour.")
  }

  private static func signed(_ money: Money) -> String { (money > .zero ? "+" : "") + "\(money)" }
}
