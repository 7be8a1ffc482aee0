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

/// Reads a chunk's samples in order. Never reads past `bitCount`: a damaged chunk ends early.
struct XORChunkDecoder {
  let base: UnsafeRawPointer
  let bitCount: UInt32
  private var remaining: Int
  private var position: UInt32 = 0
  private var leading = 0
  private var trailing = 0
  private var isFirst = true
  private(set) var timestamp: Int64
  private(set) var bits: UInt64 = 0
  private var delta: Int64 = 0

  /// - Parameter base: the chunk's bytes followed by `BitStream.slack` readable ones.
  init(base: UnsafeRawPointer, bitCount: UInt32, sampleCount: Int, firstTimestamp: Int64) {
    self.base = base
    self.bitCount = bitCount
    remaining = sampleCount
    timestamp = firstTimestamp
  }

  /// Moves to the next sample, which `timestamp` and `bits` then hold.
  @inline(__always)
  mutating func next() -> Bool {
    guard remaining > 0 else { return false }
    remaining &-= 1
    if isFirst {
      isFirst = false
      guard bitCount >= 64 else { return end() }
      bits = BitStream.take(base, &position, 64)
      return true
    }
    return nextTimestamp() && nextValue()
  }

  @inline(__always)
  private func has(_ width: Int) -> Bool { Int(position) + width <= Int(bitCount) }

  private mutating func end() -> Bool {
    remaining = 0
    return false
  }

  @inline(__always)
  private mutating func nextTimestamp() -> Bool {
    guard has(1) else { return end() }
    var peek = position
    let prefix = BitStream.takeShort(base, &peek, 4)
    if prefix & 1 == 0 {
      position &+= 1
    } else {
      let (skip, width) =
        prefix & 0b10 == 0 ? (2, 7) : prefix & 0b100 == 0 ? (3, 14) : prefix & 0b1000 == 0 ? (4, 20) : (4, 64)
      guard has(skip + width) else { return end() }
      position &+= UInt32(skip)
      let folded = BitStream.take(base, &position, width)
      delta = delta &+ (Int64(bitPattern: folded &>> 1) ^ (0 &- Int64(bitPattern: folded & 1)))
    }
    timestamp = timestamp &+ delta
    return true
  }

  @inline(__always)
  private mutating func nextValue() -> Bool {
    guard has(1) else { return end() }
    if BitStream.takeShort(base, &position, 1) == 0 { return true }
    guard has(1) else { return end() }
    if BitStream.takeShort(base, &position, 1) == 1 {
      guard has(11) else { return end() }
      leading = Int(BitStream.takeShort(base, &position, 5))
      trailing = 64 - leading - 1 - Int(BitStream.takeShort(base, &position, 6))
      guard trailing >= 0 else { return end() }
    }
    let width = 64 - leading - trailing
    guard has(width) else { return end() }
    bits ^= BitStream.take(base, &position, width) &<< UInt64(trailing)
    return true
  }
}
