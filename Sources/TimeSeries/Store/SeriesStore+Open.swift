/// Opening a store from its directory.
extension SeriesStore {
  /// Opens the store in a directory, making it when it is not there.
  /// - Parameter now: milliseconds since the Unix epoch; what is older than the retention is forgotten.
  /// - Throws: `TimeSeriesError` when the directory cannot be used.
  public static func open(
    directory: String, options: Options = Options(), now: Int64
  ) throws(TimeSeriesError) -> (store: SeriesStore, recovery: RecoveryReport) {
    do {
      return try open(files: DirectoryFiles(directory: directory), options: options, now: now)
    } catch {
      throw TimeSeriesError(.storage, error.description)
    }
  }

  /// Opens the store over any kind of files.
  public static func open(
    files: any StorageFiles, options: Options = Options(), now: Int64
  ) throws(StorageFault) -> (store: SeriesStore, recovery: RecoveryReport) {
    var head = Head(limits: options.limits)
    var report = RecoveryReport()
    let names = try files.names()
    for name in names where name.hasSuffix(temporarySuffix) { try files.remove(name) }
    let snapshots = names.compactMap { WriteAheadLog.number(in: $0, prefix: "snapshot-") }.sorted()
    let segments = names.compactMap { WriteAheadLog.number(in: $0, prefix: "log-") }.sorted()
    var next = (segments.last ?? 0) + 1
    var snapshotBytes = 0
    if let last = snapshots.last {
      let name = WriteAheadLog.snapshotName(of: last)
      snapshotBytes = try load(name, files, &head, &report)
      next = max(next, last)
      for older in snapshots.dropLast() { try files.remove(WriteAheadLog.snapshotName(of: older)) }
    }
    let logBytes = try replay(segments, from: snapshots.last ?? 0, files, &head, &report)
    head.finishOpening()
    _ = head.removeAll(before: now.subtractingSaturated(options.limits.retentionMilliseconds))
    report.series = head.seriesCount
    let log = WriteAheadLog(files: files, segment: next, segmentBytes: options.segmentBytes)
    var state = State(head: head, log: log)
    state.snapshotBytes = snapshotBytes
    state.snapshotLogMark = -logBytes
    state.isSnapshotWanted = !report.damage.isEmpty || segments.count > 1
    return (SeriesStore(options: options, files: files, state: state), report)
  }

  /// How often a store that another process tidies up meanwhile is opened anew before that is a failure.
  private static let readingAttempts = 5

  /// Loads what the directory of a store holds, also while a process has it open, and changes nothing there.
  /// - Parameter now: milliseconds since the Unix epoch; what is older than the retention is left out.
  /// - Throws: `TimeSeriesError` when there is no store, or it cannot be read.
  public static func openForReading(
    directory: String, options: Options = Options(), now: Int64
  ) throws(TimeSeriesError) -> (store: SeriesStore, recovery: RecoveryReport) {
    var attempt = 1
    while true {
      do {
        return try open(files: ReadOnlyFiles(directory: directory), options: options, now: now)
      } catch {
        guard attempt < readingAttempts else { throw TimeSeriesError(.storage, error.description) }
        attempt += 1
      }
    }
  }

  static let temporarySuffix = ".temporary"
  static let damagedSuffix = ".damaged"

  private static func load(
    _ name: String, _ files: any StorageFiles, _ head: inout Head, _ report: inout RecoveryReport
  ) throws(StorageFault) -> Int {
    let (good, whole, size) = try files.withContents(of: name) { bytes in
      let (good, whole) = Snapshot.load(bytes, into: &head)
      return (good, whole, bytes.count)
    }
    report.snapshot = name
    if !whole {
      // The log behind it speaks of series that are lost; what it says of others is good.
      head.skipsUnknownSlots = true
      report.damage.append(.init(file: name, goodBytes: good, lostBytes: size - good, isTornTail: false))
    }
    return size
  }

  /// Replays the segments behind the snapshot until the first damage. What cannot be used is put aside under another
  /// name, and the damaged segment ends where the damage began.
  /// - Returns: bytes of the segments that are kept.
  private static func replay(
    _ segments: [Int], from first: Int, _ files: any StorageFiles, _ head: inout Head,
    _ report: inout RecoveryReport
  ) throws(StorageFault) -> Int {
    var isDamaged = false
    var kept = 0
    for segment in segments {
      let name = WriteAheadLog.name(of: segment)
      if segment < first {
        try files.remove(name)
        continue
      }
      if isDamaged {
        let size = try files.withContents(of: name) { $0.count }
        report.damage.append(.init(file: name, goodBytes: 0, lostBytes: size, isTornTail: false))
        try files.rename(name, to: name + damagedSuffix)
        continue
      }
      let (good, size) = try files.withContents(of: name) { bytes in
        (WriteAheadLog.read(bytes) { kind, payload in head.replay(kind, payload) }, bytes.count)
      }
      report.segmentsRead += 1
      kept += good
      guard good < size else { continue }
      let isLast = segment == segments.last
      report.damage.append(.init(file: name, goodBytes: good, lostBytes: size - good, isTornTail: isLast))
      if !isLast {
        isDamaged = true
        try keepTail(of: name, from: good, files)
      }
      try files.truncate(name, to: good)
    }
    head.skipsUnknownSlots = false
    report.samplesReplayed = head.totals.samplesAppended
    return kept
  }

  /// Copies what cannot be read into a file of its own, for whoever wants to look at it.
  private static func keepTail(of name: String, from offset: Int, _ files: any StorageFiles) throws(StorageFault) {
    let tail = try files.withContents(of: name) { Array($0[offset...]) }
    let fault = tail.withUnsafeBytes { bytes -> StorageFault? in
      do throws(StorageFault) {
        try files.write(bytes, to: name + damagedSuffix, at: 0)
        return nil
      } catch {
        return error
      }
    }
    if let fault { throw fault }
  }
}
