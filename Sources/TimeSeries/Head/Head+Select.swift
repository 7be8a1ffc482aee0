/// Selecting series by matchers.
extension Head {
  /// Slots of the series that fit all matchers, ascending.
  func matching(_ matchers: [LabelMatcher]) -> [UInt32] {
    var include: [[UInt32]] = []
    var exclude: [[UInt32]] = []
    for matcher in matchers {
      if matcher.fits("") {
        // Fits series without the label too: take away those whose value does not fit.
        let lists = valueNumbers(matcher, fitting: false).map { labels.postings[$0].slots }
        if !lists.isEmpty { exclude.append(Postings.union(lists)) }
      } else {
        let numbers = valueNumbers(matcher, fitting: true)
        if numbers.isEmpty { return [] }
        include.append(Postings.union(numbers.map { labels.postings[$0].slots }))
      }
    }
    include.sort { $0.count < $1.count }
    var slots: [UInt32]
    if let first = include.first {
      slots = first
      for list in include.dropFirst() where !slots.isEmpty { slots = Postings.intersection(slots, list) }
    } else {
      slots = aliveSlots()
    }
    for list in exclude { slots = Postings.difference(slots, list) }
    return slots
  }

  /// Numbers of the labels of the matcher's name whose values fit (or do not fit) it.
  private func valueNumbers(_ matcher: LabelMatcher, fitting: Bool) -> [Int] {
    if let literals = matcher.literals, fitting == matcher.isPositive {
      return literals.compactMap { $0.isEmpty ? nil : labels.find(name: matcher.name, value: $0) }
    }
    guard let name = labels.nameIndex(of: matcher.name) else { return [] }
    var numbers: [Int] = []
    for number in labels.names[name].labels where matcher.fits(bytes: labels.valueBytes(Int(number))) == fitting {
      numbers.append(Int(number))
    }
    return numbers
  }

  /// All slots in use, ascending.
  private func aliveSlots() -> [UInt32] {
    var slots: [UInt32] = []
    slots.reserveCapacity(seriesCount)
    for slot in 0..<seriesUsed where series[slot].isAlive { slots.append(UInt32(slot)) }
    return slots
  }

  /// Timestamp of the oldest sample that is held; `Int64.max` when there is none.
  func oldest(_ slot: Int) -> Int64 {
    let state = series[slot]
    var oldest = sealed[slot].first?.header.firstTimestamp ?? .max
    if oldest == .max && state.encoder.sampleCount > 0 { oldest = state.encoder.firstTimestamp }
    if state.hasAside, let entry = aside[UInt32(slot)] { oldest = min(oldest, entry.oldest) }
    return oldest
  }

  /// Whether the series may have samples in the window.
  func mayHaveSamples(_ slot: Int, from: Int64, through: Int64) -> Bool {
    series[slot].stored >= from && series[slot].stored != .min && oldest(slot) <= through
  }

  /// A consistent view of the series that fit and may have samples in the window.
  mutating func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) -> [any SelectedSeries] {
    let slots = matching(matchers).filter { mayHaveSamples(Int($0), from: from, through: through) }
    var needed = 0
    for slot in slots { needed += series[Int(slot)].encoder.byteCount + BitStream.slack }
    let arena = SelectionArena(capacity: needed)
    var result: [any SelectedSeries] = []
    result.reserveCapacity(slots.count)
    for slot in slots { result.append(view(Int(slot), from: from, through: through, arena: arena)) }
    return result
  }

  private mutating func view(_ slot: Int, from: Int64, through: Int64, arena: SelectionArena) -> StoredSeries {
    let state = series[slot]
    var open = StoredSeries.OpenChunk()
    if state.encoder.sampleCount > 0, state.encoder.firstTimestamp <= through, state.encoder.lastTimestamp >= from {
      open.offset = arena.copy(state.open!, state.encoder.byteCount)
      open.bitCount = state.encoder.bitCount
      open.sampleCount = Int(state.encoder.sampleCount)
      open.firstTimestamp = state.encoder.firstTimestamp
    }
    let needsSealed = sealed[slot].last.map { $0.header.lastTimestamp >= from } ?? false
    return StoredSeries(
      labels: labelSet(slot), sealed: needsSealed ? sealed[slot] : [], open: open,
      aside: state.hasAside ? aside[UInt32(slot)] : nil, arena: arena)
  }
}

