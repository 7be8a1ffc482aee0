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
  /// Whether a stale marker was among what `take` took.
  private(set) var hasTakenStaleMarker = false

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

  /// Takes the next samples, as many as there are or as have room.
  /// - Parameters:
  ///   - times: room for `limit` timestamps.
  ///   - values: room for `limit` values.
  /// - Returns: how many were taken; less than `limit` at the end of the chunk.
  mutating func take(
    _ times: UnsafeMutablePointer<Int64>, _ values: UnsafeMutablePointer<Double>, limit: Int
  ) -> Int {
    var count = 0
    while count < limit {
      if !isFirst { count &+= takeQuickly(times + count, values + count, limit: limit &- count) }
      guard count < limit, next() else { break }
      times[count] = timestamp
      values[count] = Double(bitPattern: bits)
      if values[count].isStaleMarker { hasTakenStaleMarker = true }
      count &+= 1
    }
    return count
  }

  /// Takes samples as long as they are written as most are: one look at memory and one check of the bounds for each.
  /// - Returns: how many were taken. Where it is less than `limit`, `next` has to see.
  @inline(never)
  private mutating func takeQuickly(
    _ times: UnsafeMutablePointer<Int64>, _ values: UnsafeMutablePointer<Double>, limit: Int
  ) -> Int {
    // All that changes lives in local variables, so that it can stay in registers.
    let base = base
    let end = UInt64(bitCount)
    let most = min(limit, remaining)
    var position = UInt64(self.position)
    var (time, delta, bits) = (timestamp, delta, bits)
    var shift = UInt64(truncatingIfNeeded: trailing)
    var width = UInt64(truncatingIfNeeded: 64 &- leading &- trailing)
    var count = 0
    while count < most {
      // At least 57 bits; there is slack behind the last one.
      var rest =
        base.loadUnaligned(fromByteOffset: Int(truncatingIfNeeded: position &>> 3), as: UInt64.self)
        .littleEndian &>> (position & 7)
      var used: UInt64 = 1
      var newDelta = delta
      if rest & 1 != 0 {
        if rest & 0b1111 == 0b1111 { break }
        let (skip, size): (UInt64, UInt64) = rest & 2 == 0 ? (2, 7) : rest & 4 == 0 ? (3, 14) : (4, 20)
        let folded = (rest &>> skip) & ((1 &<< size) &- 1)
        newDelta = delta &+ (Int64(bitPattern: folded &>> 1) ^ (0 &- Int64(bitPattern: folded & 1)))
        used = skip &+ size
        rest = rest &>> used
      } else {
        rest = rest &>> 1
      }
      var next = position &+ used &+ 1
      if rest & 1 != 0 {
        var (newShift, newWidth) = (shift, width)
        if rest & 2 != 0 {
          newWidth = ((rest &>> 7) & 63) &+ 1
          newShift = 64 &- ((rest &>> 2) & 31) &- newWidth
          if newShift > 63 { break }
          used &+= 13
          rest = rest &>> 13
        } else {
          used &+= 2
          rest = rest &>> 2
        }
        next = position &+ used &+ newWidth
        if next > end { break }
        if used &+ newWidth > 57 {
          var place = UInt32(truncatingIfNeeded: position &+ used)
          rest = BitStream.take(base, &place, Int(truncatingIfNeeded: newWidth))
        }
        // The width is 1 ... 64, so what lies above it goes with the shift up.
        bits ^= (rest &<< (64 &- newWidth)) &>> (64 &- newWidth &- newShift)
        (shift, width) = (newShift, newWidth)
        if Double(bitPattern: bits).isStaleMarker { hasTakenStaleMarker = true }
      } else if next > end {
        break
      }
      position = next
      delta = newDelta
      time = time &+ delta
      times[count] = time
      values[count] = Double(bitPattern: bits)
      count &+= 1
    }
    remaining &-= count
    self.position = UInt32(truncatingIfNeeded: position)
    (timestamp, self.delta, self.bits) = (time, delta, bits)
    trailing = Int(truncatingIfNeeded: shift)
    leading = Int(truncatingIfNeeded: 64 &- width &- shift)
    return count
  }
}
