import Exposition
import Model
import Ports
import Simulator
import Synchronization
import Testing

@testable import ControlLoop

/// What the loop shows of itself, and what it counts.
@Suite struct GaugesTests {
  private func gauges(_ bench: Bench) -> MetricTable {
    var table = bench.registry.snapshot()
    bench.loop.addGauges(to: &table)
    return table
  }

  private func histogram(_ value: MetricValue?) -> HistogramValue? {
    if case .histogram(let histogram)? = value { histogram } else { nil }
  }

  @Test func showsWorkersByPoolTemplateAndState() async throws {
    let bench = try await Bench.withBurstWorkers(3)
    _ = try await bench.loop.remove("worker-burst-002", force: false, by: "ann")
    let table = gauges(bench)
    #expect(table.value(of: .workers, labels: ["burst", "medium", "ready"]) == .number(2))
    #expect(table.value(of: .workers, labels: ["burst", "medium", "draining"]) == .number(1))
    let empty = table.value(of: .workers, labels: ["gpu", "gpu-nvidia", "ready"])
    #expect(empty == .number(0), "an empty pool has a zero")
    #expect(table.value(of: .workerState, labels: ["worker-burst-002", "burst", "medium", "draining"]) == .number(1))
    #expect(table.value(of: .workerState, labels: ["worker-burst-002", "burst", "medium", "ready"]) == nil)
    let worker = bench.workers[0]
    let labels = ["worker-burst-001", "burst"]
    #expect(table.value(of: .workerCreatedTimestamp, labels: labels) == .number(worker.createdAt.seconds))
    #expect(
      table.value(of: .workerExpiryTimestamp, labels: labels) == .number(worker.timeToLive!.expiresAt.seconds))
    #expect(
      table.value(of: .workerCost, labels: labels + ["USD"]) == .number(worker.cost(until: bench.now).units))
    #expect(table.value(of: .mode, labels: ["act"]) == .number(1))
  }

  @Test func showsPoolsTriggersAndBudgetsOfTheLastDecision() async throws {
    var world = Setting.world()
    world.add(Setting.burstPods("web", count: 12))
    let bench = try await Bench(world, policy: Setting.policy(minimum: 2))
    #expect(gauges(bench).value(of: .poolMaximumWorkers, labels: ["burst"]) == nil, "nothing was decided yet")
    await bench.run { bench.ready("permanent") == 2 }
    let table = gauges(bench)
    #expect(table.value(of: .poolMinimumWorkers, labels: ["permanent"]) == .number(2))
    #expect(table.value(of: .poolMaximumWorkers, labels: ["burst"]) == .number(20))
    #expect(table.value(of: .poolDesiredWorkers, labels: ["permanent"]) == .number(2))
    #expect(table.value(of: .pendingPods) == .number(12))
    let trigger = ["burst/pending_pods", "burst"]
    #expect(table.value(of: .triggerState, labels: trigger + ["pending"]) == .number(1))
    #expect(table.value(of: .triggerState, labels: trigger + ["firing"]) == .number(0))
    #expect(table.value(of: .triggerValue, labels: trigger) == .number(12))
    #expect(table.value(of: .triggerThreshold, labels: trigger) == .number(5))
    #expect(table.value(of: .budgetCap, labels: ["burst", "USD"]) == .number(200))
    #expect(table.value(of: .missingReadings) == .number(0))
    let spent = bench.workers.reduce(Money.zero) { $0 + $1.cost(until: bench.now) }
    #expect(table.value(of: .budgetSpent, labels: ["permanent", "USD"]) == .number(spent.units))
  }

  @Test func countsTicksDecisionsActionsAndProvisioning() async throws {
    let bench = try await Bench.withBurstWorkers(2)
    let table = gauges(bench)
    let ticks = Double(bench.loop.state.withLock { $0.ticks })
    #expect(table.value(of: .ticks) == .number(ticks))
    #expect(histogram(table.value(of: .tickDuration))?.count == UInt64(ticks))
    #expect(table.value(of: .lastTickTimestamp) == .number(bench.now.seconds))
    #expect(table.value(of: .decisions, labels: ["burst", "grow"]) == .number(1))
    #expect(table.value(of: .decisions, labels: ["burst", "disabled"]) == .number(0))
    #expect(table.value(of: .workerActions, labels: ["clone", "succeeded"]) == .number(2))
    #expect(table.value(of: .planRejected) == .number(0))
    let provisioning = histogram(table.value(of: .provisioningDuration, labels: ["burst"]))
    #expect(provisioning?.count == 2)
    let taken = bench.workers.reduce(0.0) { $0 + ($1.readyAt! - $1.createdAt).inSeconds }
    #expect(provisioning?.sum == taken)
  }

  @Test func countsWhatWorkersGoThroughAndTellsWhatTheyCost() async throws {
    let bench = try await Bench.withBurstWorkers(2)
    func entered(_ state: WorkerState, _ pool: String = "burst") -> MetricValue? {
      gauges(bench).value(of: .workerTransitions, labels: [pool, state.rawValue])
    }
    #expect(entered(.requested) == .number(2))
    #expect(entered(.ready) == .number(2))
    #expect(entered(.draining) == .number(0))
    #expect(entered(.ready, "gpu") == .number(0), "what has not happened has a zero")
    #expect(histogram(gauges(bench).value(of: .stepDuration, labels: ["clone_vm_from_template"]))?.count == 2)
    let price = bench.workers.reduce(Money.zero) { $0 + $1.price.perHour }
    let labels = ["burst", "medium", "USD"]
    #expect(gauges(bench).value(of: .costPerHour, labels: labels) == .number(price.units))
    #expect(gauges(bench).value(of: .listPricePerHour, labels: labels) == .number(price.units))
    #expect(gauges(bench).value(of: .costPerHour, labels: ["gpu", "gpu-nvidia", "USD"]) == .number(0))
    #expect(gauges(bench).value(of: .decisionReasons, labels: ["burst", "scheduled"]) == .number(0))
    let reasons = Set(
      bench.loop.state.withLock { $0.latest }?.report.pools.first { $0.pool == "burst" }?.reasons.map(\.code) ?? [])
    #expect(!reasons.isEmpty)
    for code in reasons {
      guard case .number(let count)? = gauges(bench).value(of: .decisionReasons, labels: ["burst", code]) else {
        Issue.record("\(code) is not counted")
        continue
      }
      #expect(count >= 1)
    }

    _ = try await bench.loop.remove("worker-burst-002", force: false, by: "ann")
    #expect(await bench.run { bench.workers.allSatisfy { $0.name != "worker-burst-002" } })
    #expect(entered(.draining) == .number(1))
    #expect(entered(.terminated) == .number(1))
    #expect(histogram(gauges(bench).value(of: .drainDuration, labels: ["burst"]))?.count == 1)
    let removals = gauges(bench).families().first { $0.descriptor == .removals }?.points ?? []
    #expect(
      removals.filter { $0.value != .number(0) } == [MetricPoint(labels: ["burst", "operator"], value: .number(1))])
  }

  @Test func countsFailuresByStep() async throws {
    var world = Setting.world()
    world.faults.neverJoinNext = 1
    let bench = try await Bench(world)
    _ = try await bench.order(1)
    #expect(await bench.run { bench.workers.contains { $0.state == .failed } })
    let table = gauges(bench)
    #expect(table.value(of: .workerFailures, labels: ["burst", "node_appears_in_cluster"]) == .number(1))
    #expect(histogram(table.value(of: .provisioningDuration, labels: ["burst"]))?.count == 0)
    await bench.steps(20)
    #expect(
      gauges(bench).value(of: .workerFailures, labels: ["burst", "node_appears_in_cluster"]) == .number(1))
  }

  @Test(
    arguments: [
      (ScheduledFault.Cure.restart, 1.0, 0.0), (.reboot, 1.0, 1.0),
    ])
  func countsRepairs(cure: ScheduledFault.Cure, restarts: Double, reboots: Double) async throws {
    var policy = Setting.policy(minimum: 0)
    policy.pace.tick = .seconds(15)
    let bench = try await Bench.withBurstWorkers(1, policy: policy)
    try bench.world.change { world in
      world.add(ScheduledFault(at: world.now, kind: .kubeletDies(.node("worker-burst-001"), cure: cure)))
    }
    #expect(await bench.run { bench.workers.first?.state == .unhealthy })
    #expect(await bench.run(atMost: .hours(1)) { bench.ready("burst") == 1 && bench.workers.first?.step == nil })
    let table = gauges(bench)
    func repairs(_ action: RepairAction, _ outcome: String) -> MetricValue? {
      table.value(of: .repairs, labels: ["NotReady", action.rawValue, outcome])
    }
    #expect(repairs(.restartKubelet, "succeeded") == .number(restarts))
    #expect(repairs(.restartKubelet, "failed") == .number(0))
    #expect(repairs(.reboot, "succeeded") == .number(reboots))
  }

  @Test func countsAReplacement() async throws {
    var policy = Setting.policy(minimum: 0)
    policy.pace.tick = .seconds(15)
    let bench = try await Bench.withBurstWorkers(1, policy: policy)
    try bench.world.change { world in
      world.add(ScheduledFault(at: world.now, kind: .kubeletDies(.node("worker-burst-001"), cure: .never)))
    }
    let replace = ["NotReady", RepairAction.replace.rawValue, "succeeded"]
    #expect(
      await bench.run(atMost: .hours(2)) {
        bench.registry.snapshot().value(of: .repairs, labels: replace) == .number(1)
      })
  }
}
