/// The series of one selection: what is immutable is shared with the head, the open chunks are copies.
///
/// `@unchecked Sendable` because it is written only while the selection is made, under the store's lock.
package final class StoredSelection: SeriesSelection, @unchecked Sendable {
  /// One series; trivial, so that a selection costs no allocation a series.
  private struct Entry {
    /// The open chunk's newest sample.
    var newest: Int64 = .min
    var newestBits: UInt64 = 0
    /// Where the copy of the open chunk lies; no samples when the chunk is outside of the window.
    var offset = 0
    var firstTimestamp: Int64 = 0
    var bitCount: UInt32 = 0
    var sampleCount: UInt16 = 0
    /// Whether the newest sample of the open chunk is the newest of the series.
    var isNewestKnown = false
    var hasAside = false
    /// Where the finished chunks begin in `sealed`, and how many there are.
    var sealed: UInt32 = 0
    var sealedCount: UInt32 = 0
  }

  let labels: LabelLists
  package let count: Int
  private let entries: UnsafeMutablePointer<Entry>
  /// The copies of the open chunks, in one allocation.
  private let arena: UnsafeMutableRawPointer
  private var used = 0
  private var sealed: [SealedChunk] = []
  private var aside: [Int: AsideSamples] = [:]

  /// - Parameter bytes: of the copies that will be made, `BitStream.slack` included for each.
  init(labels: LabelLists, count: Int, bytes: Int) {
    self.labels = labels
    self.count = count
    entries = .allocate(capacity: max(1, count))
    arena = .allocate(byteCount: bytes + BitStream.slack, alignment: 8)
  }

  deinit {
    entries.deallocate()
    arena.deallocate()
  }

  // MARK: Filling, under the lock

  /// Takes over what a series' state says of its open chunk, and copies its bytes.
  @inline(__always)
  func setOpen(
    _ index: Int, _ state: UnsafePointer<SeriesState>, from: Int64, through: Int64, copies: Bool
  ) {
    var entry = Entry()
    let encoder = state.pointee.encoder
    if encoder.sampleCount > 0, encoder.firstTimestamp <= through, encoder.lastTimestamp >= from {
      entry.newest = encoder.lastTimestamp
      entry.newestBits = encoder.lastBits
      entry.isNewestKnown = !state.pointee.hasAside
      entry.firstTimestamp = encoder.firstTimestamp
      if copies {
        entry.offset = used
        entry.bitCount = encoder.bitCount
        entry.sampleCount = encoder.sampleCount
        let count = encoder.byteCount
        (arena + used).copyMemory(from: state.pointee.open.unsafelyUnwrapped, byteCount: count)
        used += count + BitStream.slack
      }
    }
    (entries + index).initialize(to: entry)
  }

  func addSealed(_ index: Int, _ chunk: SealedChunk) {
    if entries[index].sealedCount == 0 { entries[index].sealed = UInt32(sealed.count) }
    entries[index].sealedCount += 1
    sealed.append(chunk)
  }

  func setAside(_ index: Int, _ samples: AsideSamples?) {
    entries[index].hasAside = true
    aside[index] = samples
  }

  // MARK: Reading

  package func labels(_ index: Int) -> Labels {
    precondition(index >= 0 && index < count)
    return Labels(StoredLabels(labels, index))
  }

  /// The number of the label that holds the metric's name; series with the same number have the same name.
  package func metricNumber(_ index: Int) -> UInt32 {
    precondition(index >= 0 && index < count)
    for number in StoredLabels(labels, index).numbers where StoredLabels.isName(labels.entries[Int(number)]) {
      return number
    }
    return .max
  }

  package func latest(_ index: Int, from: Int64, through: Int64) -> LatestSample {
    precondition(index >= 0 && index < count)
    let entry = entries + index
    guard entry.pointee.isNewestKnown, entry.pointee.newest <= through else { return .unknown }
    if entry.pointee.newest < from { return .none }
    return .float(timestamp: entry.pointee.newest, value: Double(bitPattern: entry.pointee.newestBits))
  }

  /// Puts the samples of a series with `from <= timestamp <= through` into `columns` in place of what they hold, stale
  /// markers included.
  /// - Returns: `false`, with the columns in an undefined state, when the series has anything but floats in order; then
  ///   `read` has to be asked.
  package func readFloats(_ index: Int, from: Int64, through: Int64, into columns: inout FloatColumns) -> Bool {
    precondition(index >= 0 && index < count)
    if entries[index].hasAside { return false }
    readChunks(index, from: from, through: through, into: &columns)
    return true
  }

  /// The samples of the chunks in place of what the columns hold.
  private func readChunks(_ index: Int, from: Int64, through: Int64, into columns: inout FloatColumns) {
    columns.removeAll()
    let entry = entries + index
    let first = Int(entry.pointee.sealed)
    for number in first..<first + Int(entry.pointee.sealedCount) {
      let chunk = sealed[number]
      guard chunk.header.lastTimestamp >= from, chunk.header.firstTimestamp <= through else { continue }
      chunk.withDecoder { columns.append(&$0, samples: Int(chunk.header.sampleCount)) }
    }
    if entry.pointee.sampleCount > 0 {
      var decoder = XORChunkDecoder(
        base: UnsafeRawPointer(arena + entry.pointee.offset), bitCount: entry.pointee.bitCount,
        sampleCount: Int(entry.pointee.sampleCount), firstTimestamp: entry.pointee.firstTimestamp)
      columns.append(&decoder, samples: Int(entry.pointee.sampleCount))
    } else if entry.pointee.isNewestKnown {
      // The chunk was not copied, because only its newest sample was asked for.
      columns.append(timestamp: entry.pointee.newest, value: Double(bitPattern: entry.pointee.newestBits))
    }
    columns.trim(from: from, through: through)
  }

  package func read(_ index: Int, from: Int64, through: Int64, into buffer: inout SampleBuffer) {
    precondition(index >= 0 && index < count)
    let start = buffer.count
    var columns = FloatColumns()
    readChunks(index, from: from, through: through, into: &columns)
    buffer.append(columns.times, columns.values)
    if entries[index].hasAside, let samples = aside[index] {
      samples.merge(from, through, after: start, into: &buffer)
    }
  }
}

