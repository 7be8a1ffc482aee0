/// Bit fields packed into bytes, least significant bit first, so that a field costs one load and one store.
///
/// Source of the layout: docs/format/chunk.md.
enum BitStream {
  /// Bytes that must stay allocated after the last used one, because fields are moved eight bytes at a time.
  static let slack = 8

  /// Writes the low `width` bits (0 ... 64) of `value` at `position` and advances it.
  ///
  /// Whatever stood after `position` is overwritten, so memory need not be cleared first.
  @inline(__always)
  static func put(_ base: UnsafeMutableRawPointer, _ position: inout UInt32, _ value: UInt64, _ width: Int) {
    if width > 56 {
      putShort(base, &position, value & 0xffff_ffff, 32)
      putShort(base, &position, value >> 32, width - 32)
    } else {
      putShort(base, &position, value, width)
    }
  }

  @inline(__always)
  static func putShort(_ base: UnsafeMutableRawPointer, _ position: inout UInt32, _ value: UInt64, _ width: Int) {
    let byte = Int(position &>> 3)
    let shift = UInt64(position & 7)
    let kept = base.loadUnaligned(fromByteOffset: byte, as: UInt64.self).littleEndian & ((1 &<< shift) &- 1)
    base.storeBytes(of: (kept | (value &<< shift)).littleEndian, toByteOffset: byte, as: UInt64.self)
    position &+= UInt32(truncatingIfNeeded: width)
  }

  /// Reads `width` bits (0 ... 64) at `position` and advances it. The caller has checked that they exist.
  @inline(__always)
  static func take(_ base: UnsafeRawPointer, _ position: inout UInt32, _ width: Int) -> UInt64 {
    if width > 56 {
      let low = takeShort(base, &position, 32)
      return low | (takeShort(base, &position, width - 32) &<< 32)
    }
    return takeShort(base, &position, width)
  }

  @inline(__always)
  static func takeShort(_ base: UnsafeRawPointer, _ position: inout UInt32, _ width: Int) -> UInt64 {
    let word = base.loadUnaligned(fromByteOffset: Int(position &>> 3), as: UInt64.self).littleEndian
    position &+= UInt32(truncatingIfNeeded: width)
    return (word &>> UInt64((position &- UInt32(truncatingIfNeeded: width)) & 7)) & ((1 &<< UInt64(width)) &- 1)
  }
}
