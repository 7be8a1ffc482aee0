/// The frame around each record of the log and each block of a snapshot: length, checksum, kind, payload.
///
/// Source of the layout: docs/format/log.md.
enum RecordFrame {
  /// Bytes before the payload: payload's length (4), CRC-32C of kind and payload (4), kind (1).
  static let headerBytes = 9
  /// Larger records are taken for damage.
  static let payloadLimit = 1 << 30

  /// Leaves room for a header.
  /// - Returns: the record's start, for `close`.
  static func open(_ kind: RecordKind, in sink: inout ByteSink) -> Int {
    let start = sink.count
    sink.append(fixed: UInt64(0))
    sink.append(kind.rawValue)
    return start
  }

  /// Fills in the header of the record that began at `start` and ends where the sink ends.
  static func close(_ start: Int, in sink: inout ByteSink) {
    let covered = UnsafeRawBufferPointer(start: sink.base + start + 8, count: sink.count - start - 8)
    sink.overwrite(at: start, with: UInt32(covered.count - 1))
    sink.overwrite(at: start + 4, with: CRC32C.of(covered))
  }

  /// The record at `offset`.
  /// - Returns: `nil` when what is there is not a whole and undamaged record.
  static func read(
    _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) -> (kind: RecordKind?, payload: UnsafeRawBufferPointer, end: Int)? {
    guard bytes.count - offset >= headerBytes, let base = bytes.baseAddress else { return nil }
    let length = Int(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    let checksum = UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
    guard length <= payloadLimit, bytes.count - offset - headerBytes >= length else { return nil }
    guard CRC32C.of(UnsafeRawBufferPointer(start: base + offset + 8, count: length + 1)) == checksum else { return nil }
    let payload = UnsafeRawBufferPointer(start: base + offset + headerBytes, count: length)
    return (RecordKind(rawValue: bytes[offset + 8]), payload, offset + headerBytes + length)
  }
}

/// What a record or block holds.
enum RecordKind: UInt8 {
  /// Series and the slots that later records call them by.
  case series = 1
  /// Float samples, each newer than all before it in its series.
  case samples = 2
  /// Float samples older than their series' newest.
  case outOfOrderSamples = 3
  // 4 was another form of histograms, before the first release.
  case histograms = 6
  case metadata = 5

  // Snapshots only.
  case snapshotHeader = 16
  case snapshotLabels = 17
  case snapshotSeries = 18
  case snapshotEnd = 19
}
