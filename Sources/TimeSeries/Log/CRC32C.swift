/// The Castagnoli CRC of log records and snapshot blocks, eight bytes a step by tables.
enum CRC32C {
  /// Eight tables of 256 entries; never freed.
  nonisolated(unsafe) private static let tables: UnsafePointer<UInt32> = {
    let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
    for i in 0..<256 {
      var value = UInt32(i)
      for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82f6_3b78 : value >> 1 }
      tables[i] = value
    }
    for table in 1..<8 {
      for i in 0..<256 {
        let before = tables[(table - 1) * 256 + i]
        tables[table * 256 + i] = (before >> 8) ^ tables[Int(before & 0xff)]
      }
    }
    return UnsafePointer(tables)
  }()

  /// The checksum of `bytes`.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    guard let base = bytes.baseAddress else { return 0 }
    let t = tables
    var crc = ~UInt32(0)
    var offset = 0
    while offset &+ 8 <= bytes.count {
      let word = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian ^ UInt64(crc)
      let low =
        t[1792 &+ Int(word & 0xff)] ^ t[1536 &+ Int((word &>> 8) & 0xff)]
        ^ t[1280 &+ Int((word &>> 16) & 0xff)] ^ t[1024 &+ Int((word &>> 24) & 0xff)]
      let high =
        t[768 &+ Int((word &>> 32) & 0xff)] ^ t[512 &+ Int((word &>> 40) & 0xff)]
        ^ t[256 &+ Int((word &>> 48) & 0xff)] ^ t[Int(word &>> 56)]
      crc = low ^ high
      offset &+= 8
    }
    while offset < bytes.count {
      crc = (crc >> 8) ^ t[Int((crc ^ UInt32(bytes[offset])) & 0xff)]
      offset &+= 1
    }
    return ~crc
  }
}
