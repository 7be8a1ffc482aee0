import Testing

@testable import TimeSeries

@Suite struct HistogramCodecTests {
  @Test(arguments: RandomHistograms.Kind.allCases) func givesBackEveryBit(_ kind: RandomHistograms.Kind) {
    for seed in 0..<40 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var source = RandomHistograms(kind, &generator)
      let histograms = (0..<30).map { _ in source.next(&generator) }
      var sink = ByteSink()
      var previous: NativeHistogram?
      for histogram in histograms {
        HistogramCodec.append(histogram, after: previous, to: &sink)
        HistogramCodec.append(histogram, to: &sink)
        previous = histogram
      }
      var bytes = ByteSource(sink.bytes)
      previous = nil
      for histogram in histograms {
        let read = HistogramCodec.read(&bytes, after: previous)
        #expect(read.isSame(as: histogram))
        #expect(HistogramCodec.read(&bytes).isSame(as: histogram))
        previous = histogram
      }
      #expect(bytes.isAtEnd && !bytes.isDamaged)
    }
  }

  @Test func keepsTheLargestWholeNumbers() {
    var histogram = NativeHistogram()
    histogram.positiveSpans = [BucketSpan(offset: 0, length: 3)]
    for values in [[9_007_199_254_740_992, 0, 9_007_199_254_740_991], [1, 9_007_199_254_740_990, 2]] as [[Double]] {
      histogram.positiveBuckets = values
      histogram.count = 9_007_199_254_740_992
      var sink = ByteSink()
      HistogramCodec.append(histogram, to: &sink)
      var source = ByteSource(sink.bytes)
      #expect(HistogramCodec.read(&source).isSame(as: histogram))
    }
  }

  @Test func survivesAnyBytes() {
    var generator = SeededGenerator(seed: 4)
    var source = RandomHistograms(.changing, &generator)
    var sink = ByteSink()
    var taken = 0
    for round in 0..<3_000 {
      sink.removeAll()
      let previous = source.next(&generator)
      HistogramCodec.append(source.next(&generator), after: round % 2 == 0 ? previous : nil, to: &sink)
      var bytes = Array(sink.bytes)
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8(truncatingIfNeeded: generator.next())
      }
      bytes.withUnsafeBytes {
        var reader = ByteSource($0)
        let read = HistogramCodec.read(&reader, after: previous)
        if !reader.isDamaged { taken += 1 }
        // Whoever evaluates it relies on the spans.
        #expect(read.positiveSpans.reduce(0) { $0 + Int($1.length) } == read.positiveBuckets.count || reader.isDamaged)
      }
    }
    #expect(taken > 100)
  }
}

@Suite struct HistogramColumnTests {
  private func entries(_ column: HistogramColumn) -> [(Int64, NativeHistogram)] {
    var entries: [(Int64, NativeHistogram)] = []
    column.forEach(from: .min, through: .max) { entries.append(($0, $1)) }
    return entries
  }

  @Test(arguments: RandomHistograms.Kind.allCases) func agreesWithADictionary(_ kind: RandomHistograms.Kind) {
    var generator = SeededGenerator(seed: 8)
    var source = RandomHistograms(kind, &generator)
    var column = HistogramColumn()
    var known: [Int64: NativeHistogram] = [:]
    var newest = Stores.now
    for step in 0..<700 {
      var timestamp = newest + Int64.random(in: 1...20_000, using: &generator)
      if step % 7 == 3 { timestamp = newest - Int64.random(in: 0...4_000_000, using: &generator) }
      newest = max(newest, timestamp)
      let histogram = source.next(&generator)
      column.insert(timestamp, histogram)
      if known[timestamp] == nil { known[timestamp] = histogram }
      if step == 400 {
        let cutoff = newest - 2_000_000
        column.removeAll(before: cutoff)
        let oldest = column.oldest
        #expect(oldest < newest && known.keys.filter { $0 >= cutoff }.min()! >= oldest)
        known = known.filter { $0.key >= oldest }
      }
    }
    let held = entries(column)
    #expect(held.map(\.0) == known.keys.sorted())
    #expect(held.allSatisfy { known[$0.0]!.isSame(as: $0.1) })
    #expect(column.count == known.count && column.newestTimestamp == newest)
    for (timestamp, histogram) in known.sorted(by: { $0.key < $1.key }).prefix(300) {
      #expect(column.find(timestamp).map { $0.isSame(as: histogram) } ?? false)
    }
    #expect(column.find(newest + 1) == nil && column.chunks.count > 2)
  }

  @Test func takesAByteForABucketThatChanged() {
    var generator = SeededGenerator(seed: 2)
    var histogram = NativeHistogram()
    histogram.positiveSpans = [BucketSpan(offset: 0, length: 100)]
    histogram.positiveBuckets = [Double](repeating: 0, count: 100)
    var column = HistogramColumn()
    for step in 0..<480 {
      for i in 0..<100 where Int.random(in: 0..<3, using: &generator) == 0 {
        histogram.positiveBuckets[i] += Double(Int.random(in: 0..<60, using: &generator))
      }
      histogram.count = histogram.positiveBuckets.reduce(0, +)
      histogram.sum = histogram.count / 7
      column.insert(Stores.now + Int64(step) * 15_000, histogram)
    }
    #expect(column.byteCount / 480 < 110)
    column.removeAll(before: .max)
    #expect(column.isEmpty && column.byteCount == 0)
  }
}
