/// A snapshot: the series and their chunks as blocks, so that a restart need not read the whole log.
///
/// The blocks are taken in portions between which samples go on arriving, so a series may hold samples that are also in
/// the log behind the snapshot; replaying skips those. Source of the layout: docs/format/snapshot.md.
enum Snapshot {
  static let magic: UInt64 = 0x0100_5041_4e53_4b50  // "PKSNAP\0\1" in file order
  /// Series of one portion, which is how long the store is held at a time.
  static let portion = 512

  /// Blocks are written for the slots `from ..< min(from + portion, seriesUsed)`.
  static func encodePortion(_ head: borrowing Head, from: Int, written: inout [Bool], into sink: inout ByteSink) {
    let slots = (from..<min(from + portion, head.seriesUsed)).filter { head.series[$0].isAlive }
    encodeLabels(head, slots, written: &written, into: &sink)
    guard !slots.isEmpty else { return }
    let start = RecordFrame.open(.snapshotSeries, in: &sink)
    sink.appendVarint(UInt64(slots.count))
    for slot in slots { encodeSeries(head, slot, into: &sink) }
    RecordFrame.close(start, in: &sink)
  }

  /// The labels that no earlier portion has written, with their numbers.
  private static func encodeLabels(
    _ head: borrowing Head, _ slots: [Int], written: inout [Bool], into sink: inout ByteSink
  ) {
    var numbers: [Int] = []
    while written.count < head.labels.used { written.append(false) }
    for slot in slots {
      let state = head.series[slot]
      for i in 0..<Int(state.labelCount) where !written[Int(state.labels![i])] {
        written[Int(state.labels![i])] = true
        numbers.append(Int(state.labels![i]))
      }
    }
    guard !numbers.isEmpty else { return }
    let start = RecordFrame.open(.snapshotLabels, in: &sink)
    sink.appendVarint(UInt64(numbers.count))
    for number in numbers {
      sink.appendVarint(UInt64(number))
      head.appendLabel(number, to: &sink)
    }
    RecordFrame.close(start, in: &sink)
  }

  private static func encodeSeries(_ head: borrowing Head, _ slot: Int, into sink: inout ByteSink) {
    let state = head.series[slot]
    sink.appendVarint(UInt64(slot))
    sink.appendVarint(UInt64(state.labelCount))
    for i in 0..<Int(state.labelCount) { sink.appendVarint(UInt64(state.labels![i])) }
    sink.appendVarint(UInt64(head.sealed[slot].count))
    for chunk in head.sealed[slot] {
      let header = chunk.header
      sink.appendSigned(header.firstTimestamp)
      sink.appendSigned(header.lastTimestamp &- header.firstTimestamp)
      sink.appendVarint(UInt64(header.sampleCount))
      sink.appendVarint(UInt64(header.bitCount))
      chunk.withDecoder { sink.append($0.base, chunk.byteCount) }
    }
    sink.appendVarint(UInt64(state.encoder.sampleCount))
    if state.encoder.sampleCount > 0 {
      let encoder = state.encoder
      sink.appendSigned(encoder.firstTimestamp)
      sink.appendVarint(UInt64(encoder.bitCount))
      sink.append(state.open!, encoder.byteCount)
    }
    let aside = state.hasAside ? head.aside[UInt32(slot)] ?? AsideSamples() : AsideSamples()
    sink.appendVarint(UInt64(aside.timestamps.count))
    for (timestamp, bits) in zip(aside.timestamps, aside.bits) {
      sink.appendSigned(timestamp)
      sink.append(fixed: bits)
    }
    sink.appendVarint(UInt64(aside.histograms.count))
    for (timestamp, histogram) in zip(aside.histogramTimestamps, aside.histograms) {
      sink.appendSigned(timestamp)
      HistogramCodec.append(histogram, to: &sink)
    }
  }

