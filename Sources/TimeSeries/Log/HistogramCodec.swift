/// A native histogram as bytes: alone in log records, or as the difference to the one before it in chunks.
///
/// Source of the layout: docs/format/histogram.md.
enum HistogramCodec {
  /// Buckets of one sign, spans, or custom bounds; more is taken for damage.
  static let listLimit = 16_384

  private static let sameLayout: UInt8 = 1
  private static let integer: UInt8 = 2

  /// Appends a histogram.
  /// - Parameter previous: the one before it, which the reader will have; `nil` when it stands alone.
  static func append(
    _ histogram: NativeHistogram, after previous: NativeHistogram? = nil, to sink: inout ByteSink
  ) {
    let base = previous.flatMap { histogram.hasLayout(of: $0) ? $0 : nil }
    let isInteger = histogram.isInteger && base?.isInteger ?? true
    sink.append(
      (base == nil ? 0 : sameLayout) | (isInteger ? integer : 0) | histogram.counterResetHint.rawValue &<< 2)
    if base == nil { appendLayout(histogram, to: &sink) }
    sink.append(change: histogram.sum.bitPattern ^ (base?.sum.bitPattern ?? 0))
    if isInteger {
      appendIntegers(histogram, base, to: &sink)
    } else {
      sink.append(change: histogram.zeroCount.bitPattern ^ (base?.zeroCount.bitPattern ?? 0))
      sink.append(change: histogram.count.bitPattern ^ (base?.count.bitPattern ?? 0))
      appendFloats(histogram.positiveBuckets, base?.positiveBuckets, to: &sink)
      appendFloats(histogram.negativeBuckets, base?.negativeBuckets, to: &sink)
    }
  }

  /// Reads what `append` wrote after the same `previous`.
  static func read(_ source: inout ByteSource, after previous: NativeHistogram? = nil) -> NativeHistogram {
    let flags = source.byte()
    var histogram = NativeHistogram()
    guard flags < 16, flags & sameLayout == 0 || previous != nil else {
      source.fail()
      return histogram
    }
    let base = flags & sameLayout == 0 ? nil : previous
    if let base { histogram = base } else { readLayout(&histogram, &source) }
    histogram.counterResetHint = CounterResetHint(rawValue: flags &>> 2)!
    histogram.sum = Double(bitPattern: source.change() ^ (base?.sum.bitPattern ?? 0))
    if flags & integer != 0 {
      guard base?.isInteger ?? true else {
        source.fail()
        return histogram
      }
      readIntegers(&histogram, isChange: base != nil, &source)
    } else {
      histogram.zeroCount = Double(bitPattern: source.change() ^ (base?.zeroCount.bitPattern ?? 0))
      histogram.count = Double(bitPattern: source.change() ^ (base?.count.bitPattern ?? 0))
      for i in histogram.positiveBuckets.indices { readFloat(&histogram.positiveBuckets[i], base != nil, &source) }
      for i in histogram.negativeBuckets.indices { readFloat(&histogram.negativeBuckets[i], base != nil, &source) }
    }
    return histogram
  }

  // MARK: Layout

  private static func appendLayout(_ histogram: NativeHistogram, to sink: inout ByteSink) {
    sink.appendSigned(Int64(histogram.schema))
    sink.append(change: histogram.zeroThreshold.bitPattern)
    for spans in [histogram.positiveSpans, histogram.negativeSpans] {
      sink.appendVarint(UInt64(spans.count))
      for span in spans {
        sink.appendSigned(Int64(span.offset))
        sink.appendVarint(UInt64(span.length))
      }
    }
    sink.appendVarint(UInt64(histogram.customValues.count))
    for value in histogram.customValues { sink.append(change: value.bitPattern) }
  }

  private static func readLayout(_ histogram: inout NativeHistogram, _ source: inout ByteSource) {
    histogram.schema = Int32(truncatingIfNeeded: source.signed())
    histogram.zeroThreshold = Double(bitPattern: source.change())
    histogram.positiveSpans = spans(&source, &histogram.positiveBuckets)
    histogram.negativeSpans = spans(&source, &histogram.negativeBuckets)
    histogram.customValues = (0..<min(source.count(), listLimit)).map { _ in Double(bitPattern: source.change()) }
  }

  /// Spans, and as many empty buckets as they cover.
  private static func spans(_ source: inout ByteSource, _ buckets: inout [Double]) -> [BucketSpan] {
    var covered = 0
    let spans = (0..<source.count(minimum: 2)).map { _ in
      let offset = Int32(truncatingIfNeeded: source.signed())
      let length = source.varint()
      covered += Int(min(length, UInt64(listLimit) + 1))
      return BucketSpan(offset: offset, length: UInt32(truncatingIfNeeded: length))
    }
    if covered > listLimit || spans.count > listLimit {
      source.fail()
      return []
    }
    buckets = [Double](repeating: 0, count: covered)
    return spans
  }

  // MARK: Whole numbers

