import Model

/// The floor of one part of a history's demand.
struct FloorSearch {
  private let part: FloorDemand.Part
  private let kinds: [ReplayTable.Kind]
  private let values: [PodWorth.Values]
  /// What one pod of a type costs at least: its cheapest worker, in micro-units an hour.
  private let single: [Int64]
  private let sums: WholePrices
  private let aspects: Int

  /// Instants for which worths are looked for: as many evenly over time, and as many evenly over what changes.
  static let samples = 24
  static let rounds = 150
  static let changesBetweenQuestions = 4096

  init(_ part: FloorDemand.Part, _ table: ReplayTable) {
    self.part = part
    let numbers = Set(part.types.flatMap(\.kinds)).sorted()
    let kinds = numbers.map { table.kinds[$0] }
    self.kinds = kinds
    aspects = table.width * PodWorth.functions
    values = part.types.map { type in
      let places = numbers.indices.filter { type.kinds.contains(numbers[$0]) }
      let rows = numbers.indices.map { place -> [Double] in
        guard places.contains(place) else { return [] }
        let price = Double(kinds[place].price.perHour.microunits)
        return type.demand.indices.flatMap { dimension in
          (0..<PodWorth.functions).map { function in
            price * PodWorth.value(type.demand[dimension], of: kinds[place].room[dimension], function: function)
          }
        }
      }
      return PodWorth.Values(places: places, values: rows)
    }
    single = values.map { type in type.places.map { kinds[$0].price.perHour.microunits }.min() ?? 0 }
    sums = WholePrices(kinds.map { $0.price.perHour.microunits })
  }

  /// `nil` when it was told to stop.
  func run(proceed: (Double) -> Bool) -> (cost: Money, withWaiting: Money)? {
    guard let worths = worths({ proceed($0 * 0.8) }) else { return nil }
    let table = worths.map { worth in values.map { worth.worth($0).worth * (1 - 1e-9) } }
    guard let cost = integral(table, { proceed(0.8 + 0.2 * $0) }) else { return nil }
    let withWaiting = table.map { row in zip(row, part.hours).reduce(0) { $0 + $1.0 * $1.1 } }.max() ?? 0
    return (cost, Money(microunits: Int64(max(0, withWaiting * (1 - 1e-9) - 1))))
  }

  // MARK: - Worths

  private func worths(_ proceed: (Double) -> Bool) -> [PodWorth]? {
    let simple = (0..<aspects).map { PodWorth(kinds: kinds.count, aspects: aspects, only: $0) }
    func best(_ known: [PodWorth], _ counts: [Double]) -> PodWorth {
      known.map { ($0, $0.sum(values, counts: counts)) }.max { $0.1 < $1.1 }!.0
    }
    var worths = simple
    let whole = best(simple, part.hours).improved(values, counts: part.hours, rounds: 2 * Self.rounds)
    worths.append(whole)
    let demands = sampledCounts()
    for (index, counts) in demands.enumerated() {
      guard proceed(Double(index) / Double(demands.count)) else { return nil }
      worths.append(best(worths, counts).improved(values, counts: counts, rounds: Self.rounds))
    }
    return worths
  }

  /// How many pods of each type there are at the sampled instants.
  private func sampledCounts() -> [[Double]] {
    guard let first = part.changes.first?.at, let last = part.changes.last?.at, last > first else { return [] }
    let changes = part.changes.count
    var wanted: Set<Int> = []
    for sample in 0..<Self.samples { wanted.insert(changes * (2 * sample + 1) / (2 * Self.samples)) }
    let span = last.milliseconds - first.milliseconds
    for sample in 0..<Self.samples {
      let time = first.milliseconds + span / Int64(2 * Self.samples) * Int64(2 * sample + 1)
      var (low, high) = (0, changes)
      while low < high {
        let middle = (low + high) / 2
        if part.changes[middle].at.milliseconds <= time { low = middle + 1 } else { high = middle }
      }
      wanted.insert(max(0, low - 1))
    }
    var counts = values.map { _ in 0.0 }
    var sampled: [[Double]] = []
    for (index, change) in part.changes.enumerated() {
      counts[change.type] += Double(change.sign)
      if wanted.contains(index), counts.contains(where: { $0 > 0 }) { sampled.append(counts) }
    }
    return sampled
  }

  // MARK: - Over time

  /// The bound of each instant, summed up over time. `table`: worths of types, by set of worths.
  private func integral(_ table: [[Double]], _ proceed: (Double) -> Bool) -> Money? {
    var counts = values.map { _ in 0 }
    var sums = table.map { _ in 0.0 }
    // Present pods by what one of them costs at least.
    var singles: [Int64: Int] = [:]
    var total: Int128 = 0
    var index = 0
    while index < part.changes.count {
      let now = part.changes[index].at
      while index < part.changes.count, part.changes[index].at == now {
        let (type, sign) = (part.changes[index].type, part.changes[index].sign)
        counts[type] += sign
        for worth in sums.indices { sums[worth] += Double(sign) * table[worth][type] }
        singles[single[type], default: 0] += sign
        if singles[single[type]] == 0 { singles[single[type]] = nil }
        index += 1
        if index % Self.changesBetweenQuestions == 0 {
          guard proceed(Double(index) / Double(part.changes.count)) else { return nil }
          // Rounding errors of additions do not add up for ever.
          for worth in sums.indices {
            sums[worth] = counts.indices.reduce(0) { $0 + Double(counts[$1]) * table[worth][$1] }
          }
        }
      }
      guard index < part.changes.count else { break }
      let most = (sums.max() ?? 0) * (1 - 1e-9) - 1
      let least = max(self.sums.next(atLeast: Int64(max(0, most))), singles.keys.max() ?? 0)
      total += Int128(least) * Int128(part.changes[index].at.milliseconds - now.milliseconds)
    }
    return Money(microunits: Int64(total / 3_600_000))
  }
}

/// Sums that prices of whole workers can add up to.
struct WholePrices {
  private let divisor: Int64
  /// By units of the divisor, the next sum that is no less, in units.
  private let next: [Int32]

  /// Sums are looked at one by one up to so many units.
  static let tabulated = 1 << 16

  init(_ prices: [Int64]) {
    let positive = Set(prices.filter { $0 > 0 }).sorted()
    var divisor: Int64 = 0
    for price in positive {
      var (left, right) = (divisor, price)
      while right != 0 { (left, right) = (right, left % right) }
      divisor = left
    }
    self.divisor = max(1, divisor)
    let units = positive.map { [divisor = self.divisor] in $0 / divisor }.filter { $0 < Int64(Self.tabulated) }
    guard units.count == positive.count, !units.isEmpty else {
      next = []
      return
    }
    var isSum = Array(repeating: false, count: Self.tabulated)
    isSum[0] = true
    for sum in 1..<Self.tabulated {
      isSum[sum] = units.contains { $0 <= Int64(sum) && isSum[sum - Int($0)] }
    }
    var next: [Int32] = Array(repeating: -1, count: Self.tabulated)
    var following: Int32 = -1
    for sum in (0..<Self.tabulated).reversed() {
      if isSum[sum] { following = Int32(sum) }
      next[sum] = following
    }
    self.next = next
  }

  /// The least sum that is no less than an amount, as far as that is known; never more than it.
  func next(atLeast amount: Int64) -> Int64 {
    guard amount > 0 else { return 0 }
    let units = (amount - 1) / divisor + 1
    guard units < Int64(next.count), next[Int(units)] >= 0 else { return units * divisor }
    return Int64(next[Int(units)]) * divisor
  }
}
