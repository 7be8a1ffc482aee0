import API
import Exposition
import Model
import Ports
import PromQL
import Synchronization
import Testing
import TimeSeries

/// The program's own metrics among its samples.
@Suite struct OwnMetricsTests {
  /// A clock that is moved by hand, and the workers that the gauges tell.
  private final class World: TimeSource {
    private let state = Mutex((now: Samples.now, workers: ["worker-burst-001"]))
    func now() -> Instant { state.withLock { $0.now } }
    func sleep(for duration: Duration) async throws { throw CancellationError() }
    func pass(_ duration: Duration) { state.withLock { $0.now = $0.now.advanced(by: duration) } }
    var workers: [String] {
      get { state.withLock { $0.workers } }
      set { state.withLock { $0.workers = newValue } }
    }
  }

  private static let own = [
    Label(name: "cluster", value: "talos-prod"), Label(name: "instance", value: "self"),
    Label(name: "job", value: "poolkeeper"),
  ]

  private let world = World()
  private let fixture: ServerFixture

  init() {
    var fixture = ServerFixture()
    fixture.parts.time = world
    fixture.parts.gauges = { [world] table in
      table.set(.buildInfo, 1, labels: ["1.2.3"])
      table.set(.remoteWriteElectedReplica, 1, labels: ["sender", "a"])
      for worker in world.workers { table.set(.workerCreatedTimestamp, 5, labels: [worker, "burst"]) }
      table.observe(.provisioningDuration, 100, labels: ["burst"])
    }
    self.fixture = fixture
  }

  /// What a query finds now.
  private func answer(_ expression: String) throws -> [String] {
    let result = try Engine().instant(Query(parse: expression), fixture.store, at: world.now().milliseconds)
    guard case .vector(_, let vector) = result.value else { return [] }
    return vector.map { "\($0.labels) \($0.value.float ?? .nan)" }.sorted()
  }

  /// Series of a round that leaves out none.
  private func kept(_ metrics: inout OwnMetrics) throws -> Int {
    let outcome = try metrics.keep()
    guard case .kept(let series, leftOut: 0) = outcome else {
      Issue.record("\(outcome)")
      throw CancellationError()
    }
    return series
  }

  @Test func answersQueriesForThemLikeForSamplesOfOthers() throws {
    var metrics = OwnMetrics(fixture.parts, labels: Self.own)
    let series = try kept(&metrics)
    #expect(series == fixture.store.statistics.series)
    #expect(
      try answer("poolkeeper_build_info") == [
        #"poolkeeper_build_info{cluster="talos-prod", instance="self", job="poolkeeper", version="1.2.3"} 1.0"#
      ])
    // A label of the metric is not covered by one of the program.
    #expect(try answer(#"poolkeeper_remote_write_elected_replica{cluster="sender"}"#).count == 1)
    #expect(
      try answer(#"poolkeeper_provisioning_duration_seconds_bucket{le="120.0"}"#).first?.hasSuffix(" 1.0") == true)
    #expect(try answer(#"poolkeeper_provisioning_duration_seconds_bucket{le="90.0"}"#).first?.hasSuffix(" 0.0") == true)
    #expect(try answer(#"poolkeeper_provisioning_duration_seconds_sum"#).first?.hasSuffix(" 100.0") == true)
    #expect(try answer("process_cpu_seconds_total").count == 1)
  }

  @Test func endsTheSeriesOfAWorkerThatIsGoneAtOnce() throws {
    var metrics = OwnMetrics(fixture.parts, labels: Self.own)
    world.workers = ["worker-burst-001", "worker-burst-002"]
    _ = try metrics.keep()
    #expect(try answer("poolkeeper_worker_created_timestamp_seconds").count == 2)
    world.workers = ["worker-burst-002"]
    world.pass(.seconds(15))
    _ = try metrics.keep()
    #expect(try answer("poolkeeper_worker_created_timestamp_seconds").count == 1)
    world.pass(.seconds(15))
    try metrics.end()
    #expect(try answer(#"{job="poolkeeper"}"#) == [])
  }

  @Test func holdsBackWhileSomebodyElseWritesThem() throws {
    var metrics = OwnMetrics(fixture.parts, labels: Self.own)
    _ = try metrics.keep()
    world.pass(.seconds(15))
    let scraped = Labels([
      "__name__": "poolkeeper_build_info", "job": "poolkeeper", "instance": "host:9095", "version": "1.2.3",
    ])
    let now = world.now().milliseconds
    try fixture.store.append([(scraped, now, 1)], now: now)
    #expect(try metrics.keep() == .heldBack)
    #expect(try answer("poolkeeper_build_info").count == 1)
    #expect(try answer("process_cpu_seconds_total").isEmpty)
    // The other's target is gone: a marker, and then silence.
    world.pass(.seconds(15))
    let end = world.now().milliseconds
    try fixture.store.append([(scraped, end, Double.staleMarker)], now: end)
    #expect(try metrics.keep() != .heldBack)
    #expect(try answer("poolkeeper_build_info").count == 1)
  }

  @Test func keepsOnAfterASilenceOfTheOther() throws {
    var metrics = OwnMetrics(fixture.parts, labels: Self.own)
    let now = world.now().milliseconds
    let scraped = Labels(["__name__": "poolkeeper_build_info", "instance": "host:9095", "version": "1.2.3"])
    try fixture.store.append([(scraped, now, 1)], now: now)
    #expect(try metrics.keep() == .heldBack)
    world.pass(.milliseconds(OwnMetrics.othersLookBack))
    #expect(try metrics.keep() == .heldBack)
    world.pass(.milliseconds(1))
    #expect(try metrics.keep() != .heldBack)
  }

  @Test func addsNothingToAStoreWithoutRoom() throws {
    var limits = StoreLimits()
    limits.memoryBytes = 1
    var full = ServerFixture(limits)
    full.parts.time = world
    full.parts.gauges = fixture.parts.gauges
    try full.fill()
    let before = full.store.statistics.series
    var metrics = OwnMetrics(full.parts, labels: Self.own)
    #expect(try metrics.keep() == .noRoom)
    #expect(full.store.statistics.series == before)
  }

  @Test func leavesOutSingleWorkersFirstWhenThereAreTooMany() throws {
    world.workers = (0..<40).map { "worker-burst-\($0)" }
    var all = OwnMetrics(fixture.parts, labels: Self.own)
    // The first round has no oldest sample to tell.
    _ = try all.keep()
    world.pass(.seconds(15))
    let series = try kept(&all)
    var few = OwnMetrics(fixture.parts, labels: Self.own, seriesLimit: series - 30)
    world.pass(.seconds(15))
    #expect(try few.keep() == .kept(series: series - 30, leftOut: 30))
    let now = world.now().milliseconds
    let kept = try answer("timestamp(poolkeeper_worker_created_timestamp_seconds) == \(Double(now) / 1_000)")
    #expect(kept.count == 10)
    #expect(try answer("timestamp(process_cpu_seconds_total) == \(Double(now) / 1_000)").count == 1)
  }
}
