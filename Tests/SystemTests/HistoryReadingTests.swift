import Backtest
import ControlLoop
import Foundation
import HTTPTransport
import Model
import Ports
import PrometheusClient
import PromQL
import RemoteWrite
import Synchronization
import Testing
import TimeSeries

@testable import poolkeeper

/// Eight hours of metrics become a history, whoever keeps them.
@Suite struct HistoryReadingTests {
  private static let start = Instant(rfc3339: "2026-03-01T00:00:00Z")!
  private static let end = start.advanced(by: .seconds(RecordedCluster.length))
  private static let cluster = RecordedCluster(start: start)

  static let policy: Policy = {
    var policy = Policy(clusterName: "prod", pools: [], templates: [])
    var trigger = Trigger(
      name: "burst/queue", pool: "burst", kind: .custom, expression: "queue_length", threshold: 10, hold: .seconds(60))
    trigger.fold = .sum
    var pressure = trigger
    pressure.name = "burst/cpu_pressure"
    pressure.kind = .cpuPressure
    policy.triggers = [trigger, pressure]
    return policy
  }()

  private static let store: SeriesStore = {
    let store = SeriesStore()
    _ = try? store.append(cluster.samples, now: end.milliseconds)
    return store
  }()

  private static var embedded: EmbeddedRangeSource { EmbeddedRangeSource(source: store, engine: Engine()) }

  private static func read(_ source: any RangeSource) async throws -> History {
    try await HistoryReading(source: source, policy: policy).read(from: start, through: end, name: "a test")
  }

  /// A line for each pod: when it comes, how long it runs or when it is taken away, all in seconds.
  private static func lines(_ history: History) -> [String] {
    history.pods.map { record in
      func seconds(_ at: Instant) -> Int64 { (at.milliseconds - start.milliseconds) / 1000 }
      return [
        record.pod.key.name, record.pod.ownerKind ?? "-", "at \(seconds(record.createdAt))",
        record.runsFor.map { "runs \($0.milliseconds / 1000)" } ?? "-",
        record.deletedAt.map { "until \(seconds($0))" } ?? "-",
        "\(record.pod.requests.cpuMillicores)m", "uses \((record.cpuUse * 100).rounded() / 100)",
      ].joined(separator: " ")
    }
  }

  static let expected = [
    "db-0 StatefulSet at 0 - until 10800 500m uses 0.5", "web-1 ReplicaSet at 0 - - 500m uses 0.25",
    "web-2 ReplicaSet at 3600 - until 10800 500m uses 0.5", "sums Job at 7200 runs 1680 - 2000m uses 1.0",
    "db-0 StatefulSet at 11100 - - 500m uses 0.5", "letters Job at 15000 runs 3000 - 500m uses 0.5",
    "killed Job at 16000 runs 830 - 500m uses 0.5", "never Job at 17000 - until 17910 500m uses 0.5",
  ]

  private static func expectRight(_ history: History, _ name: String) {
    #expect(lines(history) == expected, "\(name)")
    #expect(history.start == start && history.end == end)
    #expect(history.pods.allSatisfy { $0.pod.node == nil && $0.pod.phase == .pending && $0.pod.unschedulable })
    #expect(history.pods.allSatisfy { $0.pod.requests.memoryBytes == 1 << 30 && $0.pod.tolerations.count == 1 })
    #expect(history.pods.first?.pod.labels == ["app.kubernetes.io/name": "db-0"])
    // Pressure is worked out from the replayed cluster.
    #expect(history.readings.keys.sorted() == ["burst/queue"])
    let readings = history.readings["burst/queue"] ?? []
    #expect(readings.count == Int(RecordedCluster.length / 30) + 1, "\(name)")
    #expect(readings.map(\.at) == readings.map(\.at).sorted())
    #expect(readings.first?.value == 6 && readings.last?.value == 40, "\(name)")
    #expect(history.untold.contains { $0.contains("kube_pod_nodeselectors is not there") })
    #expect(history.untold.contains { $0.hasPrefix("1 pods of DaemonSets") })
    #expect(!history.untold.contains { $0.contains("There is no data") }, "\(history.untold)")
  }

  @Test func theOwnStoreGivesTheHistory() async throws {
    Self.expectRight(try await Self.read(Self.embedded), "embedded")
  }