  private static func appendIntegers(_ histogram: NativeHistogram, _ base: NativeHistogram?, to sink: inout ByteSink) {
    var total = Int64(histogram.zeroCount)
    sink.appendSigned(total &- Int64(base?.zeroCount ?? 0))
    appendIntegers(histogram.positiveBuckets, base?.positiveBuckets, &total, to: &sink)
    appendIntegers(histogram.negativeBuckets, base?.negativeBuckets, &total, to: &sink)
    // Nothing, unless observations of NaN are in no bucket.
    sink.appendSigned(Int64(histogram.count) &- total)
  }

  /// The changes against the base, or against the bucket before; 0 is followed by how many more there are.
  private static func appendIntegers(
    _ buckets: [Double], _ base: [Double]?, _ total: inout Int64, to sink: inout ByteSink
  ) {
    var before: Int64 = 0
    var zeros: UInt64 = 0
    for i in buckets.indices {
      let value = Int64(buckets[i])
      let change = value &- (base.map { Int64($0[i]) } ?? before)
      total &+= value
      before = value
      if change == 0 {
        zeros += 1
        continue
      }
      appendZeros(&zeros, to: &sink)
      sink.appendSigned(change)
    }
    appendZeros(&zeros, to: &sink)
  }

  private static func appendZeros(_ zeros: inout UInt64, to sink: inout ByteSink) {
    guard zeros > 0 else { return }
    sink.append(0)
    sink.appendVarint(zeros - 1)
    zeros = 0
  }

  private static func readIntegers(
    _ histogram: inout NativeHistogram, isChange: Bool, _ source: inout ByteSource
  ) {
    var total = (isChange ? Int64(histogram.zeroCount) : 0) &+ source.signed()
    histogram.zeroCount = Double(total)
    readIntegers(&histogram.positiveBuckets, isChange, &total, &source)
    readIntegers(&histogram.negativeBuckets, isChange, &total, &source)
    histogram.count = Double(total &+ source.signed())
  }

  private static func readIntegers(
    _ buckets: inout [Double], _ isChange: Bool, _ total: inout Int64, _ source: inout ByteSource
  ) {
    var before: Int64 = 0
    var zeros: UInt64 = 0
    for i in buckets.indices {
      var change: Int64 = 0
      if zeros > 0 {
        zeros -= 1
      } else {
        change = source.signed()
        if change == 0 { zeros = source.varint() }
      }
      let value = (isChange ? Int64(buckets[i]) : before) &+ change
      buckets[i] = Double(value)
      total &+= value
      before = value
    }
    if zeros > 0 { source.fail() }
  }

  // MARK: Other numbers

  private static func appendFloats(_ buckets: [Double], _ base: [Double]?, to sink: inout ByteSink) {
    for i in buckets.indices { sink.append(change: buckets[i].bitPattern ^ (base?[i].bitPattern ?? 0)) }
  }

  private static func readFloat(_ bucket: inout Double, _ isChange: Bool, _ source: inout ByteSource) {
    bucket = Double(bitPattern: source.change() ^ (isChange ? bucket.bitPattern : 0))
  }
}

extension NativeHistogram {
  /// Whether the buckets have the same bounds, so that one can be written as the difference to the other.
  fileprivate func hasLayout(of other: NativeHistogram) -> Bool {
    schema == other.schema && zeroThreshold.bitPattern == other.zeroThreshold.bitPattern
      && positiveSpans == other.positiveSpans && negativeSpans == other.negativeSpans
      && positiveBuckets.count == other.positiveBuckets.count && negativeBuckets.count == other.negativeBuckets.count
      && customValues.count == other.customValues.count
      && zip(customValues, other.customValues).allSatisfy { $0.bitPattern == $1.bitPattern }
  }

  /// Whether all counts are whole numbers that a `Double` holds exactly.
  fileprivate var isInteger: Bool {
    func isWhole(_ value: Double) -> Bool {
      value.sign == .plus && value <= 9_007_199_254_740_992 && value == value.rounded(.towardZero)
    }
    return isWhole(zeroCount) && isWhole(count) && positiveBuckets.allSatisfy(isWhole)
      && negativeBuckets.allSatisfy(isWhole)
  }
}

extension ByteSink {
  /// Appends the bytes of `bits` between its first and its last one that are not zero: 1 to 9 bytes.
  mutating func append(change bits: UInt64) {
    guard bits != 0 else { return append(0) }
    let below = bits.trailingZeroBitCount / 8
    let count = 8 - bits.leadingZeroBitCount / 8 - below
    append(UInt8(count << 3 | below))
    for i in 0..<count { append(UInt8(truncatingIfNeeded: bits &>> UInt64(8 * (below + i)))) }
  }
}

extension ByteSource {
  /// The opposite of `append(change:)`.
  mutating func change() -> UInt64 {
    let control = byte()
    let count = Int(control &>> 3)
    let below = Int(control & 7)
    guard count + below <= 8 else {
      fail()
      return 0
    }
    var bits: UInt64 = 0
    for i in 0..<count { bits |= UInt64(byte()) &<< UInt64(8 * (below + i)) }
    return bits
  }
}
