/// Finished run of native histograms of one series, as bytes; never changed.
struct HistogramChunk: Sendable {
  /// Milliseconds since the Unix epoch.
  let first: Int64
  let last: Int64
  let count: Int
  let bytes: [UInt8]

  /// Hands the histograms to `body` in order, until it answers `false`. Damaged bytes end early.
  /// - Returns: whether all of the bytes made sense and were handed over.
  @discardableResult
  static func read(_ bytes: [UInt8], _ count: Int, _ body: (Int64, NativeHistogram) -> Bool) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var source = ByteSource(buffer)
      var previous: NativeHistogram?
      var timestamp: Int64 = 0
      var delta: Int64 = 0
      for _ in 0..<count {
        delta = delta &+ source.signed()
        timestamp = timestamp &+ delta
        let histogram = HistogramCodec.read(&source, after: previous)
        guard !source.isDamaged, body(timestamp, histogram) else { return false }
        // The first distance is the time itself; the next one is measured anew.
        if previous == nil { delta = 0 }
        previous = histogram
      }
      return source.isAtEnd
    }
  }
}

/// The native histograms of one series: finished chunks and an open one, ascending by time.
///
/// A histogram is written as the difference to the one before it, which for a counter whose buckets stay the same is about
/// a byte for each bucket that changed.
struct HistogramColumn: Sendable {
  /// A chunk is finished at this many histograms, bytes, or milliseconds, whichever comes first.
  static let chunkCount = 120
  static let chunkBytes = 16_384
  static let chunkMilliseconds: Int64 = 2 * 3_600_000

  private(set) var chunks: [HistogramChunk] = []
  // The open chunk.
  private(set) var openBytes: [UInt8] = []
  private(set) var openCount = 0
  private(set) var openFirst: Int64 = 0
  private var delta: Int64 = 0
  /// The newest one and its time; `nil` while the open chunk is empty.
  private var newest: NativeHistogram?
  private(set) var newestTimestamp: Int64 = .min

  var isEmpty: Bool { openCount == 0 && chunks.isEmpty }
  /// Time of the oldest histogram; `Int64.max` when there is none.
  var oldest: Int64 { chunks.first?.first ?? (openCount > 0 ? openFirst : .max) }
  /// Histograms held.
  var count: Int { chunks.reduce(openCount) { $0 + $1.count } }

  /// Estimated bytes held.
  var byteCount: Int {
    isEmpty
      ? 0
      : chunks.reduce(openBytes.count + (newest?.byteCount ?? 0) + 64) {
        $0 + $1.bytes.count + MemoryLayout<HistogramChunk>.stride + 32
      }
  }

  /// Adds a histogram unless there is one of this time.
  mutating func insert(_ timestamp: Int64, _ histogram: NativeHistogram) {
    if isEmpty || timestamp > newestTimestamp { return append(timestamp, histogram) }
    // Late: the chunk that it belongs to is written anew.
    if openCount > 0, chunks.isEmpty || timestamp >= openFirst {
      let entries = Self.inserted(timestamp, histogram, into: openBytes, openCount)
      clearOpen()
      for entry in entries { appendOpen(entry.timestamp, entry.histogram) }
    } else {
      let index = max(0, (chunks.firstIndex { $0.first > timestamp } ?? chunks.count) - 1)
      let entries = Self.inserted(timestamp, histogram, into: chunks[index].bytes, chunks[index].count)
      var column = HistogramColumn()
      for entry in entries { column.appendOpen(entry.timestamp, entry.histogram) }
      column.seal()
      chunks.replaceSubrange(index...index, with: column.chunks)
    }
  }

  /// Takes over a finished chunk that is newer than all before it.
  /// - Returns: `true`, as `resume` does when all is well.
  mutating func append(finished chunk: HistogramChunk) -> Bool {
    chunks.append(chunk)
    newestTimestamp = chunk.last
    return true
  }

