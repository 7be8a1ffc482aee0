/// Snapshots back into a head.
extension Snapshot {
  /// Takes a snapshot's blocks into an empty head.
  /// - Returns: how many bytes were good, and whether the snapshot is whole.
  static func load(_ bytes: UnsafeRawBufferPointer, into head: inout Head) -> (goodBytes: Int, isWhole: Bool) {
    guard bytes.count >= 8, UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) == magic else {
      return (0, false)
    }
    var offset = 8
    // Numbers in the file to numbers in the head's table.
    var labels: [UInt32] = []
    var run = ByteSink()
    while offset < bytes.count {
      guard let block = RecordFrame.read(bytes, at: offset), let kind = block.kind else { return (offset, false) }
      var source = ByteSource(block.payload)
      switch kind {
      case .snapshotLabels: head.internLabels(&source, into: &labels)
      case .snapshotSeries:
        for _ in 0..<source.count(minimum: 4) where !source.isDamaged {
          loadSeries(&source, labels, &run, into: &head)
        }
      case .metadata:
        guard head.replay(.metadata, block.payload) else { return (offset, false) }
        source = ByteSource(UnsafeRawBufferPointer(start: nil, count: 0))
      case .snapshotEnd:
        return (block.end, block.end == bytes.count)
      default:
        return (offset, false)
      }
      if source.isDamaged || !source.isAtEnd { return (offset, false) }
      offset = block.end
    }
    return (offset, false)
  }

  private static func loadSeries(
    _ source: inout ByteSource, _ labels: [UInt32], _ run: inout ByteSink, into head: inout Head
  ) {
    let number = source.varint()
    guard head.define(slot: number, labels: labels, &source, &run) else { return source.fail() }
    let slot = Int(number)
    loadChunks(&source, slot, into: &head)
    loadOpen(&source, slot, into: &head)
    if source.byte() != 0 {
      for _ in 0..<source.count(minimum: 9) {
        let timestamp = source.signed()
        let bits: UInt64 = source.fixed()
        if !source.isDamaged { head.insertAside(slot, timestamp, bits) }
      }
      loadHistograms(&source, slot, into: &head)
    }
    head.finishLoading(slot)
  }

  /// A chunk of more bits is taken for damage.
  private static let bitLimit: UInt64 = 1 << 31

  private static func loadChunks(_ source: inout ByteSource, _ slot: Int, into head: inout Head) {
    let count = source.count(minimum: 4)
    if count > 0 { head.sealed[slot].reserveCapacity(count + 1) }
    for _ in 0..<count {
      let first = source.signed()
      let last = first &+ source.signed()
      let samples = source.varint()
      let bits = source.varint()
      guard samples <= UInt64(UInt16.max), bits <= min(bitLimit, UInt64(source.remaining) * 8), last >= first else {
        return source.fail()
      }
      let bytes = source.bytes((Int(bits) + 7) >> 3)
      guard !source.isDamaged, let base = bytes.baseAddress else { return source.fail() }
      head.keep(
        SealedChunk.make(base, bitCount: UInt32(bits), sampleCount: UInt16(samples), timestamps: first...last), slot)
    }
  }

  private static func loadOpen(_ source: inout ByteSource, _ slot: Int, into head: inout Head) {
    let samples = source.varint()
    guard samples > 0 else { return }
    var encoder = XORChunkEncoder()
    encoder.firstTimestamp = source.signed()
    encoder.lastTimestamp = encoder.firstTimestamp &+ source.signed()
    encoder.lastDelta = source.signed()
    encoder.lastBits = source.fixed()
    encoder.leading = source.byte()
    encoder.trailing = source.byte()
    let bits = source.varint()
    let hasWindow = encoder.leading != 255
    guard samples <= UInt64(Head.chunkSamples), bits <= min(bitLimit, UInt64(source.remaining) * 8), bits >= 64,
      encoder.lastTimestamp >= encoder.firstTimestamp,
      hasWindow ? Int(encoder.leading) + Int(encoder.trailing) < 64 : encoder.trailing == 0
    else { return source.fail() }
    let bytes = source.bytes((Int(bits) + 7) >> 3)
    guard !source.isDamaged, let base = bytes.baseAddress else { return source.fail() }
    encoder.sampleCount = UInt16(samples)
    encoder.bitCount = UInt32(bits)
    head.open(slot, base, encoder)
  }

  private static func loadHistograms(_ source: inout ByteSource, _ slot: Int, into head: inout Head) {
    let count = source.count(minimum: 5)
    var column = HistogramColumn()
    for index in 0..<count {
      let first = source.signed()
      let last = first &+ source.signed()
      let histograms = source.varint()
      let bytes = source.bytes(source.count())
      guard !source.isDamaged, histograms > 0, histograms <= UInt64(bytes.count), last >= first,
        first > column.newestTimestamp
      else { return source.fail() }
      // The newest chunk goes on, so the last histogram of it has to be known.
      let chunk = HistogramChunk(first: first, last: last, count: Int(histograms), bytes: Array(bytes))
      guard index == count - 1 ? column.resume(chunk) : column.append(finished: chunk) else { return source.fail() }
    }
    if !source.isDamaged && count > 0 { head.takeHistograms(slot, column) }
  }
}

