/// Samples into chunks, and single samples out of them.
extension Head {
  /// Appends a sample that is newer than all of its series.
  @inline(__always)
  mutating func appendInline(_ slot: Int, _ timestamp: Int64, _ bits: UInt64) {
    let state = series + slot
    let used = Int(state.pointee.encoder.bitCount &>> 3)
    if state.pointee.encoder.sampleCount >= Head.chunkSamples || used >= Head.chunkBytes
      || timestamp &- state.pointee.encoder.firstTimestamp >= Head.chunkMilliseconds
    {
      seal(slot)
    }
    if Int(state.pointee.encoder.bitCount &>> 3) &+ XORChunkEncoder.reserve > Int(state.pointee.openCapacity) {
      growOpen(slot)
    }
    state.pointee.encoder.append(state.pointee.open.unsafelyUnwrapped, timestamp, bits)
    state.pointee.stored = timestamp
    if timestamp > totals.newest { totals.newest = timestamp }
  }

  /// Finishes the open chunk; its memory is used again for the next one.
  @inline(never)
  private mutating func seal(_ slot: Int) {
    let state = series[slot]
    guard state.encoder.sampleCount > 0, let open = state.open else { return }
    let chunk = SealedChunk.make(
      open, bitCount: state.encoder.bitCount, sampleCount: state.encoder.sampleCount,
      timestamps: state.encoder.firstTimestamp...state.encoder.lastTimestamp)
    keep(chunk, slot)
    series[slot].encoder = XORChunkEncoder()
    totals.openChunks -= 1
  }

  mutating func keep(_ chunk: SealedChunk, _ slot: Int) {
    sealed[slot].append(chunk)
    totals.sealedChunks += 1
    totals.sealedBytes += chunk.byteCount + SealedChunk.overhead
  }

  /// Gives the open chunk more room, in small steps: most of the memory of a store is open chunks. The sizes are such that
  /// an allocator that puts eight bytes before each block wastes none.
  @inline(never)
  mutating func growOpen(_ slot: Int, atLeast minimum: Int = 56) {
    let state = series + slot
    let old = Int(state.pointee.openCapacity)
    let capacity = max((minimum + 71) / 64 * 64 - 8, old == 0 ? 0 : old + 64)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
    if let open = state.pointee.open {
      larger.copyMemory(from: open, byteCount: state.pointee.encoder.byteCount)
      open.deallocate()
    }
    if state.pointee.encoder.sampleCount == 0 { totals.openChunks += 1 }
    state.pointee.open = larger
    state.pointee.openCapacity = UInt32(capacity)
    totals.openBytes += capacity - old
  }

  /// The value of a stored float sample.
  func storedBits(_ slot: Int, _ timestamp: Int64) -> UInt64? {
    let state = series[slot]
    if state.hasAside, let entry = aside[UInt32(slot)] {
      let index = AsideSamples.lowerBound(entry.timestamps, timestamp)
      if index < entry.timestamps.count && entry.timestamps[index] == timestamp { return entry.bits[index] }
    }
    if state.encoder.sampleCount > 0 && timestamp >= state.encoder.firstTimestamp {
      var decoder = openDecoder(slot)
      return Head.bits(&decoder, timestamp)
    }
    for chunk in sealed[slot].reversed() where chunk.header.firstTimestamp <= timestamp {
      guard chunk.header.lastTimestamp >= timestamp else { return nil }
      return chunk.withDecoder { Head.bits(&$0, timestamp) }
    }
    return nil
  }

  private static func bits(_ decoder: inout XORChunkDecoder, _ timestamp: Int64) -> UInt64? {
    while decoder.next() {
      if decoder.timestamp == timestamp { return decoder.bits }
      if decoder.timestamp > timestamp { return nil }
    }
    return nil
  }

  /// A decoder of the open chunk, valid until the series changes.
  func openDecoder(_ slot: Int) -> XORChunkDecoder {
    let state = series[slot]
    return XORChunkDecoder(
      base: UnsafeRawPointer(state.open!), bitCount: state.encoder.bitCount,
      sampleCount: Int(state.encoder.sampleCount), firstTimestamp: state.encoder.firstTimestamp)
  }

  func storedHistogram(_ slot: Int, _ timestamp: Int64) -> NativeHistogram? {
    guard series[slot].hasAside, let entry = aside[UInt32(slot)] else { return nil }
    return entry.histograms.find(timestamp)
  }

  /// Whether a histogram of this timestamp is stored or staged.
  func hasHistogram(_ slot: Int, _ timestamp: Int64) -> Bool {
    storedHistogram(slot, timestamp) != nil
      || stagedHistograms.contains { $0.slot == slot && $0.timestamp == timestamp }
  }

  mutating func insertAside(_ slot: Int, _ timestamp: Int64, _ bits: UInt64) {
    series[slot].hasAside = true
    aside[UInt32(slot), default: AsideSamples()].insert(timestamp, bits)
    totals.asideBytes += 16
    noteStored(slot, timestamp)
  }

  mutating func insertAside(_ slot: Int, _ timestamp: Int64, _ histogram: NativeHistogram) {
    series[slot].hasAside = true
    totals.asideBytes += aside[UInt32(slot), default: AsideSamples()].insert(timestamp, histogram)
    noteStored(slot, timestamp)
  }

  private mutating func noteStored(_ slot: Int, _ timestamp: Int64) {
    if timestamp > series[slot].stored { series[slot].stored = timestamp }
    if timestamp > totals.newest { totals.newest = timestamp }
  }
}

extension SealedChunk {
  /// Bytes of an object beside its samples.
  static let overhead = 72
}

extension NativeHistogram {
  /// Estimated bytes held.
  var byteCount: Int {
    MemoryLayout<NativeHistogram>.stride + 8
      * (positiveSpans.count + negativeSpans.count + positiveBuckets.count + negativeBuckets.count
        + customValues.count)
  }

  /// Equality by bits, so that stale markers and other NaN equal themselves.
  func isSame(as other: NativeHistogram) -> Bool {
    func bits(_ values: [Double]) -> [UInt64] { values.map(\.bitPattern) }
    return schema == other.schema && zeroThreshold.bitPattern == other.zeroThreshold.bitPattern
      && zeroCount.bitPattern == other.zeroCount.bitPattern && count.bitPattern == other.count.bitPattern
      && sum.bitPattern == other.sum.bitPattern && positiveSpans == other.positiveSpans
      && negativeSpans == other.negativeSpans && bits(positiveBuckets) == bits(other.positiveBuckets)
      && bits(negativeBuckets) == bits(other.negativeBuckets) && bits(customValues) == bits(other.customValues)
      && counterResetHint == other.counterResetHint
  }
}
