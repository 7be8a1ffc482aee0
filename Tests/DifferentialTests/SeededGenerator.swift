/// SplitMix64: the same seed draws the same cases on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[Int(next() % UInt64(choices.count))] }

  /// True so many times in a hundred.
  mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }

  mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
    range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  /// One of the choices, each as often as its weight says.
  mutating func weighted<Element>(_ choices: [(weight: UInt64, Element)]) -> Element {
    var rest = next() % choices.reduce(0) { $0 + $1.weight }
    for (weight, element) in choices {
      if rest < weight { return element }
      rest -= weight
    }
    return choices[choices.count - 1].1
  }
}
