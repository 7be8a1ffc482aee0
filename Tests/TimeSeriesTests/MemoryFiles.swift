import Synchronization

@testable import TimeSeries

/// Files in memory, with a device that can be full and writes that stop half way.
final class MemoryFiles: StorageFiles {
  struct Content {
    var files: [String: [UInt8]] = [:]
    /// Bytes that may still be written; `nil` for no limit. What is removed or cut off gives its room back.
    var room: Int?
    var written = 0
    /// The operation that fails, after how many good ones, and how often.
    var failing: Operation?
    var skipped = 0
    var times = 0

    /// Whether this call is to fail.
    mutating func fails(_ operation: Operation) -> Bool {
      guard failing == operation, times > 0 else { return false }
      if skipped > 0 {
        skipped -= 1
        return false
      }
      times -= 1
      return true
    }
  }

  enum Operation: CaseIterable {
    case write, truncate, synchronize, rename, remove
  }

  let content: Mutex<Content>

  init(_ files: [String: [UInt8]] = [:]) { content = Mutex(Content(files: files)) }

  var files: [String: [UInt8]] { content.withLock { $0.files } }

  /// Bytes that all writes together gave.
  var writtenBytes: Int { content.withLock { $0.written } }

  func setRoom(_ bytes: Int?) { content.withLock { $0.room = bytes } }

  /// Lets one kind of operation fail as a full device does.
  func fail(_ operation: Operation, after skipped: Int, times: Int) {
    content.withLock {
      $0.failing = operation
      $0.skipped = skipped
      $0.times = times
    }
  }

  private func check(_ operation: Operation, _ name: String) throws(StorageFault) {
    if content.withLock({ $0.fails(operation) }) { throw StorageFault(number: 28, operation: "\(operation) \(name)") }
  }

  func names() throws(StorageFault) -> [String] { Array(files.keys) }

  func withContents<R>(of name: String, _ body: (UnsafeRawBufferPointer) -> R) throws(StorageFault) -> R {
    guard let bytes = files[name] else { throw StorageFault(number: 2, operation: "open \(name)") }
    return bytes.withUnsafeBytes { body($0) }
  }

  func write(_ bytes: UnsafeRawBufferPointer, to name: String, at offset: Int) throws(StorageFault) {
    let added = Array(bytes)
    try check(.write, name)
    let isFull = content.withLock { content in
      let taken = min(added.count, content.room ?? .max)
      var file = content.files[name] ?? []
      while file.count < offset { file.append(0) }
      file.replaceSubrange(offset..<min(file.count, offset + taken), with: added[..<taken])
      content.files[name] = file
      content.written += taken
      content.room = content.room.map { $0 - taken }
      return taken < added.count
    }
    if isFull { throw StorageFault(number: 28, operation: "write \(name)") }
  }

  func truncate(_ name: String, to length: Int) throws(StorageFault) {
    try check(.truncate, name)
    content.withLock { content in
      let file = content.files[name] ?? []
      content.room = content.room.map { $0 + max(0, file.count - length) }
      content.files[name] = Array(file.prefix(length))
    }
  }

  func synchronize(_ name: String) throws(StorageFault) { try check(.synchronize, name) }

  func rename(_ name: String, to newName: String) throws(StorageFault) {
    try check(.rename, name)
    content.withLock { $0.files[newName] = $0.files.removeValue(forKey: name) }
  }

  func remove(_ name: String) throws(StorageFault) {
    try check(.remove, name)
    content.withLock { content in
      let freed = content.files.removeValue(forKey: name)?.count ?? 0
      content.room = content.room.map { $0 + freed }
    }
  }
}

/// Stores for tests.
enum Stores {
  static let now: Int64 = 1_700_000_000_000

  static func labels(_ number: Int) -> Labels {
    Labels(["__name__": "metric_\(number % 5)", "host": "host-\(number / 5)", "zone": number % 3 == 0 ? "a" : "b"])
  }

  /// One sample for each of some series.
  static func round(_ series: Range<Int>, at timestamp: Int64) -> [(labels: Labels, timestamp: Int64, value: Double)] {
    series.map { (labels($0), timestamp, Double($0) + Double(timestamp % 1_000_000) / 7) }
  }

  /// All that a store holds, sorted.
  static func dump(_ store: SeriesStore) throws -> [String] {
    try store.select([], from: .min, through: .max).map { series in
      var buffer = SampleBuffer()
      series.read(from: .min, through: .max, into: &buffer)
      let samples = zip(buffer.timestamps, buffer.values).map { "\($0)=\($1.bitPattern)" }
      return "\(series.labels) \(samples) \(buffer.histograms.map { $0.map { "\($0)" } ?? "-" })"
    }.sorted()
  }

  /// Each sample that a store holds as one text.
  static func points(_ store: SeriesStore) throws -> Set<String> {
    var points: Set<String> = []
    for series in try store.select([], from: .min, through: .max) {
      var buffer = SampleBuffer()
      series.read(from: .min, through: .max, into: &buffer)
      for (timestamp, value) in zip(buffer.timestamps, buffer.values) {
        points.insert("\(series.labels) \(timestamp) \(value.bitPattern)")
      }
    }
    return points
  }
}
