import Synchronization

@testable import TimeSeries

/// The readers of the log and of snapshots.
///
/// An input that begins with 0 is a file's bytes. Any other is a list of records, each one byte of kind, two bytes of
/// length and the payload; they are put into frames with right checksums, which no mutation would ever find.
enum FileTarget {
  static func runLog(_ bytes: UnsafeRawBufferPointer) throws {
    try open("log-0000000001", file(bytes, magic: WriteAheadLog.magic))
  }

  static func runSnapshot(_ bytes: UnsafeRawBufferPointer) throws {
    try open("snapshot-0000000001", file(bytes, magic: Snapshot.magic))
  }

  private static func file(_ bytes: UnsafeRawBufferPointer, magic: UInt64) -> [UInt8] {
    guard bytes.first != 0 else { return Array(bytes.dropFirst()) }
    var sink = ByteSink()
    sink.append(fixed: magic)
    var offset = 0
    while offset + 3 <= bytes.count {
      let length = min(Int(bytes[offset + 1]) | Int(bytes[offset + 2]) << 8, bytes.count - offset - 3)
      let start = sink.count
      sink.append(fixed: UInt64(0))
      sink.append(bytes[offset])
      sink.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[offset + 3..<offset + 3 + length]))
      RecordFrame.close(start, in: &sink)
      offset += 3 + length
    }
    return Array(sink.bytes)
  }

  /// The opposite of `file`, for seeds.
  static func records(of file: [UInt8]) -> [UInt8] {
    file.withUnsafeBytes { bytes in
      var result: [UInt8] = []
      var offset = 8
      while let record = RecordFrame.read(bytes, at: offset) {
        result.append(bytes[offset + 8])
        result += [UInt8(record.payload.count & 0xff), UInt8(record.payload.count >> 8)]
        result += record.payload
        offset = record.end
      }
      return result
    }
  }

  /// Whatever is in a file: the store opens, says what it lost, can be written to, and the next opening finds the same.
  private static func open(_ name: String, _ content: [UInt8]) throws {
    let files = FuzzFiles([name: content])
    var options = SeriesStore.Options()
    options.limits.retentionMilliseconds = .max / 4
    options.limits.outOfOrderMilliseconds = .max / 4
    options.limits.futureMilliseconds = .max / 4
    options.limits.slots = 1 << 12
    let (store, report) = try SeriesStore.open(files: files, options: options, now: WireTarget.now)
    for damage in report.damage {
      try FuzzFinding.check(
        damage.goodBytes >= 0 && damage.goodBytes + damage.lostBytes == content.count, "wrong damage: \(damage)")
    }
    let labels = Labels(["__name__": "probe", "number": "1"])
    try store.append([(labels, WireTarget.now, 1)], now: WireTarget.now)
    let held = try WireTarget.dump(store)
    try FuzzFinding.check(held.contains { $0.hasPrefix("\(labels)") }, "a sample was lost")
    for isClosed in [false, true] {
      if isClosed {
        try FuzzFinding.check(store.close(now: WireTarget.now).faults.isEmpty, "the store does not close")
      } else if !report.damage.isEmpty {
        continue
      }
      let (again, second) = try SeriesStore.open(files: files, options: options, now: WireTarget.now)
      try FuzzFinding.check(second.damage.isEmpty, "damaged again: \(second.damage)")
      try FuzzFinding.check(try WireTarget.dump(again) == held, "the second opening finds something else")
    }
  }
}

/// Files in memory.
final class FuzzFiles: StorageFiles {
  private let files: Mutex<[String: [UInt8]]>

  init(_ files: [String: [UInt8]] = [:]) { self.files = Mutex(files) }

  var contents: [String: [UInt8]] { files.withLock { $0 } }

  func names() throws(StorageFault) -> [String] { contents.keys.sorted() }

  func withContents<R>(of name: String, _ body: (UnsafeRawBufferPointer) -> R) throws(StorageFault) -> R {
    guard let bytes = contents[name] else { throw StorageFault(number: 2, operation: "open \(name)") }
    return bytes.withUnsafeBytes { body($0) }
  }

  func write(_ bytes: UnsafeRawBufferPointer, to name: String, at offset: Int) throws(StorageFault) {
    let added = Array(bytes)
    files.withLock { files in
      var file = files[name] ?? []
      while file.count < offset { file.append(0) }
      file.replaceSubrange(offset..<min(file.count, offset + added.count), with: added)
      files[name] = file
    }
  }

  func truncate(_ name: String, to length: Int) throws(StorageFault) {
    files.withLock { $0[name] = Array(($0[name] ?? []).prefix(length)) }
  }

  func synchronize(_ name: String) throws(StorageFault) {}

  func rename(_ name: String, to newName: String) throws(StorageFault) {
    files.withLock { $0[newName] = $0.removeValue(forKey: name) }
  }

  func remove(_ name: String) throws(StorageFault) { files.withLock { $0[name] = nil } }
}
