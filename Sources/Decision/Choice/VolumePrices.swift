import Model

/// What pods must pay for the room that they take: by kind, a share of its price for each dimension, such that no worker's
/// price is exceeded by what it could hold. A pod pays what the kind that is cheapest for it asks.
///
/// The sum over all pods is a lower bound with every choice of shares; they are moved so that it grows.
struct VolumePrices {
  /// By kind and dimension; the sum by kind is 1.
  private(set) var shares: [Double]
  /// By group, what one of its pods pays, in micro-units an hour.
  private(set) var perPod: [Double]

  private static let work = 4_000_000

  /// - Parameter kinds: those that may be used; no others are.
  init(_ problem: PackingProblem, kinds: [Int], counts: [Int]) {
    let width = problem.width
    let open = problem.rows.indices.filter { counts[$0] > 0 }
    shares = Array(repeating: 0, count: problem.kinds.count * width)
    perPod = Array(repeating: 0, count: problem.rows.count)
    var demand = Array(repeating: 0.0, count: width)
    for group in open {
      for dimension in 0..<width { demand[dimension] += Double(problem.rows[group][dimension]) * Double(counts[group]) }
    }
    let bare = problem.kinds.indices.flatMap { kind in
      (0..<width).map { problem.kinds[kind].room[$0] > 0 ? 1.0 / Double(problem.kinds[kind].room[$0]) : 0 }
    }
    func evaluate(_ shares: [Double], _ gradient: inout [Double]) -> (sum: Double, perPod: [Double]) {
      var sum = 0.0
      var all = Array(repeating: 0.0, count: problem.rows.count)
      for index in gradient.indices { gradient[index] = 0 }
      for group in open {
        var (least, cheapest) = (Double.infinity, -1)
        let start = group * width
        for kind in kinds where problem.isAllowed(group, kind) {
          var price = 0.0
          let first = kind * width
          for dimension in 0..<width {
            price += shares[first + dimension] * bare[first + dimension] * Double(problem.demands[start + dimension])
          }
          price *= Double(problem.kinds[kind].price)
          if price < least { (least, cheapest) = (price, kind) }
        }
        guard cheapest >= 0 else { continue }
        all[group] = least
        sum += least * Double(counts[group])
        let first = cheapest * width
        for dimension in 0..<width {
          gradient[first + dimension] +=
            Double(counts[group]) * bare[first + dimension] * Double(problem.demands[start + dimension])
        }
      }
      return (sum, all)
    }
    var present = shares
    for kind in problem.kinds.indices {
      let used = (0..<width).filter { problem.kinds[kind].room[$0] > 0 && demand[$0] > 0 }
      for dimension in used { present[kind * width + dimension] = 1 / Double(used.count) }
    }
    var gradient = present
    shares = present
    var best = -1.0
    let rounds = max(12, min(100, Self.work / max(1, open.count * kinds.count * width)))
    for round in 0..<rounds {
      let (sum, all) = evaluate(present, &gradient)
      if sum > best { (best, shares, perPod) = (sum, present, all) }
      let step = 1.5 / Double(round + 2).squareRoot()
      for kind in kinds { Self.move(&present, kind * width, width, gradient, step) }
    }
    for dimension in 0..<width where demand[dimension] > 0 {
      var single = Array(repeating: 0.0, count: shares.count)
      for kind in kinds where problem.kinds[kind].room[dimension] > 0 { single[kind * width + dimension] = 1 }
      let (sum, all) = evaluate(single, &gradient)
      if sum > best { (best, perPod) = (sum, all) }
    }
  }

  /// Towards the dimensions of which most is asked.
  private static func move(_ shares: inout [Double], _ first: Int, _ width: Int, _ gradient: [Double], _ step: Double) {
    var largest = 0.0
    for index in first..<(first + width) { largest = max(largest, gradient[index]) }
    guard largest > 0 else { return }
    var sum = 0.0
    for index in first..<(first + width) where shares[index] > 0 {
      // Small powers of e without a library's rounding, which may differ from machine to machine.
      let growth = 1 + step * gradient[index] / largest
      shares[index] = max(1e-9, shares[index] * growth)
      sum += shares[index]
    }
    for index in first..<(first + width) where shares[index] > 0 { shares[index] /= sum }
  }
}
