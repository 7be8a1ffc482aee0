/// Small deterministic generator (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Changes inputs as libFuzzer does, without its view of what the program does with them.
enum Mutator {
  /// Bytes that tend to matter: ends of ranges, of varints, tags.
  private static let interesting: [UInt8] = [0, 1, 2, 0x0a, 0x12, 0x7f, 0x80, 0xff, 0x22, 0x2a, 0x28, 0x7b]

  static func mutated(_ bytes: [UInt8], with other: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let index = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<9, using: &generator) {
      case 0: bytes.removeSubrange(index...)
      case 1 where !bytes.isEmpty: bytes.remove(at: index)
      case 2: bytes.insert(interesting.randomElement(using: &generator)!, at: index)
      case 3 where !bytes.isEmpty: bytes[index] = UInt8.random(in: 0...255, using: &generator)
      case 4 where !bytes.isEmpty: bytes[index] = interesting.randomElement(using: &generator)!
      case 5 where !other.isEmpty:
        let from = Int.random(in: 0..<other.count, using: &generator)
        let piece = other[from..<min(other.count, from + Int.random(in: 1...40, using: &generator))]
        bytes.insert(contentsOf: piece, at: index)
      case 6 where !bytes.isEmpty:
        bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...8, using: &generator)))
      case 7 where !other.isEmpty:
        bytes.replaceSubrange(index..., with: other[Int.random(in: 0..<other.count, using: &generator)...])
      case let kind where !bytes.isEmpty && kind >= 5: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      default: bytes.append(UInt8.random(in: 0...255, using: &generator))
      }
    }
    return bytes
  }
}
