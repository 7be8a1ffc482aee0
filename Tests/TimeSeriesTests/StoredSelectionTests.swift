import Synchronization
import Testing

@testable import TimeSeries

@Suite struct StoredSelectionTests {
  private static let hour: Int64 = 3_600_000

  private func limits() -> StoreLimits {
    var limits = StoreLimits()
    limits.outOfOrderMilliseconds = Self.hour
    return limits
  }

  /// Series with gaps, stale markers, samples out of order, native histograms, and more samples than one chunk takes.
  private func store(_ generator: inout SeededGenerator) throws -> SeriesStore {
    let store = SeriesStore(limits: limits())
    for number in 0..<30 {
      let labels = Stores.labels(number)
      let count = Int.random(in: 1...260, using: &generator)
      for step in 0..<count where Int.random(in: 0..<10, using: &generator) > 0 {
        let isLate = number % 3 == 0 && Int.random(in: 0..<8, using: &generator) == 0
        let timestamp = Stores.now + Int64(step) * 15_000 - (isLate ? 40_000 : 0)
        if number % 7 == 0, step % 9 == 0 {
          add(NativeHistogram(), labels, timestamp, to: store)
        } else {
          let isStale = Int.random(in: 0..<12, using: &generator) == 0
          try store.append(
            [(labels, timestamp, isStale ? .staleMarker : Double(step * step))], now: Stores.now + Self.hour)
        }
      }
    }
    return store
  }

  private func add(_ histogram: NativeHistogram, _ labels: Labels, _ timestamp: Int64, to store: SeriesStore) {
    _ = store.write(now: Stores.now + Self.hour) { head in
      var run = ByteSink()
      for label in labels.entries { LabelWire.append(label, to: &run) }
      head.stage(slot: head.findOrCreate(run: run.bytes), timestamp: timestamp, histogram: histogram)
      return (true, ())
    }
  }

  private func samples(_ buffer: SampleBuffer) -> [String] {
    buffer.timestamps.indices.map { index in
      "\(buffer.timestamps[index]) \(buffer.values[index].bitPattern) "
        + (buffer.histograms.isEmpty ? "-" : buffer.histograms[index].map { "\($0)" } ?? "-")
    }
  }

