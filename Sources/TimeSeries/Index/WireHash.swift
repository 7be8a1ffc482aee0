/// A fast 64-bit hash of label bytes: 32 bytes a round in two lanes, each folding a 128-bit product.
///
/// It only has to spread well; equality is always decided by comparing the bytes.
package enum WireHash {
  private static let k0: UInt64 = 0x9e37_79b9_7f4a_7c15
  private static let k1: UInt64 = 0xd6e8_feb8_6659_fd93
  private static let k2: UInt64 = 0xa076_1d64_78bd_642f

  @inline(__always)
  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }

  @inline(__always)
  private static func word(_ p: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    p.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
  }

  /// The hash of `count` bytes at `p`.
  package static func of(_ p: UnsafeRawPointer, _ count: Int) -> UInt64 {
    var a = k0 ^ UInt64(truncatingIfNeeded: count)
    var b = k1
    if count >= 16 {
      var offset = 0
      while offset &+ 32 <= count {
        a = fold(word(p, offset) ^ k1, word(p, offset &+ 8) ^ a)
        b = fold(word(p, offset &+ 16) ^ k2, word(p, offset &+ 24) ^ b)
        offset &+= 32
      }
      if offset &+ 16 <= count { a = fold(word(p, offset) ^ k2, word(p, offset &+ 8) ^ a) }
      b = fold(word(p, count &- 16) ^ k0, word(p, count &- 8) ^ b)
    } else {
      for i in 0..<count { a = fold(a ^ UInt64(p.load(fromByteOffset: i, as: UInt8.self)), k2) }
    }
    return fold(a ^ k2, b ^ k0)
  }
}
