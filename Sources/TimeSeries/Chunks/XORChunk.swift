/// Gorilla compression: timestamps as the change of their distance, values as XOR with the value before.
///
/// Source of the idea: Pelkonen et al., "Gorilla: a fast, scalable, in-memory time series database", VLDB 2015.
/// The exact bits are described in docs/format/chunk.md. All arithmetic on timestamps wraps, so that every pair of
/// 64-bit timestamps survives the round trip.
struct XORChunkEncoder {
  /// Most bytes that one sample can take, with the slack that bit fields need.
  static let reserve = 32

  var bitCount: UInt32 = 0
  var sampleCount: UInt16 = 0
  /// Leading zero bits of the current window; 255 before there is one.
  var leading: UInt8 = 255
  var trailing: UInt8 = 0
  var firstTimestamp: Int64 = 0
  var lastTimestamp: Int64 = 0
  var lastDelta: Int64 = 0
  var lastBits: UInt64 = 0

  /// Bytes in use.
  var byteCount: Int { (Int(bitCount) + 7) >> 3 }

  /// Appends one sample to `base`, which has room for `reserve` more bytes.
  @inline(__always)
  mutating func append(_ base: UnsafeMutableRawPointer, _ timestamp: Int64, _ bits: UInt64) {
    if sampleCount == 0 {
      firstTimestamp = timestamp
      lastTimestamp = timestamp
      lastDelta = 0
      leading = 255
      bitCount = 0
      BitStream.put(base, &bitCount, bits, 64)
    } else {
      appendTimestamp(base, timestamp)
      appendValue(base, bits)
    }
    lastBits = bits
    sampleCount &+= 1
  }

  @inline(__always)
  private mutating func appendTimestamp(_ base: UnsafeMutableRawPointer, _ timestamp: Int64) {
    let delta = timestamp &- lastTimestamp
    let change = delta &- lastDelta
    lastTimestamp = timestamp
    lastDelta = delta
    if change == 0 {
      BitStream.putShort(base, &bitCount, 0, 1)
      return
    }
    let folded = UInt64(bitPattern: (change &<< 1) ^ (change &>> 63))
    if folded < 1 << 7 {
      BitStream.putShort(base, &bitCount, 0b01 | folded &<< 2, 9)
    } else if folded < 1 << 14 {
      BitStream.putShort(base, &bitCount, 0b011 | folded &<< 3, 17)
    } else if folded < 1 << 20 {
      BitStream.putShort(base, &bitCount, 0b0111 | folded &<< 4, 24)
    } else {
      BitStream.putShort(base, &bitCount, 0b1111, 4)
      BitStream.put(base, &bitCount, folded, 64)
    }
  }

  @inline(__always)
  private mutating func appendValue(_ base: UnsafeMutableRawPointer, _ bits: UInt64) {
    let change = bits ^ lastBits
    if change == 0 {
      BitStream.putShort(base, &bitCount, 0, 1)
      return
    }
    let zerosAbove = UInt8(min(31, change.leadingZeroBitCount))
    let zerosBelow = UInt8(change.trailingZeroBitCount)
    if leading != 255, zerosAbove >= leading, zerosBelow >= trailing {
      BitStream.putShort(base, &bitCount, 0b01, 2)
      BitStream.put(base, &bitCount, change &>> UInt64(trailing), 64 - Int(leading) - Int(trailing))
    } else {
      leading = zerosAbove
      trailing = zerosBelow
      let width = 64 - Int(zerosAbove) - Int(zerosBelow)
      BitStream.putShort(base, &bitCount, 0b11 | UInt64(zerosAbove) &<< 2 | UInt64(width - 1) &<< 7, 13)
      BitStream.put(base, &bitCount, change &>> UInt64(zerosBelow), width)
    }
  }
}
