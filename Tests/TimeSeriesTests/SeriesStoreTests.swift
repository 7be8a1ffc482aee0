import Testing

@testable import TimeSeries

@Suite struct SeriesStoreTests {
  private func store(_ change: (inout StoreLimits) -> Void = { _ in }) -> SeriesStore {
    var limits = StoreLimits()
    change(&limits)
    return SeriesStore(limits: limits)
  }

  private func values(_ store: SeriesStore, _ labels: Labels) throws -> [Int64: Double] {
    let matchers = try labels.entries.map { try LabelMatcher(name: $0.name, operation: .equal, value: $0.value) }
    var result: [Int64: Double] = [:]
    for series in try store.select(matchers, from: .min, through: .max) where series.labels == labels {
      var buffer = SampleBuffer()
      series.read(from: .min, through: .max, into: &buffer)
      for (timestamp, value) in zip(buffer.timestamps, buffer.values) { result[timestamp] = value }
    }
    return result
  }

  @Test func takesDuplicatesSilentlyAndRefusesOtherValues() throws {
    let store = store()
    let labels = Stores.labels(1)
    try store.append([(labels, Stores.now, 1), (labels, Stores.now + 1, 2)], now: Stores.now)
    let same = try store.append([(labels, Stores.now, 1), (labels, Stores.now + 1, 2)], now: Stores.now)
    #expect(same.duplicates == 2 && same.rejected.isEmpty)
    let other = try store.append([(labels, Stores.now, 9), (labels, Stores.now + 1, 9)], now: Stores.now)
    #expect(other.rejected == [.init(reason: .conflictingDuplicate, count: 2)])
    #expect(try values(store, labels) == [Stores.now: 1, Stores.now + 1: 2])
  }

  @Test func refusesWhatIsOlderThanTheWindow() throws {
    let store = store { $0.outOfOrderMilliseconds = 60_000 }
    let labels = Stores.labels(1)
    try store.append([(labels, Stores.now, 1)], now: Stores.now)
    let report = try store.append(
      [(labels, Stores.now - 60_000, 2), (labels, Stores.now - 60_001, 3)], now: Stores.now)
    #expect(report.samplesStored == 1 && report.outOfOrder == 1)
    #expect(report.rejected == [.init(reason: .outOfOrder, count: 1)])
    #expect(try #require(report.reasons.first).contains("metrics.out_of_order_window"))
    #expect(try values(store, labels) == [Stores.now - 60_000: 2, Stores.now: 1])
  }

  @Test func readsOutOfOrderSamplesInOrder() throws {
    let store = store { $0.outOfOrderMilliseconds = 10_000_000 }
    let labels = Stores.labels(1)
    var generator = SeededGenerator(seed: 3)
    let timestamps = (0..<500).map { Stores.now + Int64($0) * 1_000 }.shuffled(using: &generator)
    for timestamp in timestamps { try store.append([(labels, timestamp, Double(timestamp))], now: Stores.now) }
    var buffer = SampleBuffer()
    try store.select([], from: .min, through: .max)[0].read(from: Stores.now + 5_000, through: .max, into: &buffer)
    #expect(buffer.timestamps == (5..<500).map { Stores.now + Int64($0) * 1_000 })
    #expect(buffer.values == buffer.timestamps.map { Double($0) })
  }

  @Test func saysWhichLimitKeepsASeriesOut() throws {
    let store = store { $0.series = 3 }
    let report = try store.append(Stores.round(0..<5, at: Stores.now), now: Stores.now)
    #expect(report.samplesStored == 3)
    #expect(report.rejected == [.init(reason: .seriesLimit, count: 2)])
    #expect(try #require(report.reasons.first).contains("metrics.max_series"))
    #expect(store.statistics.series == 3)
  }

