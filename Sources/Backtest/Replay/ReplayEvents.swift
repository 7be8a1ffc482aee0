import Model

/// Something that happens at an instant by itself.
struct ReplayEvent: Sendable {
  /// In the order in which they happen when they are due at once: what leaves room comes first.
  enum Kind: Sendable {
    /// Work has run for its time, unless it was moved since its `start`-th start.
    case workEnds(pod: Int, start: Int)
    case podDeleted(Int)
    case gone(Int)
    case drains(Int)
    case cloned(Int)
    case ready(Int)

    var rank: Int {
      switch self {
      case .workEnds: 0
      case .podDeleted: 1
      case .gone: 2
      case .drains: 3
      case .cloned: 4
      case .ready: 5
      }
    }
  }

  let at: Instant
  let kind: Kind
  /// In the order in which they were put down.
  let order: Int

  static func precedes(_ left: ReplayEvent, _ right: ReplayEvent) -> Bool {
    if left.at != right.at { return left.at < right.at }
    if left.kind.rank != right.kind.rank { return left.kind.rank < right.kind.rank }
    return left.order < right.order
  }
}

/// What is to come, the next first: a binary heap.
struct ReplayEvents: Sendable {
  private var heap: [ReplayEvent] = []
  private var count = 0

  var next: Instant? { heap.first?.at }

  mutating func add(_ kind: ReplayEvent.Kind, at instant: Instant) {
    heap.append(ReplayEvent(at: instant, kind: kind, order: count))
    count += 1
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard ReplayEvent.precedes(heap[child], heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// The next event if it is due.
  mutating func take(dueAt instant: Instant) -> ReplayEvent.Kind? {
    guard let first = heap.first, first.at <= instant else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first.kind }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if ReplayEvent.precedes(heap[child], heap[least]) { least = child }
      }
      guard least != parent else { return first.kind }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
