import TimeSeries

/// xxHash64 of a label set, as `limit_ratio` needs it: the same series must be chosen on every machine and at any time.
enum LabelHash {
  private static let prime1: UInt64 = 11_400_714_785_074_694_791
  private static let prime2: UInt64 = 14_029_467_366_897_019_727
  private static let prime3: UInt64 = 1_609_587_929_392_839_161
  private static let prime4: UInt64 = 9_650_029_242_287_828_579
  private static let prime5: UInt64 = 2_870_177_450_012_600_261

  /// The hash of all names and values in Prometheus's own layout of a label set: each text after its length, which is
  /// one byte, or 255 and three bytes with the lowest first.
  static func hash(_ labels: Labels) -> UInt64 {
    var bytes: [UInt8] = []
    for entry in labels.entries {
      append(entry.name, to: &bytes)
      append(entry.value, to: &bytes)
    }
    return hash(bytes)
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    let length = text.utf8.count
    if length < 255 {
      bytes.append(UInt8(length))
    } else {
      bytes.append(255)
      for shift in [0, 8, 16] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
    }
    bytes.append(contentsOf: text.utf8)
  }

  static func hash(_ bytes: [UInt8]) -> UInt64 {
    var position = 0
    var result: UInt64
    func word(_ at: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) } }
    if bytes.count >= 32 {
      var lanes = [prime1 &+ prime2, prime2, 0, 0 &- prime1]
      while position + 32 <= bytes.count {
        for lane in 0..<4 { lanes[lane] = round(lanes[lane], word(position + 8 * lane)) }
        position += 32
      }
      result = rotate(lanes[0], 1) &+ rotate(lanes[1], 7) &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
      for lane in lanes { result = (result ^ round(0, lane)) &* prime1 &+ prime4 }
    } else {
      result = prime5
    }
    result = result &+ UInt64(bytes.count)
    while position + 8 <= bytes.count {
      result = rotate(result ^ round(0, word(position)), 27) &* prime1 &+ prime4
      position += 8
    }
    if position + 4 <= bytes.count {
      let half = (0..<4).reduce(UInt64(0)) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
      result = rotate(result ^ (half &* prime1), 23) &* prime2 &+ prime3
      position += 4
    }
    while position < bytes.count {
      result = rotate(result ^ (UInt64(bytes[position]) &* prime5), 11) &* prime1
      position += 1
    }
    result = (result ^ (result >> 33)) &* prime2
    result = (result ^ (result >> 29)) &* prime3
    return result ^ (result >> 32)
  }

  private static func round(_ accumulator: UInt64, _ input: UInt64) -> UInt64 {
    rotate(accumulator &+ input &* prime2, 31) &* prime1
  }

  private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}
