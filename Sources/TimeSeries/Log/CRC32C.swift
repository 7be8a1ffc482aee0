/// The Castagnoli CRC of log records and snapshot blocks, eight bytes a step by tables.
///
/// Each step waits for the one before, so long inputs are taken as three lanes side by side, whose checksums are joined.
enum CRC32C {
  /// Bytes of a lane.
  private static let lane = 1_024

  /// Eight tables of 256 entries for a step, then four that move a checksum over a lane of zeros; never freed.
  nonisolated(unsafe) private static let tables: UnsafePointer<UInt32> = {
    let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 12 * 256)
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
    // The move is linear: what it does to each bit says what it does to all.
    let moved = (0..<32).map { bit in
      var value = UInt32(1) << UInt32(bit)
      for _ in 0..<lane { value = (value >> 8) ^ tables[Int(value & 0xff)] }
      return value
    }
    for table in 0..<4 {
      for i in 0..<256 {
        var value: UInt32 = 0
        for bit in 0..<8 where i >> bit & 1 == 1 { value ^= moved[table * 8 + bit] }
        tables[(8 + table) * 256 + i] = value
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
    while offset &+ 3 &* lane <= bytes.count {
      var second: UInt32 = 0
      var third: UInt32 = 0
      let end = offset &+ lane
      while offset < end {
        crc = step(t, crc, base + offset)
        second = step(t, second, base + (offset &+ lane))
        third = step(t, third, base + (offset &+ 2 &* lane))
        offset &+= 8
      }
      crc = move(t, move(t, crc) ^ second) ^ third
      offset &+= 2 &* lane
    }
    while offset &+ 8 <= bytes.count {
      crc = step(t, crc, base + offset)
      offset &+= 8
    }
    while offset < bytes.count {
      crc = (crc >> 8) ^ t[Int((crc ^ UInt32(bytes[offset])) & 0xff)]
      offset &+= 1
    }
    return ~crc
  }

  /// Takes eight bytes.
  @inline(__always)
  private static func step(_ t: UnsafePointer<UInt32>, _ crc: UInt32, _ bytes: UnsafeRawPointer) -> UInt32 {
    let word = bytes.loadUnaligned(as: UInt64.self).littleEndian ^ UInt64(crc)
    let low =
      t[1792 &+ Int(word & 0xff)] ^ t[1536 &+ Int((word &>> 8) & 0xff)]
      ^ t[1280 &+ Int((word &>> 16) & 0xff)] ^ t[1024 &+ Int((word &>> 24) & 0xff)]
    let high =
      t[768 &+ Int((word &>> 32) & 0xff)] ^ t[512 &+ Int((word &>> 40) & 0xff)]
      ^ t[256 &+ Int((word &>> 48) & 0xff)] ^ t[Int(word &>> 56)]
    return low ^ high
  }

  /// The checksum as it is after a lane of zeros.
  @inline(__always)
  private static func move(_ t: UnsafePointer<UInt32>, _ crc: UInt32) -> UInt32 {
    t[2048 &+ Int(crc & 0xff)] ^ t[2304 &+ Int((crc &>> 8) & 0xff)]
      ^ t[2560 &+ Int((crc &>> 16) & 0xff)] ^ t[2816 &+ Int(crc &>> 24)]
  }
}
