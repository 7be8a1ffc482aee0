import Model

/// What is to happen in the world, ordered by time and, at one instant, by the order of scheduling. A binary heap.
struct EventQueue: Hashable, Sendable, Codable {
  /// One thing that will happen.
  struct Entry: Hashable, Sendable, Codable {
    var at: Instant
    var sequence: Int
    var event: WorldEvent

    func precedes(_ other: Entry) -> Bool {
      at == other.at ? sequence < other.sequence : at < other.at
    }
  }

  private var heap: [Entry] = []
  private var nextSequence = 0

  var count: Int { heap.count }
  /// When the next event happens.
  var nextAt: Instant? { heap.first?.at }

  mutating func schedule(_ event: WorldEvent, at instant: Instant) {
    heap.append(Entry(at: instant, sequence: nextSequence, event: event))
    nextSequence += 1
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].precedes(heap[parent]) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes out the next event when it is due by `instant`.
  mutating func next(by instant: Instant) -> Entry? {
    guard let first = heap.first, first.at <= instant else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[least]) {
        least = child
      }
      if least == parent { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
