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
  /// Pods for which nothing is done.
  let waiting: [PodGroupReport]
  let pools: [PoolName: Size]
  /// Before the plan.
  let now: [PoolName: Size]

  init(_ snapshot: Snapshot, _ policy: Policy) {
    let decision = CheckedDecision.make(snapshot: snapshot, policy: policy).decision
    plan = decision.plan
    view = PlanView(decision.plan, report: decision.report, dryRun: true)
    waiting = decision.report.podGroups.filter { $0.outcome == .waits || $0.outcome == .impossible }
    let retired = Set(decision.plan.retirements.map(\.worker))
    var pools: [PoolName: Size] = [:]
    var now: [PoolName: Size] = [:]
    for pool in policy.pools {
      pools[pool.name] = Size()
      now[pool.name] = Size()
    }
    for worker in snapshot.workers where !worker.state.isLeaving && worker.removal == nil {
      if worker.isReserve {
        now[worker.pool, default: Size()].perHour += worker.presentPrice.perHour
        if !retired.contains(worker.name) {
          pools[worker.pool, default: Size()].perHour += worker.presentPrice.perHour
        }
        continue
      }
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

/// What is to be otherwise.
struct Question: Sendable {
  private let changes: [PolicyChange]
  private let additions: [PodAddition]

  /// - Throws: `Failure` with a sentence that says how it would be right.
  init(_ texts: [String]) throws {
    additions = try texts.filter { $0.hasPrefix(PodAddition.prefix) }.map { try PodAddition($0) }
    changes = try texts.filter { !$0.hasPrefix(PodAddition.prefix) }.map { text in
      do { return try PolicyChange(text) } catch { throw Failure(.usage, "\(error)") }
    }
  }

  /// The fleet that a snapshot would lead to.
  func planned(_ saved: SavedSnapshot) throws -> PlannedFleet {
    let policy: Policy
    do { policy = try PolicyChange.apply(changes, to: saved.policy) } catch { throw Failure(.usage, "\(error)") }
    var snapshot = saved.snapshot
    for addition in additions { try addition.apply(to: &snapshot, policy) }
    return PlannedFleet(snapshot, policy)
  }
}

/// Two plans of one snapshot: as it is, and with what is to be otherwise.
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
  /// Pods for which nothing is done.
  let waitingAsItIs: [PodGroupReport]
  let waitingChanged: [PodGroupReport]
  let difference: Difference

  init(_ whatIf: [String], from base: PlannedFleet, to other: PlannedFleet) {
    self.whatIf = whatIf
    asItIs = base.view
    changed = other.view
    waitingAsItIs = base.waiting
    waitingChanged = other.waiting
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
    Self.show(asItIs, waitingAsItIs)
    Console.out("\nWith \(whatIf.joined(separator: ", ")):")
    Self.show(changed, waitingChanged)
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

  private static func show(_ plan: PlanView, _ waiting: [PodGroupReport]) {
    PlanText.show(plan)
    for group in waiting { Console.out("pods \(group.example) (\(group.pods)): \(group.reason.sentence)") }
  }

  private static func signed(_ money: Money) -> String { (money > .zero ? "+" : "") + "\(money)" }
}
