/// A native histogram in log records and snapshots.
enum HistogramCodec {
  static func append(_ histogram: NativeHistogram, to sink: inout ByteSink) {
    sink.appendSigned(Int64(histogram.schema))
    sink.append(histogram.counterResetHint.rawValue)
    for value in [histogram.zeroThreshold, histogram.zeroCount, histogram.count, histogram.sum] {
      sink.append(fixed: value.bitPattern)
    }
    for spans in [histogram.positiveSpans, histogram.negativeSpans] {
      sink.appendVarint(UInt64(spans.count))
      for span in spans {
        sink.appendSigned(Int64(span.offset))
        sink.appendVarint(UInt64(span.length))
      }
    }
    for values in [histogram.positiveBuckets, histogram.negativeBuckets, histogram.customValues] {
      sink.appendVarint(UInt64(values.count))
      for value in values {
        let width = 8 - value.bitPattern.trailingZeroBitCount / 8
        sink.append(UInt8(width))
        sink.append(high: value.bitPattern, width: width)
      }
    }
  }

  static func read(_ source: inout ByteSource) -> NativeHistogram {
    var histogram = NativeHistogram()
    histogram.schema = Int32(truncatingIfNeeded: source.signed())
    histogram.counterResetHint = CounterResetHint(rawValue: source.byte()) ?? .unknown
    histogram.zeroThreshold = Double(bitPattern: source.fixed())
    histogram.zeroCount = Double(bitPattern: source.fixed())
    histogram.count = Double(bitPattern: source.fixed())
    histogram.sum = Double(bitPattern: source.fixed())
    histogram.positiveSpans = spans(&source)
    histogram.negativeSpans = spans(&source)
    histogram.positiveBuckets = values(&source)
    histogram.negativeBuckets = values(&source)
    histogram.customValues = values(&source)
    return histogram
  }

  private static func spans(_ source: inout ByteSource) -> [BucketSpan] {
    (0..<source.count(minimum: 2)).map { _ in
      BucketSpan(
        offset: Int32(truncatingIfNeeded: source.signed()), length: UInt32(truncatingIfNeeded: source.varint()))
    }
  }

  private static func values(_ source: inout ByteSource) -> [Double] {
    (0..<source.count()).map { _ in Double(bitPattern: source.high(width: Int(source.byte()))) }
  }
}
