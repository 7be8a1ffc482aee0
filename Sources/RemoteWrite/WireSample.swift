/// One sample from its bytes.
enum WireSample {
  /// Reads `Sample{value=1 double, timestamp=2 int64}`; absent fields are 0.
  /// - Returns: whether the bytes are a well-formed message.
  @inline(__always)
  static func read(
    _ start: UnsafeRawPointer, _ count: Int, _ bits: inout UInt64, _ timestamp: inout Int64
  ) -> Bool {
    // What every sender writes: 09 <8 bytes> 10 <6 bytes of varint>, 1970 + 34 years and later.
    if count == 16, start.load(as: UInt8.self) == 0x09, start.load(fromByteOffset: 9, as: UInt8.self) == 0x10 {
      let raw = start.loadUnaligned(fromByteOffset: 8, as: UInt64.self).littleEndian &>> 16
      if raw & 0x8080_8080_8080 == 0x0080_8080_8080 {
        bits = start.loadUnaligned(fromByteOffset: 1, as: UInt64.self).littleEndian
        let low = raw & 0x7f | (raw &>> 1) & 0x3f80 | (raw &>> 2) & 0x1f_c000
        let high = (raw &>> 3) & 0xfe0_0000 | (raw &>> 4) & 0x7_f000_0000 | (raw &>> 5) & 0x3f8_0000_0000
        timestamp = Int64(bitPattern: low | high)
        return true
      }
    }
    return readSlowly(start, count, &bits, &timestamp)
  }

  @inline(never)
  static func readSlowly(
    _ start: UnsafeRawPointer, _ count: Int, _ bits: inout UInt64, _ timestamp: inout Int64
  ) -> Bool {
    var cursor = WireCursor(start, start + count)
    bits = 0
    timestamp = 0
    while !cursor.isAtEnd {
      var tag: UInt64 = 0
      guard cursor.tag(&tag) else { return false }
      switch tag {
      case 0x09:
        guard cursor.fixed64(&bits) else { return false }
      case 0x10:
        var raw: UInt64 = 0
        guard cursor.varint(&raw) else { return false }
        timestamp = Int64(bitPattern: raw)
      default:
        // A known field of another wire type is damage, as it is for protobuf-c.
        guard tag >> 3 > 2, cursor.skip(tag) else { return false }
      }
    }
    return true
  }
}
