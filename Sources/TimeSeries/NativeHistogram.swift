/// A run of consecutive buckets: `offset` buckets are skipped after the previous span, then `length` follow.
public struct BucketSpan: Hashable, Sendable {
  /// Buckets skipped; may be negative in the first span only.
  public var offset: Int32
  /// Consecutive buckets.
  public var length: UInt32

  /// A span of this offset and length.
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
  /// Resolution of the buckets.
  public var schema: Int32 = 0
  /// Half the width of the zero bucket.
  public var zeroThreshold: Double = 0
  /// Observations in the zero bucket.
  public var zeroCount: Double = 0
  /// All observations.
  public var count: Double = 0
  /// Sum of the observations; the stale marker ends the series.
  public var sum: Double = 0
  /// Which positive buckets are present.
  public var positiveSpans: [BucketSpan] = []
  /// Observations in each present positive bucket.
  public var positiveBuckets: [Double] = []
  /// Which negative buckets are present.
  public var negativeSpans: [BucketSpan] = []
  /// Observations in each present negative bucket.
  public var negativeBuckets: [Double] = []
  /// Upper bounds of custom buckets, ascending.
  public var customValues: [Double] = []
  /// Whether counting began anew.
  public var counterResetHint: CounterResetHint = .unknown

  /// An empty histogram.
  public init() {}
}