/// One series of a selection.
struct StoredSeries: SelectedSeries {
  let selection: StoredSelection
  let index: Int

  var labels: Labels { selection.labels(index) }

  func read(from: Int64, through: Int64, into buffer: inout SampleBuffer) {
    selection.read(index, from: from, through: through, into: &buffer)
  }
}

extension AsideSamples {
  /// Merges these samples with what has been read into a buffer since `start`.
  func merge(_ from: Int64, _ through: Int64, after start: Int, into buffer: inout SampleBuffer) {
    var all: [(timestamp: Int64, value: Double, histogram: NativeHistogram?)] = []
    for i in start..<buffer.count { all.append((buffer.timestamps[i], buffer.values[i], nil)) }
    for (i, timestamp) in timestamps.enumerated() where timestamp >= from && timestamp <= through {
      all.append((timestamp, Double(bitPattern: bits[i]), nil))
    }
    histograms.forEach(from: from, through: through) { timestamp, histogram in
      // A histogram whose sum is the stale marker ends the series, as the marker itself does.
      let isStale = histogram.sum.isStaleMarker
      all.append((timestamp, isStale ? .staleMarker : 0, isStale ? nil : histogram))
    }
    all.sort { $0.timestamp < $1.timestamp }
    let needsHistograms = !buffer.histograms.isEmpty || all.contains { $0.histogram != nil }
    buffer.timestamps.removeSubrange(start...)
    buffer.values.removeSubrange(start...)
    if needsHistograms {
      if buffer.histograms.isEmpty {
        buffer.histograms = [NativeHistogram?](repeating: nil, count: start)
      } else {
        buffer.histograms.removeSubrange(start...)
      }
    }
    for entry in all {
      buffer.timestamps.append(entry.timestamp)
      buffer.values.append(entry.value)
      if needsHistograms { buffer.histograms.append(entry.histogram) }
    }
  }
}