  @Test(.timeLimit(.minutes(3))) func aRealPrometheusGivesTheSameHistory() async throws {
    guard let prometheus = Bench.program("prometheus") else {
      return print("skipped: no prometheus; scripts/install-packages.sh --test fetches it")
    }
    try await Bench.withDirectory { directory in
      let settings = directory.appendingPathComponent("prometheus.yml")
      try Data("global: {scrape_interval: 1h}\n".utf8).write(to: settings)
      let port = try Bench.freePort()
      let program = try RunningProgram(
        prometheus,
        [
          "--config.file=\(settings.path)", "--storage.tsdb.path=\(directory.appendingPathComponent("tsdb").path)",
          "--storage.tsdb.retention.time=100y", "--web.enable-remote-write-receiver",
          "--web.listen-address=127.0.0.1:\(port)",
        ])
      defer { program.kill() }
      let url = "http://127.0.0.1:\(port)"
      try await Bench.eventually("\(url) answers; it said: \(program.text)") {
        try? await HTTPClient().send(HTTPRequest("GET", url + "/-/ready"), deadline: .seconds(5)).status == 200
          ? true : nil
      }
      let request = HTTPRequest(
        "POST", url + "/api/v1/write",
        headers: [
          HTTPHeader("Content-Type", "application/x-protobuf"), HTTPHeader("Content-Encoding", "snappy"),
          HTTPHeader("X-Prometheus-Remote-Write-Version", "0.1.0"),
        ], body: RemoteWriteEncoder.body(Self.cluster.series))
      let response = try await HTTPClient().send(request, deadline: .seconds(30))
      #expect((200...299).contains(response.status), "\(String(decoding: response.body, as: UTF8.self))")
      let source = PrometheusRangeSource(PrometheusSettings(url: url))
      Self.expectRight(try await Self.read(source), "Prometheus")
    }
  }

  // MARK: - Sources that are not well

  /// Answers from the store, but not about more than so much time at once.
  private final class SmallSource: RangeSource {
    let inner: any RangeSource
    let most: Duration
    let asked = Mutex<[Duration]>([])

    init(_ inner: any RangeSource, most: Duration) {
      self.inner = inner
      self.most = most
    }

    func range(
      _ expression: String, from start: Instant, through end: Instant, step: Duration, freshWithin: Duration?
    ) async throws -> [RangeSeries] {
      if start == end {
        asked.withLock { $0.append(step) }
        if step > most { throw RangeTooLarge("too many samples.") }
      }
      return try await inner.range(
        expression, from: start, through: end, step: step, freshWithin: freshWithin)
    }
  }

  @Test func halvesWindowsThatAreTooMuchAndReadsTheSame() async throws {
    let source = SmallSource(Self.embedded, most: .hours(2))
    Self.expectRight(try await Self.read(source), "halved")
    #expect(source.asked.withLock { $0.prefix(3) }.map(\.inSeconds) == [21_600, 10_800, 5_400])
  }

  @Test func endsWithTheRemedyWhenEvenTheShortestWindowIsTooMuch() async throws {
    let source = SmallSource(Self.embedded, most: .seconds(1))
    let failure = await #expect(throws: Failure.self) { try await Self.read(source) }
    #expect(failure?.message.contains("raise the server's limits") == true, "\(failure?.message ?? "")")
    #expect(source.asked.withLock { $0.count } == 6)
  }

  @Test func anInterruptedReadingSaysHowFarItGot() async throws {
    let reading = HistoryReading(source: Self.embedded, policy: Self.policy) { _ in false }
    let history = try await reading.read(from: Self.start, through: Self.end, name: "a test")
    #expect(history.end == Self.start.advanced(by: .hours(6)))
    #expect(history.untold.contains { $0.hasPrefix("Reading was interrupted") })
    #expect(history.pods.count == 8)
  }

  @Test func tellsTimesWithoutData() async throws {
    let store = SeriesStore()
    let hole = (Self.start.milliseconds + 7_200_000)..<(Self.start.milliseconds + 12_600_000)
    try store.append(
      Self.cluster.samples.filter { !hole.contains($0.timestamp) }, now: Self.end.milliseconds)
    let history = try await Self.read(EmbeddedRangeSource(source: store, engine: Engine()))
    let sentence = try #require(history.untold.first { $0.hasPrefix("There is no data") })
    #expect(sentence.contains("from 2026-03-01T02:0"), "\(sentence)")
  }

  @Test func saysThatThereIsNothing() async throws {
    let source = EmbeddedRangeSource(source: SeriesStore(), engine: Engine())
    let failure = await #expect(throws: Failure.self) { try await Self.read(source) }
    #expect(failure?.message.contains("kube_pod_info") == true)
    #expect(failure?.kind == .failed)
  }

  @Test func aTriggerThatCannotBeReadIsToldAndTheRestIsRead() async throws {
    var policy = Self.policy
    policy.triggers[0].expression = "queue_length[5m]"
    let history = try await HistoryReading(source: Self.embedded, policy: policy)
      .read(from: Self.start, through: Self.end, name: "a test")
    #expect(history.readings.isEmpty)
    #expect(history.untold.contains { $0.hasPrefix("Trigger burst/queue could not be read") })
    #expect(Self.lines(history) == Self.expected)
  }
}
