import Synchronization

/// The metric store: series in memory, behind a write-ahead log.
///
/// Thread-safe: every method may be called from any thread. Writes take turns; reads hold the store only while they copy
/// the open chunks of what they select. A write that returned `stored` is in the log's file (and survives the process)
/// and, depending on `synchronization`, on the device.
public final class SeriesStore: SeriesSource, Sendable {
  /// When the log's bytes are forced from the system's cache to the device.
  public enum Synchronization: Sendable, Hashable {
    /// By `maintain`, at most this often: a power cut may lose as much, a killed process loses nothing.
    case interval(milliseconds: Int64)
    /// Before each acknowledgement.
    case always
  }

  /// How a store keeps its files.
  public struct Options: Sendable, Hashable {
    /// What the store holds and accepts.
    public var limits = StoreLimits()
    /// When the log is forced to the device.
    public var synchronization = Synchronization.interval(milliseconds: 1_000)
    /// A new segment begins when the current one is this long.
    public var segmentBytes = 64 << 20
    /// A snapshot is due when this many bytes of log lie behind the last one, or as many as that one was long.
    public var snapshotLogBytes = 32 << 20

    /// The defaults.
    public init() {}
  }

  /// What the lock guards.
  struct State: ~Copyable {
    var head: Head
    var log: WriteAheadLog
    var snapshots = 0
    var snapshotBytes = 0
    /// Label numbers that the snapshot being written has.
    var snapshotLabels = Snapshot.WrittenLabels()
    /// `appendedBytes` of the log at the last snapshot; below zero when segments from before the opening lie behind it.
    var snapshotLogMark = 0
    /// Whether a snapshot is to be written next, however short the log is.
    var isSnapshotWanted = false
    /// How often the oldest samples gave way to the limit of bytes.
    var cutsForBytes = 0

    /// Bytes of log that a new snapshot would make needless.
    var logBytesBehindSnapshot: Int { log.appendedBytes - snapshotLogMark }

    init(head: consuming Head, log: consuming WriteAheadLog) {
      self.head = head
      self.log = log
    }
  }

  /// Times of the last maintenance steps; held while maintenance runs, so that only one runs.
  struct Maintenance {
    var lastSynchronization = Int64.min
    var lastRetention = Int64.min
  }

  /// The options that it was opened with; its limits may have changed since.
  public let options: Options
  /// Beside the head's own, so that readers do not wait for a write.
  private let currentLimits: Mutex<StoreLimits>
  let files: (any StorageFiles)?
  let state: Mutex<State>
  let maintenance = Mutex(Maintenance())

  init(options: Options, files: (any StorageFiles)?, state: consuming sending State) {
    self.options = options
    currentLimits = Mutex(options.limits)
    self.files = files
    self.state = Mutex(state)
  }

  /// A store without files, for tests and for history that is only passing through.
  public convenience init(limits: StoreLimits = StoreLimits()) {
    var options = Options()
    options.limits = limits
    self.init(
      options: options, files: nil,
      state: State(
        head: Head(limits: limits), log: WriteAheadLog(files: nil, segment: 0, segmentBytes: options.segmentBytes)))
  }

  /// What it holds and accepts now.
  public var limits: StoreLimits { currentLimits.withLock { $0 } }

  /// Holds and accepts another measure from the next write on. What is there beyond it goes by the next maintenance, or
  /// stays, as with series above a lower limit: new ones are then refused.
  public func setLimits(_ limits: StoreLimits) {
    state.withLock { state in
      state.head.limits = limits
      currentLimits.withLock { $0 = limits }
    }
    // The next round of maintenance applies a shorter retention at once.
    maintenance.withLock { $0.lastRetention = .min }
  }

  /// Whether series and samples take more memory than the limits allow, by the store's own estimate.
  public var isMemoryExhausted: Bool { state.withLock { $0.head.byteCount > limits.memoryBytes } }

  /// How a write ended.
  package enum WriteEnd: Sendable {
    case stored
    /// Nothing of the batch was stored.
    case abandoned
    case failed(StorageFault)
  }

  /// Writes one batch: `fill` stages into the head and says whether to keep it.
  ///
  /// - Parameter now: milliseconds since the Unix epoch.
  /// - Returns: how it ended, what became of the content, and what `fill` returned.
  package func write<R: Sendable>(
    now: Int64, _ fill: (inout Head) -> (keep: Bool, result: R)
  ) -> (end: WriteEnd, report: WriteReport, result: R) {
    state.withLock { state in
      state.head.beginBatch(now: now)
      let (keep, result) = fill(&state.head)
      let end = keep ? commit(&state) : .abandoned
      if case .stored = end { state.head.applyBatch() } else { state.head.rollBackBatch() }
      return (end, state.head.report, result)
    }
  }

  private func commit(_ state: inout State) -> WriteEnd {
    guard files != nil, state.head.hasStaged else { return .stored }
    state.log.sink.removeAll()
    state.head.encodeBatch(into: &state.log.sink)
    do {
      try state.log.append(synchronously: options.synchronization == .always)
    } catch {
      return .failed(error)
    }
    state.head.unlogged.removeAll(keepingCapacity: true)
    return .stored
  }

  /// Appends samples that this program made itself.
  /// - Parameters:
  ///   - samples: timestamps in milliseconds; the labels need a metric name.
  ///   - now: milliseconds since the Unix epoch.
  /// - Throws: `TimeSeriesError` when the log cannot be written; nothing is stored then.
  @discardableResult
  public func append(
    _ samples: [(labels: Labels, timestamp: Int64, value: Double)], now: Int64
  ) throws(TimeSeriesError) -> WriteReport {
    let (end, report, _) = write(now: now) { head in
      var run = ByteSink()
      for sample in samples {
        run.removeAll()
        for label in sample.labels.entries { LabelWire.append(label, to: &run) }
        if let (rejection, reason) = LabelRules.violation(run: run.bytes, head.limits) {
          head.reject(rejection, reason)
          continue
        }
        let slot = head.findOrCreate(run: run.bytes)
        if slot < 0 {
          head.rejectSeries(sample.labels, samples: 1)
        } else {
          head.stage(slot: slot, timestamp: sample.timestamp, bits: sample.value.bitPattern)
        }
      }
      return (true, ())
    }
    if case .failed(let fault) = end { throw TimeSeriesError(.storage, fault.description) }
    return report
  }

  /// The series that fit all matchers; see `SeriesSource`. Holds the store while open chunks are copied.
  public func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [any SelectedSeries] {
    let selection = state.withLock { state in
      state.head.select(matchers, from: from, through: through, latestOnly: false)
    }
    return (0..<selection.count).map { StoredSeries(selection: selection, index: $0) }
  }

  /// The same series by number; see `SeriesSource`. Holds the store while open chunks are copied.
  public func selection(
    _ matchers: [LabelMatcher], from: Int64, through: Int64, latestOnly: Bool
  ) throws -> any SeriesSelection {
    state.withLock { state in
      state.head.select(matchers, from: from, through: through, latestOnly: latestOnly)
    }
  }
}