extension Head {
  /// Interns the labels of a block.
  mutating func internLabels(_ source: inout ByteSource, into numbers: inout [UInt32]) {
    for _ in 0..<source.count(minimum: 2) {
      let wire = source.bytes(source.count())
      var label = ByteSource(wire)
      guard LabelWire.isCanonical(wire), let (name, value) = LabelWire.next(&label), label.isAtEnd else {
        return source.fail()
      }
      numbers.append(UInt32(labels.intern(name: name, value: value, scratch: &scratch)))
    }
  }

  /// Reads a count and that many indices into `known`, and makes `slot` the series of these labels.
  /// - Parameters:
  ///   - known: numbers of labels in the table.
  ///   - run: scratch.
  /// - Returns: whether what was read makes sense.
  mutating func define(slot: UInt64, labels known: [UInt32], _ source: inout ByteSource, _ run: inout ByteSink) -> Bool
  {
    run.removeAll()
    scratchNumbers.removeAll(keepingCapacity: true)
    for _ in 0..<source.count() {
      let index = source.varint()
      guard index < UInt64(known.count) else { return false }
      let number = known[Int(index)]
      run.append(labels.entries[Int(number)].wire.unsafelyUnwrapped, Int(labels.entries[Int(number)].wireCount))
      scratchNumbers.append(number)
    }
    guard !source.isDamaged, slot < UInt64(limits.slots), !scratchNumbers.isEmpty,
      scratchNumbers.count <= Int(UInt16.max)
    else { return false }
    define(slot: Int(slot), run: run.bytes)
    return true
  }

  /// Makes `slot` the series of the labels in `scratchNumbers`; what it or these labels were before has been forgotten by
  /// the writer.
  private mutating func define(slot: Int, run: UnsafeRawBufferPointer) {
    let hash = WireHash.of(run.baseAddress!, run.count)
    let known = find(run.baseAddress!, run.count, hash: hash)
    if known == slot { return }
    ensureSlots(slot + 1)
    // Their labels stay until `finishOpening`: the dictionary that is being read may have them.
    if known >= 0 { removeSeries([UInt32(known)], keepingLabels: true) }
    if series[slot].isAlive { removeSeries([UInt32(slot)], keepingLabels: true) }
    create(slot: slot, labels: scratchNumbers, runBytes: run.count, hash: hash)
  }

  /// Puts in order what loading and replaying leave to the end: which slots are free, and labels that nobody has.
  mutating func finishOpening() {
    unlogged.removeAll()
    freeSlots.removeAll()
    for slot in (0..<seriesUsed).reversed() where !series[slot].isAlive { freeSlots.append(UInt32(slot)) }
    labels.removeUnused((0..<UInt32(labels.used)).filter { labels.postings[Int($0)].isEmpty }, lists: [])
  }

  /// Takes an open chunk over.
  mutating func open(_ slot: Int, _ bytes: UnsafeRawPointer, _ encoder: XORChunkEncoder) {
    guard series[slot].encoder.sampleCount == 0 else { return }
    growOpen(slot, atLeast: encoder.byteCount + XORChunkEncoder.reserve)
    series[slot].open!.copyMemory(from: bytes, byteCount: encoder.byteCount)
    series[slot].encoder = encoder
    series[slot].stored = encoder.lastTimestamp
  }

  /// Takes the histograms of a series over.
  mutating func takeHistograms(_ slot: Int, _ column: HistogramColumn) {
    series[slot].hasAside = true
    aside[UInt32(slot), default: AsideSamples()].histograms = column
    totals.asideBytes += column.byteCount
    series[slot].stored = max(series[slot].stored, column.newestTimestamp)
  }

  /// Sets a loaded series' newest sample from its chunks.
  mutating func finishLoading(_ slot: Int) {
    if let last = sealed[slot].last, last.header.lastTimestamp > series[slot].stored {
      series[slot].stored = last.header.lastTimestamp
    }
    let state = series[slot]
    if state.stored > totals.newest { totals.newest = state.stored }
    series[slot].newest = state.stored
    guard state.stored != .min else { return }
    if state.encoder.sampleCount > 0, state.encoder.lastTimestamp == state.stored, !state.hasAside {
      series[slot].newestBits = state.encoder.lastBits
      series[slot].newestIsHistogram = false
    } else if let bits = storedBits(slot, state.stored) {
      series[slot].newestBits = bits
      series[slot].newestIsHistogram = false
    } else {
      series[slot].newestIsHistogram = true
    }
  }
}
