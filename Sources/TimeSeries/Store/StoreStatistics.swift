/// Counts of a store at one instant. Totals count from the store's opening.
public struct StoreStatistics: Sendable, Hashable {
  /// Series held now.
  public internal(set) var series = 0
  /// Series seen for the first time, those read back at opening included.
  public internal(set) var seriesCreatedTotal = 0
  /// Series forgotten.
  public internal(set) var seriesRemovedTotal = 0
  /// Finished chunks that fell behind the retention while their series went on.
  public internal(set) var chunksRemovedTotal = 0
  /// Times that the oldest samples gave way to the limit of bytes.
  public internal(set) var cutsForBytesTotal = 0
  /// Finished and open chunks held now.
  public internal(set) var chunks = 0
  /// Distinct labels (name and value) held now.
  public internal(set) var labels = 0
  /// Float samples stored, those replayed from the log included.
  public internal(set) var samplesAppendedTotal = 0
  /// Native histograms stored.
  public internal(set) var histogramsAppendedTotal = 0
  /// Exemplars stored.
  public internal(set) var exemplarsAppendedTotal = 0
  /// Samples that were there already with the same value.
  public internal(set) var duplicateSamplesTotal = 0
  /// Samples stored that were older than the newest of their series.
  public internal(set) var outOfOrderSamplesTotal = 0
  /// Samples, histograms and exemplars not stored, in the order of `Rejection.allCases`.
  public internal(set) var rejectedTotal: [WriteReport.RejectedCount] = []
  /// Estimated bytes of memory for series and samples.
  public internal(set) var headBytes = 0
  /// Timestamps of the oldest and the newest sample; `nil` when there is none.
  public internal(set) var oldestTimestamp: Int64?
  /// Milliseconds; `nil` when there is no sample.
  public internal(set) var newestTimestamp: Int64?
  /// Bytes of the last snapshot and of the log behind it.
  public internal(set) var diskBytes = 0
  /// Bytes written to the log.
  public internal(set) var logBytesTotal = 0
  /// Writes to the log that failed.
  public internal(set) var logFailuresTotal = 0
  /// Number of the segment that is written now.
  public internal(set) var logSegment = 0
  /// Snapshots written.
  public internal(set) var snapshotsTotal = 0
  /// Size of the last snapshot.
  public internal(set) var snapshotBytes = 0

  /// All zero.
  public init() {}
}
