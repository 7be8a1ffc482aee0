/// Forgetting.
extension Head {
  /// Drops chunks whose newest sample is older than `cutoff`, then the series that have none left.
  ///
  /// Chunks go whole: a sample may outlive the retention by its chunk's span (two hours at most); selections are
  /// bounded by what they ask for.
  /// - Returns: how many series were forgotten.
  mutating func removeAll(before cutoff: Int64) -> Int {
    var gone: [UInt32] = []
    for slot in 0..<seriesUsed where series[slot].isAlive {
      removeChunks(slot, before: cutoff)
      if series[slot].stored < cutoff { gone.append(UInt32(slot)) }
    }
    exemplars.removeAll(before: cutoff)
    removeSeries(gone)
    labels.recycle()
    return gone.count
  }

  private mutating func removeChunks(_ slot: Int, before cutoff: Int64) {
    if let first = sealed[slot].first, first.header.lastTimestamp < cutoff {
      let count = sealed[slot].firstIndex { $0.header.lastTimestamp >= cutoff } ?? sealed[slot].count
      for chunk in sealed[slot][..<count] {
        totals.sealedChunks -= 1
        totals.sealedBytes -= chunk.byteCount + SealedChunk.overhead
      }
      sealed[slot].removeFirst(count)
    }
    guard series[slot].hasAside, var entry = aside.removeValue(forKey: UInt32(slot)) else { return }
    let before = entry.byteCount
    entry.removeAll(before: cutoff)
    totals.asideBytes -= before - entry.byteCount
    if entry.isEmpty { series[slot].hasAside = false } else { aside[UInt32(slot)] = entry }
  }

  /// Forgets series and the labels that only they had. The slots are used again.
  mutating func removeSeries(_ slots: [UInt32]) {
    guard !slots.isEmpty else { return }
    var touched: Set<UInt32> = []
    var lists: [UnsafeMutableRawPointer] = []
    let isGone = Set(slots)
    for slot in slots {
      let state = series[Int(slot)]
      for i in 0..<Int(state.labelCount) { touched.insert(state.labels![i]) }
      if let list = state.labels { lists.append(UnsafeMutableRawPointer(list)) }
      release(Int(slot))
    }
    let numbers = touched.sorted()
    for number in numbers { labels.postings[Int(number)].removeAll { isGone.contains($0) } }
    labels.removeUnused(numbers, lists: lists)
    unlogged.removeAll { isGone.contains($0) }
    freeSlots.append(contentsOf: slots.reversed())
    totals.seriesRemoved += slots.count
  }

  /// Empties a slot. The list of label numbers is left to the caller.
  private mutating func release(_ slot: Int) {
    let state = series[slot]
    table.remove(state.hash, slot: slot)
    state.open?.deallocate()
    totals.openBytes -= Int(state.openCapacity)
    if state.encoder.sampleCount > 0 { totals.openChunks -= 1 }
    totals.labelReferences -= Int(state.labelCount)
    for chunk in sealed[slot] {
      totals.sealedChunks -= 1
      totals.sealedBytes -= chunk.byteCount + SealedChunk.overhead
    }
    sealed[slot] = []
    if let entry = aside.removeValue(forKey: UInt32(slot)) { totals.asideBytes -= entry.byteCount }
    series[slot] = SeriesState()
  }
}

extension AsideSamples {
  /// Estimated bytes held.
  var byteCount: Int { timestamps.count * 16 + histograms.reduce(0) { $0 + $1.byteCount } }
}
