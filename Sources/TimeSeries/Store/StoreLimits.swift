/// What one store holds and accepts at most. Every limit has its unit in its name or comment.
public struct StoreLimits: Sendable, Hashable {
  /// Series with samples inside the retention.
  public var series = 1_000_000
  /// Labels of one series, the metric's name included.
  public var labelsPerSeries = 64
  /// Bytes of one label's name.
  public var labelNameBytes = 512
  /// Bytes of one label's value.
  public var labelValueBytes = 4_096
  /// Samples, histograms and exemplars of one request.
  public var samplesPerRequest = 100_000
  /// Bytes of a request's body as it comes, compressed.
  public var bodyBytes = 16 << 20
  /// Bytes of a request's body after decompression.
  public var uncompressedBytes = 64 << 20
  /// Metric families whose type, help and unit are kept.
  public var metadataFamilies = 20_000
  /// Exemplars kept over all series; the oldest give way.
  public var exemplars = 10_000
  /// Bytes of memory for series and samples, as estimated by the store; beyond it requests are put off.
  public var memoryBytes = 4 << 30
  /// Requests that may be decoded or wait for the store at one time; beyond it requests are put off.
  public var concurrentRequests = 16

  /// How long samples are kept.
  public var retentionMilliseconds: Int64 = 24 * 3_600_000
  /// Bytes, in memory by the store's own estimate or on disk, beyond which the oldest samples go; 0: only time counts.
  public var retentionBytes = 0
  /// How much older than its series' newest sample a sample may be; 0 refuses all that is out of order.
  public var outOfOrderMilliseconds: Int64 = 0
  /// How far in the future a sample's timestamp may lie.
  public var futureMilliseconds: Int64 = 10 * 60_000

  /// A slot number beyond this, in a file, is taken for damage.
  package var slots = 1 << 27

  /// Prefix of the configuration keys that messages name.
  public var configurationPrefix = "poolkeeper.metrics"

  /// The defaults.
  public init() {}
}
