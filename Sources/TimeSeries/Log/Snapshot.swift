/// A snapshot: the series and their chunks as blocks, so that a restart need not read the whole log.
///
/// The blocks are taken in portions between which samples go on arriving, so a series may hold samples that are also in
/// the log behind the snapshot; replaying skips those. Source of the layout: docs/format/snapshot.md.
enum Snapshot {
  static let magic: UInt64 = 0x0200_5041_4e53_4b50  // "PKSNAP\0\2" in file order
  /// Series of one portion, which is how long the store is held at a time.
  static let portion = 128

  /// The labels that a snapshot has so far: numbers in the head's table to numbers in the file.
  struct WrittenLabels {
    /// Number in the file + 1, 0 for none; by number in the head.
    var numbers: [UInt32] = []
    var count: UInt32 = 0
  }

  /// Blocks are written for the slots `from ..< min(from + portion, seriesUsed)`.
  static func encodePortion(
    _ head: borrowing Head, from: Int, written: inout WrittenLabels, into sink: inout ByteSink
  ) {
    let slots = (from..<min(from + portion, head.seriesUsed)).filter { head.series[$0].isAlive }
    encodeLabels(head, slots, written: &written, into: &sink)
    guard !slots.isEmpty else { return }
    let start = RecordFrame.open(.snapshotSeries, in: &sink)
    sink.appendVarint(UInt64(slots.count))
    for slot in slots { encodeSeries(head, slot, written, into: &sink) }
    RecordFrame.close(start, in: &sink)
  }

  /// The labels that no earlier portion has written.
  private static func encodeLabels(
    _ head: borrowing Head, _ slots: [Int], written: inout WrittenLabels, into sink: inout ByteSink
  ) {
    var added: [Int] = []
    while written.numbers.count < head.labels.used { written.numbers.append(0) }
    for slot in slots {
      let state = head.series[slot]
      for i in 0..<Int(state.labelCount) where written.numbers[Int(state.labels![i])] == 0 {
        written.count += 1
        written.numbers[Int(state.labels![i])] = written.count
        added.append(Int(state.labels![i]))
      }
    }
    guard !added.isEmpty else { return }
    let start = RecordFrame.open(.snapshotLabels, in: &sink)
    sink.appendVarint(UInt64(added.count))
    for number in added { head.appendLabel(number, to: &sink) }
    RecordFrame.close(start, in: &sink)
  }

  private static func encodeSeries(
    _ head: borrowing Head, _ slot: Int, _ written: WrittenLabels, into sink: inout ByteSink
  ) {
    let state = head.series[slot]
    sink.appendVarint(UInt64(slot))
    sink.appendVarint(UInt64(state.labelCount))
    for i in 0..<Int(state.labelCount) { sink.appendVarint(UInt64(written.numbers[Int(state.labels![i])] - 1)) }
    sink.appendVarint(UInt64(head.sealed[slot].count))
    for chunk in head.sealed[slot] {
      let header = chunk.header
      sink.appendSigned(header.firstTimestamp)
      sink.appendSigned(header.lastTimestamp &- header.firstTimestamp)
      sink.appendVarint(UInt64(header.sampleCount))
      sink.appendVarint(UInt64(header.bitCount))
      chunk.withDecoder { sink.append($0.base, chunk.byteCount) }
    }
    encodeOpen(state, into: &sink)
    guard state.hasAside, let aside = head.aside[UInt32(slot)] else { return sink.append(0) }
    sink.append(1)
    sink.appendVarint(UInt64(aside.timestamps.count))
    for (timestamp, bits) in zip(aside.timestamps, aside.bits) {
      sink.appendSigned(timestamp)
      sink.append(fixed: bits)
    }
    let column = aside.histograms
    sink.appendVarint(UInt64(column.chunks.count + (column.openCount > 0 ? 1 : 0)))
    for chunk in column.chunks { encode(chunk, into: &sink) }
    guard column.openCount > 0 else { return }
    encode(
      HistogramChunk(
        first: column.openFirst, last: column.newestTimestamp, count: column.openCount, bytes: column.openBytes),
      into: &sink)
  }

  /// The open chunk with the encoder's state, so that it can be continued without being read.
  private static func encodeOpen(_ state: SeriesState, into sink: inout ByteSink) {
    let encoder = state.encoder
    sink.appendVarint(UInt64(encoder.sampleCount))
    guard encoder.sampleCount > 0 else { return }
    sink.appendSigned(encoder.firstTimestamp)
    sink.appendSigned(encoder.lastTimestamp &- encoder.firstTimestamp)
    sink.appendSigned(encoder.lastDelta)
    sink.append(fixed: encoder.lastBits)
    sink.append(encoder.leading)
    sink.append(encoder.trailing)
    sink.appendVarint(UInt64(encoder.bitCount))
    sink.append(state.open!, encoder.byteCount)
  }

  private static func encode(_ chunk: HistogramChunk, into sink: inout ByteSink) {
    sink.appendSigned(chunk.first)
    sink.appendSigned(chunk.last &- chunk.first)
    sink.appendVarint(UInt64(chunk.count))
    sink.appendVarint(UInt64(chunk.bytes.count))
    chunk.bytes.withUnsafeBytes { sink.append(contentsOf: $0) }
  }
}
