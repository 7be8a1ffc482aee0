import Exposition
import Model
import Ports
import Simulator
import Testing

@testable import ControlLoop

/// What the alert rules rest on beside pools, workers and budgets.
@Suite struct AlertMetricsTests {
  private func gauges(_ bench: Bench) -> MetricTable {
    var table = bench.registry.snapshot()
    bench.loop.addGauges(to: &table)
    return table
  }

  @Test func namesTheBudgetThatADrainWaitsForAtEveryLook() async throws {
    var world = Setting.world()
    world.add(Setting.burstPods("web", count: 2))
    world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .maxUnavailable(0)))
    let bench = try await Bench.withBurstWorkers(1, world: world)
    await bench.steps(6)
    let worker = try #require(bench.workers.first)
    let labels = [worker.name.rawValue, "burst"]
    #expect(gauges(bench).value(of: .drainStartedTimestamp, labels: labels) == nil)
    _ = try await bench.loop.remove(worker.name, force: false, by: "ann")
    let began = bench.now
    #expect(gauges(bench).value(of: .drainInfo, labels: labels + [""]) == .number(1), "nothing is in the way yet")
    #expect(await bench.run { bench.workers.first?.removal?.refusals != nil })
    let pod = try #require(bench.workers.first?.removal?.refusals?.first?.pod)
    for _ in 0..<40 {
      await bench.step()
      let table = gauges(bench)
      #expect(table.value(of: .drainInfo, labels: labels + ["\(pod.namespace)/web"]) == .number(1))
      #expect(table.value(of: .drainInfo, labels: labels + [""]) == nil)
      #expect(table.value(of: .drainStartedTimestamp, labels: labels) == .number(began.seconds))
    }
    _ = try await bench.loop.remove(worker.name, force: true, by: "ann")
    #expect(gauges(bench).value(of: .drainStartedTimestamp, labels: labels) == nil)
  }

  @Test func tellsWhichSystemsAnswer() async throws {
    let bench = try await Bench.withBurstWorkers(1)
    func up(_ system: String) -> MetricValue? { gauges(bench).value(of: .systemUp, labels: [system]) }
    await bench.step()
    for system in ["kubernetes", "hypervisor", "talos"] { #expect(up(system) == .number(1), "\(system)") }
    bench.infrastructure.setBroken(["hosts"])
    await bench.step()
    #expect(up("hypervisor") == .number(0))
    #expect(up("kubernetes") == .number(1))
    bench.infrastructure.setBroken(["disruptionBudgets"])
    await bench.step()
    #expect(up("kubernetes") == .number(0))
    #expect(up("hypervisor") == .number(1))
    bench.infrastructure.setBroken(["observe"])
    bench.clock.advance(by: bench.policy.health.interval)
    await bench.step()
    #expect(up("talos") == .number(0), "the only worker does not answer")
    bench.infrastructure.setBroken([])
    await bench.step()
    #expect(up("talos") == .number(1))
    let alone = try await Bench(Setting.world())
    await alone.step()
    #expect(gauges(alone).value(of: .systemUp, labels: ["talos"]) == nil, "without workers nobody is asked")
  }

  @Test func countsTicksAndWritesThatFail() async throws {
    let bench = try await Bench(Setting.world())
    #expect(gauges(bench).value(of: .journalFailures) == .number(0), "it is there before the first")
    #expect(gauges(bench).value(of: .tickFailures) == .number(0))
    _ = try await bench.order(1)
    bench.journal.failNext(.refused, .refused)
    await bench.steps(2)
    #expect(gauges(bench).value(of: .journalFailures) == .number(2))
    #expect(gauges(bench).value(of: .tickFailures) == .number(2))
    await bench.steps(3)
    #expect(gauges(bench).value(of: .tickFailures) == .number(2))
  }

  @Test func countsEachPreemptionOnce() {
    let registry = MetricRegistry()
    let meter = LoopMeter(registry, Setting.policy())
    func count(_ pool: String) -> MetricValue? { registry.snapshot().value(of: .preemptions, labels: [pool]) }
    #expect(count("spot") == .number(0))
    #expect(count("burst") == nil, "its workers are not preempted")
    func memory(_ instants: [Int64]) -> DecisionMemory {
      var memory = DecisionMemory()
      memory.pools["spot", default: PoolMemory()].preemptions = instants.map { Instant(seconds: $0) }
      return memory
    }
    meter.remembered(memory([10, 20, 20]), before: DecisionMemory())
    #expect(count("spot") == .number(3))
    meter.remembered(memory([10, 20, 20]), before: memory([10, 20, 20]))
    #expect(count("spot") == .number(3))
    meter.remembered(memory([20, 20, 20, 30]), before: memory([10, 20, 20]))
    #expect(count("spot") == .number(5), "the first is of the month before and forgotten")
  }
}
