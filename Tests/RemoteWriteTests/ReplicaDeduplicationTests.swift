import Testing
import TimeSeries

@testable import RemoteWrite

@Suite struct ReplicaDeduplicationTests {
  private static let now = Bodies.now

  private func receiver(_ change: (inout ReplicaDeduplication) -> Void = { _ in }) -> RemoteWriteReceiver {
    var rules = ReplicaDeduplication()
    change(&rules)
    return RemoteWriteReceiver(store: SeriesStore(), deduplication: rules)
  }

  /// What one replica sends: twenty series at one time, in either version.
  private func body(_ version: RemoteWriteVersion, _ replica: String, _ cluster: String = "eu", at time: Int64)
    -> [UInt8]
  {
    let series = (0..<20).map { number -> RemoteWriteEncoder.Series in
      let (labels, samples) = Bodies.series(number, [(time, Double(number) + (replica == "a" ? 0 : 0.5))])
      return (labels.setting("__replica__", to: replica).setting("cluster", to: cluster), samples)
    }
    return version == .v1 ? RemoteWriteEncoder.body(series) : WireBuilder.compress(version2(series))
  }

  private func version2(_ series: [RemoteWriteEncoder.Series]) -> [UInt8] {
    var symbols: [String] = [""]
    func reference(_ text: String) -> UInt8 {
      if let index = symbols.firstIndex(of: text) { return UInt8(index) }
      symbols.append(text)
      return UInt8(symbols.count - 1)
    }
    var fields = WireBuilder()
    for (labels, samples) in series {
      var one = WireBuilder()
      one.field(0x0a, labels.entries.flatMap { [reference($0.name), reference($0.value)] })
      for (timestamp, value) in samples { one.field(0x12, WireBuilder.sample(timestamp, value)) }
      fields.field(0x2a, one.bytes)
    }
    var request = WireBuilder()
    for symbol in symbols { request.field(0x22, Array(symbol.utf8)) }
    return request.bytes + fields.bytes
  }

  private func headers(_ version: RemoteWriteVersion) -> RemoteWriteHeaders { version == .v1 ? .version1 : .version2 }

  @Test(arguments: RemoteWriteVersion.allCases) func storesOneReplicaOfAPair(_ version: RemoteWriteVersion) throws {
    let receiver = receiver()
    for step in 0..<4 {
      let time = Self.now + Int64(step) * 15_000
      let first = receiver.receive(body(version, "a", at: time), headers: headers(version), now: time)
      #expect(first.status == .accepted && first.report.samplesStored == 20)
      let second = receiver.receive(body(version, "b", at: time + 7), headers: headers(version), now: time + 7)
      #expect(second.status == .accepted)
      #expect(second.report.samplesStored == 0 && second.report.samplesDeduplicated == 20)
      // A 2.0 sender that is told of fewer samples than it sent takes them for lost.
      if version == .v2 { #expect(second.headers.map(\.value) == ["20", "0", "0"]) }
    }
    #expect(receiver.store.statistics.series == 20)
    #expect(receiver.store.statistics.samplesAppendedTotal == 80)
    #expect(receiver.store.labelNames() == ["__name__", "cluster", "instance", "job"])
  }

  @Test(arguments: RemoteWriteVersion.allCases) func switchesOverToTheSameSeriesAfterSilence(
    _ version: RemoteWriteVersion
  ) throws {
    let receiver = receiver()
    func send(_ replica: String, _ second: Int64) -> WriteOutcome {
      let time = Self.now + second * 1_000
      return receiver.receive(body(version, replica, at: time), headers: headers(version), now: time)
    }
    #expect(send("a", 0).report.samplesStored == 20)
    #expect(send("b", 20).report.samplesDeduplicated == 20)
    let switched = send("b", 30)
    #expect(switched.report.samplesStored == 20 && switched.report.seriesCreated == 0)
    #expect(send("a", 31).report.samplesDeduplicated == 20)
    #expect(receiver.replicaElection.elected.map(\.replica) == ["b"])
    #expect(receiver.replicaElection.switchOvers == 1)
    #expect(receiver.store.statistics.series == 20)
  }

  @Test func tellsClustersOfOneRequestApart() throws {
    let receiver = receiver()
    func series(_ cluster: String, _ replica: String, _ step: Int64) -> RemoteWriteEncoder.Series {
      (Labels(["__name__": "up", "cluster": cluster, "__replica__": replica]), [(Self.now + step, 1)])
    }
    _ = receiver.receive(RemoteWriteEncoder.body([series("eu", "a", 0)]), headers: .version1, now: Self.now)
    let mixed = [series("eu", "b", 1), series("us", "b", 1), series("eu", "a", 2), series("eu", "b", 3)]
    let outcome = receiver.receive(RemoteWriteEncoder.body(mixed), headers: .version1, now: Self.now)
    #expect(outcome.report.samplesStored == 2 && outcome.report.samplesDeduplicated == 2)
    #expect(
      receiver.store.series([]) == [
        Labels(["__name__": "up", "cluster": "eu"]), Labels(["__name__": "up", "cluster": "us"]),
      ])
  }

