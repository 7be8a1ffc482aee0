/// How the program runs.
public struct ServiceSettings: Sendable, Hashable {
  /// Whether plans are carried out.
  public var mode = ServiceMode.observe
  /// Where the HTTP server listens.
  public var listen = ListenAddress(host: "127.0.0.1", port: 9095)
  /// A path, absolute or from the working directory.
  public var dataDirectory = "./poolkeeper-data"
  /// How the HTTP server is secured.
  public var server = ServerSettings()
  /// What workers are made of, and how it is reached.
  public var infrastructure = InfrastructureSettings()
  /// How samples are received and kept.
  public var metrics = MetricsSettings()
  /// What the program's log looks like.
  public var log = LogSettings()

  /// The defaults.
  public init() {}
}

/// What the program's log looks like.
public struct LogSettings: Sendable, Hashable {
  /// How lines are written.
  public enum Format: String, Sendable, Codable, Hashable, CaseIterable {
    /// Text on a terminal, JSON elsewhere.
    case automatic = "auto"
    /// For people.
    case text
    /// One object a line.
    case json
  }

  /// How grave a line is, the least grave first.
  public enum Level: String, Sendable, Codable, Hashable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
  }

  /// How lines are written.
  public var format = Format.automatic
  /// What is less grave is not written.
  public var level = Level.info

  /// The defaults.
  public init() {}
}

/// Whether plans are carried out.
public enum ServiceMode: String, Sendable, Codable, Hashable, CaseIterable {
  /// Decide and show, change nothing.
  case observe
  /// Carry plans out.
  case act
}

/// How samples are received and kept. The limits bear the names of the configuration's keys.
public struct MetricsSettings: Sendable, Hashable {
  /// Where answers to PromQL come from.
  public enum Source: String, Sendable, Codable, Hashable, CaseIterable {
    /// The program's own store, fed by remote write.
    case embedded
    /// Another server that speaks the Prometheus API.
    case prometheus
  }

  /// Where answers to PromQL come from.
  public var source = Source.embedded
  /// The server of the source `prometheus`; `nil` for the source `embedded`.
  public var prometheus: PrometheusSettings?
  /// A sample older than this is not seen by a query.
  public var lookback: Duration = .seconds(300)
  /// Also in `Policy.pace`.
  public var expectedSampleInterval: Duration = .seconds(30)
  /// How long samples are kept.
  public var retention: Duration = .seconds(24 * 3600)
  /// Bytes of memory or disk beyond which the oldest samples go; 0: only time counts.
  public var retentionBytes = 0
  /// Series with samples inside the retention.
  public var maximumSeries = 1_000_000
  /// Memory for series and samples, in bytes.
  public var maximumMemoryBytes = 4_294_967_296
  /// Of a request as it comes, compressed.
  public var maximumBodyBytes = 16_777_216
  /// Of a request after decompression.
  public var maximumUncompressedBytes = 67_108_864
  /// Samples, histograms and exemplars of one request.
  public var maximumSamplesPerRequest = 100_000
  /// Labels of a series, its name included.
  public var maximumLabelsPerSeries = 64
  /// Bytes of a label's name.
  public var maximumLabelNameBytes = 512
  /// Bytes of a label's value.
  public var maximumLabelValueBytes = 4_096
  /// Requests that may be decoded or wait at one time.
  public var maximumConcurrentRequests = 16
  /// How much older than its series' newest sample a sample may be; zero: not at all.
  public var outOfOrderWindow: Duration = .zero
  /// How far in the future a sample's time may lie.
  public var futureWindow: Duration = .seconds(600)
  /// Between two samples of what the program's own `/metrics` shows; zero: they are not kept.
  public var ownMetricsInterval: Duration = .seconds(15)
  /// Pairs of Prometheus servers that send the same samples.
  public var deduplication = DeduplicationSettings()

  /// The defaults.
  public init() {}
}

/// How the samples of pairs of equal Prometheus servers are taken.
public struct DeduplicationSettings: Sendable, Hashable {
  /// Whether only one server of a pair is stored.
  public var enabled = false
  /// Label by which the servers of a pair are alike.
  public var clusterLabel = "cluster"
  /// Label by which they differ.
  public var replicaLabel = "__replica__"
  /// Silence of the elected server after which another one takes over.
  public var switchOver: Duration = .seconds(30)

  /// The defaults.
  public init() {}
}
