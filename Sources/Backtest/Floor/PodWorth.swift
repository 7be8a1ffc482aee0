import Model

/// What pods are worth an hour, such that no worker can hold pods of more worth than its price.
///
/// A worker of kind k holds pods whose demands, as shares x of what it offers, sum up to 1 at most in each dimension. Let f
/// be a function for which the sum of f(x) is then at most 1, too: the share itself, or `steps`, by which, for example, two
/// pods that each need more than half count as a whole worker each. With weights λ of all pairs of a dimension and a function
/// that sum up to 1 at most, no worker holds pods whose λ-weighted values sum up to more than 1; times the price of k
/// that is what a pod is worth on k. What it is worth at all is the least of that over the kinds that could hold it.
struct PodWorth {
  /// `[kind place][aspect]`, each row summing up to 1 at most.
  private(set) var weights: [[Double]]

  /// Functions of a share: 0 is the share itself, n > 0 the n-th of `steps`.
  static let functions = 4

  /// f(x) = x where (n + 1) x is a whole number, else the whole part of (n + 1) x, divided by n.
  ///
  /// Source: S. P. Fekete, J. Schepers, "New classes of fast lower bounds for bin packing problems", 2001, theorem 1: shares
  /// that sum up to 1 at most have values that do.
  static func value(_ demand: Int64, of whole: Int64, function: Int) -> Double {
    guard demand > 0 else { return 0 }
    guard whole > 0 else { return .infinity }
    let share = Double(demand) / Double(whole)
    guard function > 0 else { return share }
    let (n, times) = (Int64(function), Int64(function + 1))
    let (part, rest) = (demand * times).quotientAndRemainder(dividingBy: whole)
    return rest == 0 ? share : Double(part) / Double(n)
  }

  /// Values of one type of pods, `[kind place][aspect]`; in micro-units an hour, as if each aspect weighed 1.
  struct Values {
    /// Indices of the part's kinds that could hold such a pod.
    let places: [Int]
    let values: [[Double]]
  }

  /// All the weight on one aspect: `dimension × functions + function`.
  init(kinds: Int, aspects: Int, only aspect: Int) {
    var row = Array(repeating: 0.0, count: aspects)
    row[aspect] = 1
    weights = Array(repeating: row, count: kinds)
  }

  func worth(_ type: Values) -> (worth: Double, place: Int) {
    var best = (worth: Double.infinity, place: 0)
    for place in type.places {
      let (row, values) = (weights[place], type.values[place])
      var sum = 0.0
      for aspect in row.indices where row[aspect] > 0 { sum += row[aspect] * values[aspect] }
      if sum < best.worth { best = (sum, place) }
    }
    return best
  }

  /// The sum of the worths of some pods.
  func sum(_ types: [Values], counts: [Double]) -> Double {
    types.indices.reduce(0) { counts[$1] > 0 ? $0 + worth(types[$1]).worth * counts[$1] : $0 }
  }

  /// Looks for weights by which some pods are worth more: those aspects gain that count where pods are worth least.
  ///
  /// Exponentiated subgradient steps, ever smaller ones, each row kept at the sum of 1; the best of all is returned.
  func improved(_ types: [Values], counts: [Double], rounds: Int) -> PodWorth {
    let present = types.indices.filter { counts[$0] > 0 }
    guard !present.isEmpty else { return self }
    var current = self
    for place in current.weights.indices {
      // No aspect is lost for ever.
      let aspects = Double(current.weights[place].count)
      current.weights[place] = current.weights[place].map { $0 * 0.9 + 0.1 / aspects }
    }
    var best = self
    var bestSum = sum(types, counts: counts)
    for round in 0..<rounds {
      var gradient = current.weights.map { $0.map { _ in 0.0 } }
      var total = 0.0
      for type in present {
        let (worth, place) = current.worth(types[type])
        total += worth * counts[type]
        let values = types[type].values[place]
        for aspect in values.indices { gradient[place][aspect] += values[aspect] * counts[type] }
      }
      if total > bestSum { (best, bestSum) = (current, total) }
      let largest = gradient.reduce(0) { max($0, $1.max() ?? 0) }
      guard largest > 0 else { break }
      let step = 1.5 / Double(round + 3).squareRoot()
      for place in gradient.indices {
        // exp(x) by its third-order series is positive for the steps in question, and the same on every system.
        var row = zip(current.weights[place], gradient[place]).map { weight, slope -> Double in
          let x = step * slope / largest
          return weight * (1 + x + x * x / 2 + x * x * x / 6)
        }
        let sum = row.reduce(0, +)
        for aspect in row.indices { row[aspect] /= sum * (1 + 1e-12) }
        current.weights[place] = row
      }
    }
    return best
  }
}