  @Test(arguments: 0..<8) func readsTheSameBySeriesByNumberAndByFloats(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let store = try store(&generator)
    for _ in 0..<40 {
      let from = Stores.now + Int64.random(in: -100_000...3_000_000, using: &generator)
      let through = from + Int64.random(in: 0...1_500_000, using: &generator)
      let listed = try store.select([], from: from, through: through)
      let selection = try #require(
        try store.selection([], from: from, through: through, latestOnly: false) as? StoredSelection)
      try #require(selection.count == listed.count)
      var columns = FloatColumns()
      for (index, series) in listed.enumerated() {
        #expect(selection.labels(index) == series.labels)
        var (one, other) = (SampleBuffer(), SampleBuffer())
        series.read(from: from, through: through, into: &one)
        selection.read(index, from: from, through: through, into: &other)
        #expect(samples(one) == samples(other))
        #expect(one.timestamps.allSatisfy { $0 >= from && $0 <= through })
        guard selection.readFloats(index, from: from, through: through, into: &columns) else { continue }
        #expect(Array(columns.times) == one.timestamps)
        #expect(columns.values.map(\.bitPattern) == one.values.map(\.bitPattern))
        columns.removeStaleMarkers()
        #expect(columns.values.map(\.bitPattern) == one.values.filter { !$0.isStaleMarker }.map(\.bitPattern))
      }
    }
  }

  @Test(arguments: 0..<8) func knowsTheLatestSampleThatReadingFinds(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(100 + seed))
    let store = try store(&generator)
    var known = 0
    for _ in 0..<40 {
      let through = Stores.now + Int64.random(in: 0...4_500_000, using: &generator)
      let from = through - Int64.random(in: 0...600_000, using: &generator)
      let listed = try store.select([], from: from, through: through)
      let selection = try store.selection([], from: from, through: through, latestOnly: true)
      try #require(selection.count == listed.count)
      for (index, series) in listed.enumerated() {
        var (whole, latest) = (SampleBuffer(), SampleBuffer())
        series.read(from: from, through: through, into: &whole)
        selection.read(index, from: from, through: through, into: &latest)
        #expect(samples(whole).last == samples(latest).last)
        switch selection.latest(index, from: from, through: through) {
        case .unknown: break
        case .none: #expect(whole.isEmpty)
        case .float(let timestamp, let value):
          known += 1
          #expect(timestamp == whole.timestamps.last && value.bitPattern == whole.values.last?.bitPattern)
        }
      }
    }
    #expect(known > 0)
  }

  @Test func keepsLabelsAndSamplesThatTheStoreForgetsMeanwhile() throws {
    let store = SeriesStore()
    try store.append(Stores.round(0..<200, at: Stores.now), now: Stores.now)
    let old = try store.select([], from: .min, through: .max)
    let expected = try Stores.dump(store)
    let later = Stores.now + 48 * Self.hour
    #expect(store.maintain(now: later).seriesForgotten == 200)
    // Others take the slots, and would take the label numbers if nobody held them.
    for number in 0..<3_000 {
      let labels = Labels(["__name__": "new_\(number)", "host": "other-\(number)"])
      try store.append([(labels, later, Double(number))], now: later)
    }
    let now = old.map { series in
      var buffer = SampleBuffer()
      series.read(from: .min, through: .max, into: &buffer)
      return "\(series.labels) " + "\(zip(buffer.timestamps, buffer.values).map { "\($0)=\($1.bitPattern)" }) []"
    }
    #expect(now.sorted() == expected)
  }

  @Test func outlivesItsStore() throws {
    var store: SeriesStore? = SeriesStore()
    try store?.append(Stores.round(0..<50, at: Stores.now), now: Stores.now)
    let labels = try #require(try store?.select([], from: .min, through: .max)).map(\.labels)
    store = nil
    #expect(Set(labels) == Set((0..<50).map { Stores.labels($0) }))
  }

  /// How many label numbers were ever given.
  private func numbers(_ store: SeriesStore) -> Int { store.state.withLock { $0.head.labels.used } }

  @Test func usesLabelNumbersAgainWhenNoReaderIsLeft() throws {
    let store = SeriesStore()
    var used: [Int] = []
    for round in 0..<6 {
      let time = Stores.now + Int64(round) * 48 * Self.hour
      _ = store.maintain(now: time)
      // A reader of the middle rounds' series is gone before the next ones come.
      let reader = try store.selection([], from: .min, through: .max, latestOnly: false)
      for number in 0..<100 {
        try store.append([(Labels(["__name__": "m", "id": "\(round)-\(number)"]), time, 1)], now: time)
      }
      #expect(reader.count == 0)
      used.append(numbers(store))
      #expect(store.statistics.labels <= 202)
    }
    #expect(used.last! <= 202)
  }

  @Test func keepsNumbersBackAsLongAsAReaderMayLook() throws {
    let store = SeriesStore()
    try store.append(Stores.round(0..<20, at: Stores.now), now: Stores.now)
    var reader: (any SeriesSelection)? = try store.selection([], from: .min, through: .max, latestOnly: false)
    let later = Stores.now + 48 * Self.hour
    _ = store.maintain(now: later)
    let before = numbers(store)
    try store.append([(Labels(["__name__": "a", "b": "c"]), later, 1)], now: later)
    #expect(numbers(store) == before + 2)
    #expect(store.statistics.labels == 2)
    #expect(reader?.count == 20)
    reader = nil
    _ = store.maintain(now: later + Self.hour)
    try store.append([(Labels(["__name__": "d", "e": "f"]), later, 1)], now: later)
    #expect(numbers(store) == before + 2)
  }
}
