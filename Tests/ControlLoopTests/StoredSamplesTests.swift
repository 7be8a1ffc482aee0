import Model
import Ports
import PromQL
import Simulator
import Synchronization
import Testing
import TimeSeries

@testable import ControlLoop

/// The whole way from the exporters' samples over the store and PromQL to workers.
@Suite struct StoredSamplesTests {
  private static let interval: Duration = .seconds(30)

  private static func policy() -> Policy {
    var policy = Setting.policy(minimum: 2)
    let expressions: [Trigger.Kind: String] = [
      .pendingPods: "sum(kube_pod_status_unschedulable) or 0 * count(kube_node_info)",
      .cpuPressure: #"100 * (1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5m])))"#,
      .memoryPressure: "100 * (1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes))",
    ]
    policy.triggers = policy.triggers.map { trigger in
      var trigger = trigger
      trigger.expression = expressions[trigger.kind]!
      return trigger
    }
    policy.pace.tick = .seconds(10)
    return policy
  }

  /// A Prometheus in short: scrapes the exporters into the store, until it is dead.
  private static func scrape(_ bench: Bench, into store: SeriesStore) throws {
    let at = bench.now.milliseconds
    let samples = bench.world.look { $0.kubeStateMetrics() + $0.nodeExporterMetrics() }
    try store.append(
      samples.map { sample in
        let labels = sample.labels.map { Label(name: $0.name, value: $0.value) }
        return (Labels([Label(name: Labels.metricName, value: sample.family)] + labels), at, sample.value)
      }, now: at)
  }

  private static func bench(_ world: World, _ store: SeriesStore) async throws -> Bench {
    try await Bench(
      world, policy: policy(),
      source: { _ in EmbeddedMetricSource(source: store, engine: Engine(), staleAfter: interval * 2) })
  }

  private static func steps(_ bench: Bench, _ store: SeriesStore, _ length: Duration) async throws {
    let end = bench.now.advanced(by: length)
    while bench.now < end {
      if (bench.now - Setting.start).milliseconds % interval.milliseconds == 0 { try scrape(bench, into: store) }
      await bench.step()
    }
  }

  @Test func samplesBecomeWorkersAndADeadPrometheusHoldsThem() async throws {
    var world = Setting.world()
    var pods = Setting.burstPods("web", count: 12)
    pods.kind = .deployment(
      replicas: LoadProfile(
        origin: Setting.start, points: [.init(.zero, 0), .init(.minutes(4), 12), .init(.minutes(12), 0)]))
    world.add(pods)
    let store = SeriesStore()
    let bench = try await Self.bench(world, store)

    try await Self.steps(bench, store, .minutes(4))
    #expect(bench.ready("permanent") == 2)
    #expect(!bench.workers.contains { $0.pool == "burst" }, "nothing waits yet")
    #expect(bench.latest?.report.triggers.allSatisfy { $0.state.phase == .inactive } == true)

    try await Self.steps(bench, store, .minutes(6))
    #expect(bench.ready("burst") > 0)
    #expect(bench.world.look { $0.report.podsPending } == 0)
    let firstAsked = try #require(bench.workers.filter { $0.pool == "burst" }.map(\.createdAt).min())
    let waited = firstAsked - Setting.start.advanced(by: .minutes(4))
    #expect(waited >= .seconds(120) && waited <= .seconds(180), "hold time, and a scrape and a tick: \(waited)")

    try await Self.steps(bench, store, .minutes(4))
    let burst = bench.ready("burst")
    #expect(burst > 0)
    // Prometheus dies. What is idle stays, for nobody knows whether pods wait.
    let end = bench.now.advanced(by: .minutes(25))
    while bench.now < end { await bench.step() }
    #expect(bench.ready("burst") == burst)
    #expect(bench.latest?.report.triggers.allSatisfy { $0.state.phase == .unknown } == true)
    #expect(bench.latest?.report.missing.isEmpty == false)

    try await Self.steps(bench, store, .minutes(8))
    #expect(bench.ready("burst") < burst, "it is back, and what is idle goes")
  }
}