  @Test func leavesSeriesWithoutBothLabelsAlone() throws {
    let receiver = receiver()
    let series: [Labels] = [
      Labels(["__name__": "up", "cluster": "eu"]), Labels(["__name__": "up", "__replica__": "a"]),
      Labels(["__name__": "up", "__replica__": "b"]), Labels(["__name__": "up"]),
    ]
    for _ in 0..<2 {
      let body = RemoteWriteEncoder.body(series.map { ($0, [(Self.now, 1)]) })
      let outcome = receiver.receive(body, headers: .version1, now: Self.now)
      #expect(outcome.status == .accepted && outcome.report.samplesStored == 4)
    }
    #expect(receiver.store.series([]) == series.sorted())
    #expect(receiver.replicaElection.count == 0)
  }

  @Test func takesOtherLabelsWhenTheRulesNameThem() throws {
    let receiver = receiver {
      $0.clusterLabel = "zone"
      $0.replicaLabel = "zz"
    }
    let labels = Labels(["__name__": "up", "zone": "x", "zz": "1"])
    _ = receiver.receive(RemoteWriteEncoder.body([(labels, [(Self.now, 1)])]), headers: .version1, now: Self.now)
    #expect(receiver.store.series([]) == [Labels(["__name__": "up", "zone": "x"])])
  }

  @Test func refusesTooManyClustersWithASentence() throws {
    let receiver = receiver { $0.clusters = 1 }
    _ = receiver.receive(body(.v1, "a", "eu", at: Self.now), headers: .version1, now: Self.now)
    let outcome = receiver.receive(body(.v1, "a", "us", at: Self.now), headers: .version1, now: Self.now)
    #expect(outcome.statusCode == 400)
    #expect(outcome.report.rejected == [.init(reason: .clusterLimit, count: 20)])
    #expect(outcome.message.contains("poolkeeper.metrics.ha_deduplication.cluster_label"))
  }

  @Test func electsNobodyByABodyThatCannotBeRead() throws {
    let receiver = receiver()
    let message = RemoteWriteEncoder.message([
      (Labels(["__name__": "up", "cluster": "eu", "__replica__": "a"]), [(Self.now, 1)])
    ])
    let bad = receiver.receive(WireBuilder.compress(message + [0x0a]), headers: .version1, now: Self.now)
    #expect(bad.statusCode == 400)
    #expect(receiver.replicaElection.count == 0)
    #expect(
      receiver.receive(body(.v1, "b", at: Self.now), headers: .version1, now: Self.now).report.samplesStored == 20)
  }

  /// Requests with everything that protobuf allows, whose series carry both labels, one, none, or one twice.
  private func request(_ generator: inout SeededGenerator) -> [UInt8] {
    var request = WireBuilder()
    for _ in 0..<Int.random(in: 1...10, using: &generator) {
      var series = WireBuilder()
      series.field(0x0a, WireBuilder.label("__name__", "m\(Int.random(in: 0..<3, using: &generator))"))
      for _ in 0..<[0, 1, 1, 1, 1, 2].randomElement(using: &generator)! {
        let value = ["a", "b"].randomElement(using: &generator)!
        let unknown: [UInt8] = Int.random(in: 0..<8, using: &generator) == 0 ? [0x18, 5] : []
        series.field(0x0a, WireBuilder.label("__replica__", value) + unknown)
      }
      if Int.random(in: 0..<6, using: &generator) != 0 {
        series.field(0x0a, WireBuilder.label("cluster", ["eu", "us"].randomElement(using: &generator)!))
      }
      for _ in 0..<Int.random(in: 0...2, using: &generator) {
        let timestamp = Self.now + Int64.random(in: -20...20, using: &generator) * 1_000
        series.field(0x12, WireBuilder.sample(timestamp, 1, padding: Bool.random(using: &generator) ? 0 : 2))
      }
      request.field(0x0a, series.bytes)
    }
    return request.bytes
  }

  @Test(arguments: 0..<6) func bothWaysOfReadingJudgeAlike(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    var limits = StoreLimits()
    limits.outOfOrderMilliseconds = 1_000_000
    let stores = [SeriesStore(limits: limits), SeriesStore(limits: limits)]
    var elections = [ReplicaElection(), ReplicaElection()]
    var deduplicated = 0
    for step in 0..<300 {
      var bytes = request(&generator)
      if Int.random(in: 0..<4, using: &generator) == 0 { bytes = RandomRequests.mutated(bytes, &generator) }
      let now = Self.now + Int64(step) * 9_000
      var reports: [WriteReport] = []
      for way in 0..<2 {
        var scanner = RequestScanner()
        scanner.usesGeneratedCodeOnly = way == 1
        scanner.replicas.begin(ReplicaDeduplication(), elections[way], now: now)
        let (_, report, isWellFormed) = stores[way].write(now: Self.now) { head in
          let isWellFormed = bytes.withUnsafeBytes { scanner.scanVersion1($0, into: &head) }
          return (isWellFormed, isWellFormed)
        }
        if isWellFormed { elections[way] = scanner.replicas.election }
        reports.append(isWellFormed ? report : WriteReport())
      }
      #expect(reports[0] == reports[1])
      deduplicated += reports[0].deduplicatedCount
    }
    #expect(deduplicated > 100)
    #expect(try Bodies.dump(stores[0]) == Bodies.dump(stores[1]))
    #expect(stores[0].series([]).allSatisfy { $0["__replica__"] == nil || $0["cluster"] == nil })
  }
}