  /// Takes over the newest chunk as the open one.
  /// - Returns: whether its bytes make sense.
  mutating func resume(_ chunk: HistogramChunk) -> Bool {
    var before: Int64?
    let isWhole = HistogramChunk.read(chunk.bytes, chunk.count) { timestamp, histogram in
      if before == nil { openFirst = timestamp } else { delta = timestamp &- newestTimestamp }
      before = timestamp
      newestTimestamp = timestamp
      newest = histogram
      return true
    }
    guard isWhole, openFirst == chunk.first, newestTimestamp == chunk.last else { return false }
    openBytes = chunk.bytes
    openCount = chunk.count
    return true
  }

  /// The histogram of a time.
  func find(_ timestamp: Int64) -> NativeHistogram? {
    if openCount > 0 && timestamp == newestTimestamp { return newest }
    var found: NativeHistogram?
    forEach(from: timestamp, through: timestamp) { found = $1 }
    return found
  }

  /// Hands over the histograms of a window in order.
  func forEach(from: Int64, through: Int64, _ body: (Int64, NativeHistogram) -> Void) {
    func visit(_ timestamp: Int64, _ histogram: NativeHistogram) -> Bool {
      if timestamp > through { return false }
      if timestamp >= from { body(timestamp, histogram) }
      return true
    }
    for chunk in chunks where chunk.last >= from && chunk.first <= through {
      HistogramChunk.read(chunk.bytes, chunk.count, visit)
    }
    if openCount > 0 && newestTimestamp >= from && openFirst <= through {
      HistogramChunk.read(openBytes, openCount, visit)
    }
  }

  /// Drops chunks whose newest histogram is older than `cutoff`.
  mutating func removeAll(before cutoff: Int64) {
    chunks.removeAll { $0.last < cutoff }
    if openCount > 0 && newestTimestamp < cutoff { clearOpen() }
  }

  private mutating func append(_ timestamp: Int64, _ histogram: NativeHistogram) {
    if openCount >= Self.chunkCount || openBytes.count >= Self.chunkBytes
      || (openCount > 0 && timestamp &- openFirst >= Self.chunkMilliseconds)
    {
      seal()
    }
    appendOpen(timestamp, histogram)
  }

  private mutating func appendOpen(_ timestamp: Int64, _ histogram: NativeHistogram) {
    var sink = ByteSink(capacity: 512)
    if openCount == 0 {
      openFirst = timestamp
      sink.appendSigned(timestamp)
      delta = 0
    } else {
      let next = timestamp &- newestTimestamp
      sink.appendSigned(next &- delta)
      delta = next
    }
    HistogramCodec.append(histogram, after: newest, to: &sink)
    openBytes += sink.bytes
    openCount += 1
    newest = histogram
    newestTimestamp = timestamp
  }

  private mutating func seal() {
    guard openCount > 0 else { return }
    // A copy, so that the room for growth is given back.
    let bytes = openBytes.withUnsafeBytes { [UInt8]($0) }
    chunks.append(HistogramChunk(first: openFirst, last: newestTimestamp, count: openCount, bytes: bytes))
    openBytes.removeAll(keepingCapacity: true)
    openCount = 0
    newest = nil
  }

  private mutating func clearOpen() {
    openBytes = []
    openCount = 0
    newest = nil
    newestTimestamp = chunks.last?.last ?? .min
  }

  private static func inserted(
    _ timestamp: Int64, _ histogram: NativeHistogram, into bytes: [UInt8], _ count: Int
  ) -> [(timestamp: Int64, histogram: NativeHistogram)] {
    var entries: [(timestamp: Int64, histogram: NativeHistogram)] = []
    HistogramChunk.read(bytes, count) {
      entries.append(($0, $1))
      return true
    }
    let index = entries.firstIndex { $0.timestamp >= timestamp } ?? entries.count
    if index == entries.count || entries[index].timestamp != timestamp {
      entries.insert((timestamp, histogram), at: index)
    }
    return entries
  }
}
