/// A run of consecutive buckets: `offset` buckets are skipped after the previous span, then `length` follow.
public struct BucketSpan: Hashable, Sendable {
  public var offset: Int32
  public var length: UInt32

  public init(offset: Int32, length: UInt32) {
    self.offset = offset
    self.length = length
  }
}

/// Whether a histogram is known to begin anew.
public enum CounterResetHint: UInt8, Hashable, Sendable {
  case unknown = 0
  case reset = 1
  case notReset = 2
  case gauge = 3
}

/// A native histogram with absolute float counts; integer histograms are widened when they are received.
///
/// Schemas -4 ... 8 are exponential (bucket boundaries are powers of 2^(2^-schema)), -53 has the custom upper bounds in
/// `customValues`. Source: Prometheus native histogram specification.
public struct NativeHistogram: Hashable, Sendable {
  public var schema: Int32 = 0
  public var zeroThreshold: Double = 0
  public var zeroCount: Double = 0
  public var count: Double = 0
  public var sum: Double = 0
  public var positiveSpans: [BucketSpan] = []
  public var positiveBuckets: [Double] = []
  public var negativeSpans: [BucketSpan] = []
  public var negativeBuckets: [Double] = []
  public var customValues: [Double] = []
  public var counterResetHint: CounterResetHint = .unknown

  public init() {}
}
