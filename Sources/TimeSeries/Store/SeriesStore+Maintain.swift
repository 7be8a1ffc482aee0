import Synchronization

/// The store's regular work, off the hot path.
extension SeriesStore {
  /// What one call of `maintain` did.
  public struct MaintenanceReport: Sendable, Hashable {
    /// Series whose last sample fell behind the retention.
    public internal(set) var seriesForgotten = 0
    /// Samples older than this gave way because memory or disk took more than the limit; milliseconds.
    public internal(set) var cutForBytes: Int64?
    /// Size of the snapshot that was written, if one was due.
    public internal(set) var snapshotBytes: Int?
    /// Sentences about what failed; it is tried again next time.
    public internal(set) var faults: [String] = []
  }

  /// How often retention is applied.
  static let retentionInterval: Int64 = 60_000

  /// Forces the log to the device, forgets what is older than the retention, and writes a snapshot when one is due.
  ///
  /// To be called about once a second. Only one call does work at a time; another one waits for it.
  /// - Parameter now: milliseconds since the Unix epoch.
  public func maintain(now: Int64) -> MaintenanceReport {
    maintenance.withLock { times in
      var report = MaintenanceReport()
      synchronizeIfDue(now, &times, &report)
      if now.subtractingSaturated(Self.retentionInterval) >= times.lastRetention {
        times.lastRetention = now
        let cutoff = now.subtractingSaturated(limits.retentionMilliseconds)
        report.seriesForgotten = forget(before: cutoff)
        cutForBytes(now, &report)
      }
      if isSnapshotDue { snapshot(&report) }
      return report
    }
  }

  /// Forces the log to the device and writes a snapshot, so that the next opening is quick.
  public func close(now: Int64) -> MaintenanceReport {
    maintenance.withLock { times in
      var report = MaintenanceReport()
      times.lastSynchronization = .min
      synchronizeIfDue(now, &times, &report)
      if files != nil { snapshot(&report) }
      return report
    }
  }

  private func synchronizeIfDue(_ now: Int64, _ times: inout Maintenance, _ report: inout MaintenanceReport) {
    guard let files, case .interval(let interval) = options.synchronization,
      now.subtractingSaturated(interval) >= times.lastSynchronization
    else { return }
    times.lastSynchronization = now
    let names = state.withLock { $0.log.takeUnsynchronized() }
    for name in names {
      do {
        try files.synchronize(name)
      } catch {
        report.faults.append(error.description)
        state.withLock { $0.log.putBack(unsynchronized: name) }
      }
    }
  }

  private var isSnapshotDue: Bool {
    guard files != nil else { return false }
    return state.withLock { state in
      var limit = max(options.snapshotLogBytes, state.snapshotBytes)
      if limits.retentionBytes > 0 { limit = min(limit, limits.retentionBytes / 2) }
      return state.isSnapshotWanted || state.logBytesBehindSnapshot >= limit
    }
  }

  /// Writes a snapshot beside the log, then removes the segments that it covers.
  private func snapshot(_ report: inout MaintenanceReport) {
    guard let files else { return }
    // From here on records go to a new segment; all that is in older ones is in the head.
    let (segment, mark) = state.withLock { state in
      state.log.cut()
      state.snapshotLabels = Snapshot.WrittenLabels()
      return (state.log.segment, state.log.appendedBytes)
    }
    let name = WriteAheadLog.snapshotName(of: segment)
    do {
      let size = try write(snapshot: name + Self.temporarySuffix, files)
      try files.synchronize(name + Self.temporarySuffix)
      try files.rename(name + Self.temporarySuffix, to: name)
      state.withLock { state in
        state.snapshots += 1
        state.snapshotBytes = size
        state.snapshotLogMark = mark
        state.isSnapshotWanted = false
      }
      report.snapshotBytes = size
      for other in try files.names() {
        let isOldLog = WriteAheadLog.number(in: other, prefix: "log-").map { $0 < segment } ?? false
        let isOldSnapshot = WriteAheadLog.number(in: other, prefix: "snapshot-").map { $0 < segment } ?? false
        if isOldLog || isOldSnapshot { try files.remove(other) }
      }
    } catch {
      report.faults.append(error.description)
      try? files.remove(name + Self.temporarySuffix)
    }
  }

  private func write(snapshot name: String, _ files: any StorageFiles) throws(StorageFault) -> Int {
    var offset = 0
    var slot = 0
    while true {
      let (bytes, isEnd) = portion(slot)
      slot += Snapshot.portion
      let fault = bytes.withUnsafeBytes { buffer -> StorageFault? in
        do throws(StorageFault) {
          try files.write(buffer, to: name, at: offset)
          return nil
        } catch {
          return error
        }
      }
      if let fault { throw fault }
      offset += bytes.count
      if isEnd { return offset }
    }
  }

  /// Encodes one portion under the lock, with the magic number before the first and the end after the last.
  private func portion(_ slot: Int) -> (bytes: [UInt8], isEnd: Bool) {
    state.withLock { state in
      var sink = ByteSink(capacity: 64 << 10)
      if slot == 0 { sink.append(fixed: Snapshot.magic) }
      var written = state.snapshotLabels
      state.snapshotLabels = Snapshot.WrittenLabels()
      Snapshot.encodePortion(state.head, from: slot, written: &written, into: &sink)
      state.snapshotLabels = written
      let isEnd = slot + Snapshot.portion >= state.head.seriesUsed
      if isEnd {
        let entries = state.head.metadata.values.sorted { $0.family < $1.family }
        if !entries.isEmpty { Head.encode(metadata: entries, into: &sink) }
        RecordFrame.close(RecordFrame.open(.snapshotEnd, in: &sink), in: &sink)
      }
      return (Array(sink.bytes), isEnd)
    }
  }
}
