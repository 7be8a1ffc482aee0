import Model
import Simulator

/// What scenes draw with.
extension SplitMix64 {
  /// `true` so often: 0 ... 1.
  mutating func chance(_ share: Double) -> Bool { fraction() < share }

  /// Both ends included.
  mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  /// One of the items, of which there must be one.
  mutating func pick<Item>(_ items: [Item]) -> Item { items[integer(in: 0...items.count - 1)] }

  /// One of the items, each as often as its weight says; weights are 1 or more.
  mutating func pick<Item>(weighted items: [(item: Item, weight: Int)]) -> Item {
    var rest = integer(in: 1...items.reduce(0) { $0 + $1.weight })
    for (item, weight) in items {
      rest -= weight
      if rest <= 0 { return item }
    }
    return items[items.count - 1].item
  }

  /// So many of the items, or all, in their order.
  mutating func pick<Item>(_ count: Int, of items: [Item]) -> [Item] {
    var left = items.indices.map { $0 }
    var chosen: [Int] = []
    while chosen.count < count, !left.isEmpty { chosen.append(left.remove(at: integer(in: 0...left.count - 1))) }
    return chosen.sorted().map { items[$0] }
  }

  /// Whole seconds, both ends included.
  mutating func seconds(_ range: ClosedRange<Int>) -> Duration { .seconds(integer(in: range)) }

  /// Whole minutes, both ends included.
  mutating func minutes(_ range: ClosedRange<Int>) -> Duration { .minutes(integer(in: range)) }

  /// A generator of its own for one topic, so that more of one topic changes nothing of another.
  mutating func branch() -> SplitMix64 { SplitMix64(seed: next()) }

  /// Instants of a stretch of time that follow each other at random, about so far apart. At most `limit` of them.
  mutating func instants(
    from start: Instant, until end: Instant, about interval: Duration, limit: Int = 400
  ) -> [Instant] {
    var found: [Instant] = []
    let mean = max(1, interval.milliseconds / 1000)
    var next = start.advanced(by: seconds(0...Int(mean)))
    while next < end, found.count < limit {
      found.append(next)
      next = next.advanced(by: seconds(Int(mean / 4)...Int(mean * 7 / 4)))
    }
    return found
  }
}