/// Copies of open chunks that belong to one selection, in one allocation.
///
/// `@unchecked Sendable` because it is written only while the selection is made, under the store's lock.
final class SelectionArena: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  private var used = 0

  init(capacity: Int) { base = .allocate(byteCount: capacity + BitStream.slack, alignment: 8) }

  deinit { base.deallocate() }

  func copy(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    let offset = used
    (base + offset).copyMemory(from: bytes, byteCount: count)
    used += count + BitStream.slack
    return offset
  }
}

/// One series of a selection.
///
/// `@unchecked Sendable` because all that it holds is immutable: finished chunks, and copies made under the store's lock.
final class StoredSeries: SelectedSeries, @unchecked Sendable {
  /// Where the copy of the open chunk lies; no samples when the chunk is outside of the window.
  struct OpenChunk {
    var offset = 0
    var bitCount: UInt32 = 0
    var sampleCount = 0
    var firstTimestamp: Int64 = 0
  }

  let labels: Labels
  private let sealed: [SealedChunk]
  private let openOffset: Int
  private let openBitCount: UInt32
  private let openSampleCount: Int
  private let openFirst: Int64
  private let asideSamples: AsideSamples?
  private let arena: SelectionArena

  init(labels: Labels, sealed: [SealedChunk], open: OpenChunk, aside: AsideSamples?, arena: SelectionArena) {
    self.labels = labels
    self.sealed = sealed
    openOffset = open.offset
    openBitCount = open.bitCount
    openSampleCount = open.sampleCount
    openFirst = open.firstTimestamp
    asideSamples = aside
    self.arena = arena
  }

  func read(from: Int64, through: Int64, into buffer: inout SampleBuffer) {
    let start = buffer.count
    for chunk in sealed where chunk.header.lastTimestamp >= from && chunk.header.firstTimestamp <= through {
      chunk.withDecoder { StoredSeries.read(&$0, from, through, &buffer) }
    }
    if openSampleCount > 0 {
      var decoder = XORChunkDecoder(
        base: UnsafeRawPointer(arena.base + openOffset), bitCount: openBitCount, sampleCount: openSampleCount,
        firstTimestamp: openFirst)
      StoredSeries.read(&decoder, from, through, &buffer)
    }
    if let asideSamples { merge(asideSamples, from, through, after: start, &buffer) }
  }

  @inline(__always)
  private static func read(
    _ decoder: inout XORChunkDecoder, _ from: Int64, _ through: Int64, _ buffer: inout SampleBuffer
  ) {
    let hasHistograms = !buffer.histograms.isEmpty
    while decoder.next() {
      if decoder.timestamp < from { continue }
      if decoder.timestamp > through { return }
      buffer.timestamps.append(decoder.timestamp)
      buffer.values.append(Double(bitPattern: decoder.bits))
      if hasHistograms { buffer.histograms.append(nil) }
    }
  }

  /// Merges the samples beside the chunks with what has been read since `start`.
  private func merge(
    _ aside: AsideSamples, _ from: Int64, _ through: Int64, after start: Int, _ buffer: inout SampleBuffer
  ) {
    var all: [(timestamp: Int64, value: Double, histogram: NativeHistogram?)] = []
    for i in start..<buffer.count { all.append((buffer.timestamps[i], buffer.values[i], nil)) }
    for (i, timestamp) in aside.timestamps.enumerated() where timestamp >= from && timestamp <= through {
      all.append((timestamp, Double(bitPattern: aside.bits[i]), nil))
    }
    aside.histograms.forEach(from: from, through: through) { all.append(($0, 0, $1)) }
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