  @Test func refusesTimesOutsideRetentionAndFuture() throws {
    let store = store { $0.retentionMilliseconds = 3_600_000 }
    let report = try store.append(
      [
        (Stores.labels(1), Stores.now - 3_600_001, 1), (Stores.labels(2), Stores.now + 600_001, 1),
        (Stores.labels(3), Stores.now - 3_600_000, 1), (Stores.labels(4), Stores.now + 600_000, 1),
      ], now: Stores.now)
    #expect(
      report.rejected
        == [.init(reason: .olderThanRetention, count: 1), .init(reason: .tooFarInFuture, count: 1)])
    #expect(report.samplesStored == 2)
  }

  @Test func forgetsSeriesThatEndedAndUsesTheirPlaceAgain() throws {
    let store = store {
      $0.retentionMilliseconds = 3_600_000
      $0.series = 20
    }
    for generation in 0..<50 {
      let now = Stores.now + Int64(generation) * 7_200_000
      #expect(store.maintain(now: now).seriesForgotten == (generation == 0 ? 0 : 10))
      let first = generation * 10
      let report = try store.append(Stores.round(first..<first + 10, at: now), now: now)
      #expect(report.samplesStored == 10 && report.seriesCreated == 10)
    }
    #expect(store.statistics.series == 10)
    #expect(store.statistics.labels < 12)
    #expect(store.labelValues("host") == ["host-98", "host-99"])
  }

  @Test func dropsChunksBehindTheRetentionButNotTheSeries() throws {
    let store = store { $0.retentionMilliseconds = 3_600_000 }
    for step in 0..<1_000 {
      let now = Stores.now + Int64(step) * 15_000
      try store.append([(Stores.labels(1), now, Double(step))], now: now)
    }
    let now = Stores.now + 999 * 15_000
    #expect(store.maintain(now: now).seriesForgotten == 0)
    let kept = try values(store, Stores.labels(1))
    #expect(kept.count >= 240 && kept.count < 240 + 130)
    #expect(kept[now] == 999)
  }

  @Test func letsTheOldestSamplesGoWhenThereAreTooManyBytes() throws {
    var options = SeriesStore.Options()
    options.limits.retentionBytes = 400 << 10
    options.snapshotLogBytes = 32 << 10
    let files = MemoryFiles()
    let store = try SeriesStore.open(files: files, options: options, now: Stores.now).store
    var generator = SeededGenerator(seed: 9)
    var cuts = 0
    for step in 0..<900 {
      let now = Stores.now + Int64(step) * 60_000
      let round = (0..<100).map { (Stores.labels($0), now, Double.random(in: 0...1, using: &generator)) }
      #expect(try store.append(round, now: now).rejected.isEmpty)
      let report = store.maintain(now: now)
      #expect(report.faults.isEmpty && report.seriesForgotten == 0)
      if let cut = report.cutForBytes {
        cuts += 1
        #expect(cut < now - SeriesStore.newestKept)
      }
      let statistics = store.statistics
      #expect(statistics.headBytes <= 400 << 10)
      // Half of the limit each for snapshot and log, and what one round adds before the next upkeep.
      #expect(statistics.diskBytes <= 420 << 10)
      if step > 0 { #expect(files.files.values.reduce(0) { $0 + $1.count } <= statistics.diskBytes + 100) }
    }
    #expect(cuts > 3 && cuts == store.statistics.cutsForBytesTotal)
    #expect(store.statistics.chunksRemovedTotal > 100)
    let kept = try values(store, Stores.labels(1)).keys.sorted()
    // The newest are there without a gap; the oldest are not.
    #expect(kept.count > 60 && kept.count < 300)
    #expect(kept == (0..<kept.count).map { Stores.now + Int64(900 - kept.count + $0) * 60_000 })
    #expect(try Stores.dump(SeriesStore.open(files: files, options: options, now: kept.last!).store).count == 100)
  }

  @Test func keepsASeriesThatEndedUntilTheRetentionPasses() throws {
    let store = store { $0.retentionMilliseconds = 3_600_000 }
    let labels = Stores.labels(1)
    try store.append([(labels, Stores.now, 1), (labels, Stores.now + 1, .staleMarker)], now: Stores.now)
    // Its last sample may still be asked for by a range or an offset, so its end is no reason to forget it.
    for minutes in [5, 59, 60] as [Int64] {
      #expect(store.maintain(now: Stores.now + minutes * 60_000).seriesForgotten == 0)
      #expect(store.series([]) == [labels])
    }
    #expect(store.maintain(now: Stores.now + 61 * 60_000).seriesForgotten == 1)
    #expect(store.series([]).isEmpty && store.statistics.labels == 0)
  }

  @Test func keepsASelectionAsItWas() throws {
    let store = store()
    let labels = Stores.labels(1)
    for step in 0..<500 { try store.append([(labels, Stores.now + Int64(step), 1)], now: Stores.now) }
    let selected = try store.select([], from: .min, through: .max)
    for step in 500..<900 { try store.append([(labels, Stores.now + Int64(step), 1)], now: Stores.now) }
    _ = store.maintain(now: Stores.now + 10 * 24 * 3_600_000)
    var buffer = SampleBuffer()
    selected[0].read(from: .min, through: .max, into: &buffer)
    #expect(buffer.count == 500)
    #expect(try store.select([], from: .min, through: .max).isEmpty)
  }

  @Test func answersWhatLabelsThereAre() throws {
    let store = store()
    try store.append(Stores.round(0..<20, at: Stores.now), now: Stores.now)
    #expect(store.labelNames() == ["__name__", "host", "zone"])
    #expect(store.labelValues("host") == ["host-0", "host-1", "host-2", "host-3"])
    let zoneA = try [LabelMatcher(name: "zone", operation: .equal, value: "a")]
    #expect(store.labelValues("__name__", [zoneA], limit: 2) == ["metric_0", "metric_1"])
    #expect(store.series([zoneA]).count == 7)
    #expect(store.series([zoneA], from: Stores.now + 1).isEmpty)
    #expect(store.labelValues("absent").isEmpty)
  }

  @Test func endsASeriesWithAHistogramWhoseSumIsTheStaleMarker() throws {
    let store = store()
    var histogram = NativeHistogram()
    histogram.count = 3
    var stale = NativeHistogram()
    stale.sum = .staleMarker
    _ = store.write(now: Stores.now) { head in
      var run = ByteSink()
      for label in Stores.labels(1).entries { LabelWire.append(label, to: &run) }
      let slot = head.findOrCreate(run: run.bytes)
      head.stage(slot: slot, timestamp: Stores.now, histogram: histogram)
      head.stage(slot: slot, timestamp: Stores.now + 1, histogram: stale)
      return (true, ())
    }
    var buffer = SampleBuffer()
    try store.select([], from: .min, through: .max).first?.read(from: .min, through: .max, into: &buffer)
    #expect(buffer.histograms == [histogram, nil])
    #expect(buffer.values.map(\.isStaleMarker) == [false, true])
  }

  @Test func mixesHistogramsAndFloatsInTimeOrder() throws {
    let store = store()
    var histogram = NativeHistogram()
    histogram.count = 3
    histogram.sum = 1.5
    let labels = Stores.labels(1)
    try store.append([(labels, Stores.now, 1)], now: Stores.now)
    let (_, report, _) = store.write(now: Stores.now) { head in
      var run = ByteSink()
      for label in labels.entries { LabelWire.append(label, to: &run) }
      let slot = head.findOrCreate(run: run.bytes)
      head.stage(slot: slot, timestamp: Stores.now + 1, histogram: histogram)
      head.stage(slot: slot, timestamp: Stores.now + 1, histogram: histogram)
      return (true, ())
    }
    #expect(report.histogramsStored == 2 && report.duplicates == 1)
    try store.append([(labels, Stores.now + 2, 2)], now: Stores.now)
    var buffer = SampleBuffer()
    try store.select([], from: .min, through: .max)[0].read(from: .min, through: .max, into: &buffer)
    #expect(buffer.timestamps == [Stores.now, Stores.now + 1, Stores.now + 2])
    #expect(buffer.histograms == [nil, histogram, nil])
  }

  @Test func refusesASeriesWithoutAMetricName() throws {
    let report = try store().append([(Labels(["b": "1", "a": "2"]), Stores.now, 1)], now: Stores.now)
    #expect(report.rejected == [.init(reason: .invalidLabels, count: 1)])
    #expect(try #require(report.reasons.first).contains("no metric name"))
  }
}