  /// Takes a snapshot's blocks into an empty head.
  /// - Returns: how many bytes were good, and whether the snapshot is whole.
  static func load(_ bytes: UnsafeRawBufferPointer, into head: inout Head) -> (goodBytes: Int, isWhole: Bool) {
    guard bytes.count >= 8, UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) == magic else {
      return (0, false)
    }
    var offset = 8
    var labels: [Int: UnsafeRawBufferPointer] = [:]
    while offset < bytes.count {
      guard let block = RecordFrame.read(bytes, at: offset), let kind = block.kind else { return (offset, false) }
      var source = ByteSource(block.payload)
      switch kind {
      case .snapshotLabels:
        for _ in 0..<source.count(minimum: 2) {
          let number = Int(truncatingIfNeeded: source.varint())
          labels[number] = source.bytes(source.count())
        }
      case .snapshotSeries:
        for _ in 0..<source.count(minimum: 4) where !source.isDamaged { loadSeries(&source, labels, into: &head) }
      case .metadata:
        guard head.replay(.metadata, block.payload) else { return (offset, false) }
      case .snapshotEnd:
        return (block.end, block.end == bytes.count)
      default:
        return (offset, false)
      }
      if source.isDamaged { return (offset, false) }
      offset = block.end
    }
    return (offset, false)
  }

  private static func loadSeries(
    _ source: inout ByteSource, _ labels: [Int: UnsafeRawBufferPointer], into head: inout Head
  ) {
    let slot = source.varint()
    var run = ByteSink()
    for _ in 0..<source.count() {
      guard let label = labels[Int(truncatingIfNeeded: source.varint())], let base = label.baseAddress else {
        return source.fail()
      }
      run.append(base, label.count)
    }
    guard !source.isDamaged, slot < Head.slotLimit, LabelWire.isCanonical(run.bytes) else { return source.fail() }
    head.define(slot: Int(slot), run: run.bytes)
    loadChunks(&source, Int(slot), into: &head)
    for _ in 0..<source.count(minimum: 9) {
      let timestamp = source.signed()
      let bits: UInt64 = source.fixed()
      if !source.isDamaged { head.insertAside(Int(slot), timestamp, bits) }
    }
    for _ in 0..<source.count(minimum: 32) {
      let timestamp = source.signed()
      let histogram = HistogramCodec.read(&source)
      if !source.isDamaged { head.insertAside(Int(slot), timestamp, histogram) }
    }
    head.finishLoading(Int(slot))
  }

  private static func loadChunks(_ source: inout ByteSource, _ slot: Int, into head: inout Head) {
    for _ in 0..<source.count(minimum: 4) {
      let first = source.signed()
      let last = first &+ source.signed()
      let samples = source.varint()
      let bits = source.varint()
      guard samples <= UInt64(UInt16.max), bits <= UInt64(source.remaining) * 8, last >= first else {
        return source.fail()
      }
      let bytes = source.bytes((Int(bits) + 7) >> 3)
      guard !source.isDamaged, let base = bytes.baseAddress else { return source.fail() }
      head.keep(
        SealedChunk.make(base, bitCount: UInt32(bits), sampleCount: UInt16(samples), timestamps: first...last), slot)
    }
    let samples = source.varint()
    guard samples > 0 else { return }
    let first = source.signed()
    let bits = source.varint()
    guard samples <= UInt64(UInt16.max), bits <= UInt64(source.remaining) * 8 else { return source.fail() }
    let bytes = source.bytes((Int(bits) + 7) >> 3)
    guard !source.isDamaged else { return }
    // Decoded and encoded again, which restores the encoder's state. The copy has the bytes that a decoder may touch.
    var copy = ByteSink(capacity: bytes.count + BitStream.slack)
    copy.append(contentsOf: bytes)
    var decoder = XORChunkDecoder(
      base: copy.base, bitCount: UInt32(bits), sampleCount: Int(samples), firstTimestamp: first)
    while decoder.next() { head.appendInline(slot, decoder.timestamp, decoder.bits) }
  }
}

extension Head {
  /// Sets a loaded series' newest sample from its chunks.
  mutating func finishLoading(_ slot: Int) {
    if let last = sealed[slot].last, last.header.lastTimestamp > series[slot].stored {
      series[slot].stored = last.header.lastTimestamp
    }
    if series[slot].stored > totals.newest { totals.newest = series[slot].stored }
    series[slot].newest = series[slot].stored
    guard series[slot].stored != .min else { return }
    if let bits = storedBits(slot, series[slot].stored) {
      series[slot].newestBits = bits
      series[slot].newestIsHistogram = false
    } else {
      series[slot].newestIsHistogram = true
    }
  }
}
