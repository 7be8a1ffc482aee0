/// The best few of many candidates, kept as a heap with the worst of them on top, so that most candidates cost one
/// comparison.
struct Extremes<Payload> {
  private struct Element {
    let value: Double
    /// Of equal values the earlier candidate is the better one.
    let position: Int
    let payload: Payload
  }

  private let limit: Int
  private let isTop: Bool
  private var heap: [Element] = []

  /// - Parameter isTop: whether larger values are better; NaN is the worst in any case.
  init(limit: Int, isTop: Bool) {
    self.limit = limit
    self.isTop = isTop
  }

  /// Offers one candidate. Positions ascend from call to call.
  @inline(__always)
  mutating func offer(_ value: Double, position: Int, _ payload: @autoclosure () -> Payload) {
    if heap.count < limit {
      heap.append(Element(value: value, position: position, payload: payload()))
      rise()
    } else if limit > 0, isBetter(value, position, heap[0].value, heap[0].position) {
      heap[0] = Element(value: value, position: position, payload: payload())
      sink()
    }
  }

  /// What is kept, best first.
  func sorted() -> [(value: Double, position: Int, payload: Payload)] {
    heap.sorted { isBetter($0.value, $0.position, $1.value, $1.position) }
      .map { ($0.value, $0.position, $0.payload) }
  }

  @inline(__always)
  private func isBetter(_ x: Double, _ a: Int, _ y: Double, _ b: Int) -> Bool {
    if x.isNaN || y.isNaN { return x.isNaN == y.isNaN ? a < b : y.isNaN }
    if x == y { return a < b }
    return isTop ? x > y : x < y
  }

  private func isBetter(_ a: Int, _ b: Int) -> Bool {
    isBetter(heap[a].value, heap[a].position, heap[b].value, heap[b].position)
  }

  private mutating func rise() {
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isBetter(parent, child) else { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var worst = parent
      let (left, right) = (2 * parent + 1, 2 * parent + 2)
      if left < heap.count, isBetter(worst, left) { worst = left }
      if right < heap.count, isBetter(worst, right) { worst = right }
      if worst == parent { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
}
