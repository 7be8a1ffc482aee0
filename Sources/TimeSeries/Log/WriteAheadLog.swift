/// The segments that a store writes before it acknowledges. Guarded by the store's lock.
struct WriteAheadLog: ~Copyable {
  static let magic: UInt64 = 0x0100_474f_4c4b_5000  // "\0PKLOG\0\1" in file order

  /// Absent in a store that keeps nothing.
  let files: (any StorageFiles)?
  let segmentBytes: Int
  /// Records of the batch that is being written.
  var sink = ByteSink(capacity: 64 << 10)
  private(set) var segment: Int
  /// Valid bytes of the current segment; 0 before its header is written.
  private(set) var length = 0
  private(set) var appendedBytes = 0
  private(set) var failures = 0
  /// Bytes that may have been left behind a failed write.
  private var needsTruncation = false
  /// Segments that have bytes which may not be on the device.
  private var unsynchronized: [Int] = []

  init(files: (any StorageFiles)?, segment: Int, segmentBytes: Int) {
    self.files = files
    self.segment = segment
    self.segmentBytes = segmentBytes
  }

  static func name(of segment: Int) -> String { "log-\(Self.padded(segment))" }
  static func snapshotName(of segment: Int) -> String { "snapshot-\(Self.padded(segment))" }

  /// The number in a name made by `name(of:)` or `snapshotName(of:)`.
  static func number(in name: String, prefix: String) -> Int? {
    guard name.hasPrefix(prefix), name.utf8.count == prefix.utf8.count + 10 else { return nil }
    return Int(name.dropFirst(prefix.count))
  }

  private static func padded(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, 10 - text.count)) + text
  }

  var name: String { Self.name(of: segment) }

  /// Writes the sink's records with one call and, if asked, forces them to the device.
  /// - Throws: the fault, after which the log is as before and may be tried again.
  mutating func append(synchronously: Bool) throws(StorageFault) {
    guard let files else { return }
    do {
      if length >= segmentBytes { cut() }
      if length == 0 {
        try writeHeader(files)
      } else if needsTruncation {
        try files.truncate(name, to: length)
        needsTruncation = false
      }
      try files.write(sink.bytes, to: name, at: length)
      if synchronously { try files.synchronize(name) }
    } catch {
      failures += 1
      needsTruncation = true
      if length > 0, (try? files.truncate(name, to: length)) != nil { needsTruncation = false }
      throw error
    }
    length += sink.count
    appendedBytes += sink.count
    if !synchronously && unsynchronized.last != segment { unsynchronized.append(segment) }
  }

  /// Lets the next append begin a new segment.
  mutating func cut() {
    guard length > 0 else { return }
    segment += 1
    length = 0
    needsTruncation = false
  }

  /// Names of the segments that have to be forced to the device; they count as done from now on.
  mutating func takeUnsynchronized() -> [String] {
    defer { unsynchronized.removeAll() }
    return unsynchronized.map { Self.name(of: $0) }
  }

  /// Puts back what `takeUnsynchronized` gave, after a fault.
  mutating func putBack(unsynchronized name: String) {
    if let number = Self.number(in: name, prefix: "log-") { unsynchronized.insert(number, at: 0) }
  }

  private mutating func writeHeader(_ files: any StorageFiles) throws(StorageFault) {
    var header = ByteSink(capacity: 64)
    header.append(fixed: Self.magic)
    try files.write(header.bytes, to: name, at: 0)
    try files.truncate(name, to: header.count)
    length = header.count
    needsTruncation = false
  }

  /// Hands the whole and undamaged records of a segment to `body`, in order, until it answers `false`.
  /// - Returns: how many bytes from the start are good; less than the segment's when it is torn or damaged.
  static func read(
    _ bytes: UnsafeRawBufferPointer, _ body: (RecordKind, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard bytes.count >= 8, UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) == magic else { return 0 }
    var offset = 8
    while offset < bytes.count {
      guard let record = RecordFrame.read(bytes, at: offset), let kind = record.kind else { break }
      guard body(kind, record.payload) else { break }
      offset = record.end
    }
    return offset
  }
}
