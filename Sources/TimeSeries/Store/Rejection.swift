/// Why a sample of an otherwise readable request was not stored. The raw value is also the metric label.
public enum Rejection: String, Sendable, CaseIterable, Hashable {
  case outOfOrder = "out_of_order"
  case conflictingDuplicate = "conflicting_duplicate"
  case olderThanRetention = "older_than_retention"
  case tooFarInFuture = "too_far_in_future"
  case seriesLimit = "series_limit"
  case invalidLabels = "invalid_labels"
  case labelLimit = "label_limit"
  case sampleLimit = "sample_limit"
  case invalidHistogram = "invalid_histogram"
  case invalidExemplar = "invalid_exemplar"
  case clusterLimit = "cluster_limit"
}

/// What became of one request's content.
public struct WriteReport: Sendable, Hashable {
  /// Rejections whose sentence is kept; the rest are only counted.
  static let reasonLimit = 5

  /// Samples that are now in the store, duplicates of the same value included.
  public internal(set) var samplesStored = 0
  /// Native histograms that are now in the store.
  public internal(set) var histogramsStored = 0
  /// Exemplars that are now in the store.
  public internal(set) var exemplarsStored = 0
  /// Of the stored samples, those that were there already with the same value.
  public internal(set) var duplicates = 0
  /// Of the stored samples, those older than their series' newest one.
  public internal(set) var outOfOrder = 0
  /// Samples of a replica that is not the elected one: accepted, and not stored.
  public internal(set) var samplesDeduplicated = 0
  /// Native histograms of such a replica.
  public internal(set) var histogramsDeduplicated = 0
  /// Exemplars of such a replica.
  public internal(set) var exemplarsDeduplicated = 0
  /// Series seen for the first time.
  public internal(set) var seriesCreated = 0
  /// Samples, histograms and exemplars not stored, by reason, in the order of `Rejection.allCases`.
  public internal(set) var rejected: [RejectedCount] = []
  /// Sentences about the first few rejections.
  public internal(set) var reasons: [String] = []

  /// How many were not stored for one reason.
  public struct RejectedCount: Sendable, Hashable {
    /// Why.
    public let reason: Rejection
    /// How many samples, histograms or exemplars.
    public let count: Int

    /// A count for one reason.
    public init(reason: Rejection, count: Int) {
      self.reason = reason
      self.count = count
    }
  }

  /// All that was refused.
  public var rejectedCount: Int { rejected.reduce(0) { $0 + $1.count } }

  /// All that was accepted and not stored, because the elected replica's is.
  public var deduplicatedCount: Int { samplesDeduplicated + histogramsDeduplicated + exemplarsDeduplicated }

  /// An empty report.
  public init() {}
}
