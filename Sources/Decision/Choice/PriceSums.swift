/// Amounts that prices of whole workers can add up to: a bound between two of them may be raised to the upper one.
struct PriceSums {
  /// Sums looked at one by one; beyond that only the prices' common divisor counts.
  static let tabulated = 1 << 16

  private let divisor: Int64
  /// Prices in units of the divisor, each once, without zero.
  private let units: [Int64]

  init(_ prices: [Int64]) {
    let positive = Set(prices.filter { $0 > 0 }).sorted()
    var divisor: Int64 = 0
    for price in positive { divisor = Self.commonDivisor(divisor, price) }
    self.divisor = max(1, divisor)
    units = positive.map { [divisor] in $0 / max(1, divisor) }
  }

  /// An amount as a number, made a hair smaller before it is rounded up, so that rounding errors of its computation
  /// never lift a bound above a price that is exactly equal.
  static func roundedUp(_ amount: Double) -> Int64 {
    let safe = amount * (1 - 1e-9) - 1e-6
    guard safe > 0 else { return 0 }
    return safe < 9e18 ? Int64(safe.rounded(.up)) : .max
  }

  /// The least sum of prices that is no less than an amount.
  func leastSum(atLeast amount: Int64) -> Int64 {
    guard amount > 0, let largest = units.last, amount < .max - divisor else { return max(0, amount) }
    let wanted = (amount - 1) / divisor + 1
    // Beyond this every multiple is a sum, or nearly so.
    guard wanted + largest <= Self.tabulated, units.count <= 64 else { return wanted * divisor }
    let end = Int(wanted + largest)
    var isSum = Array(repeating: false, count: end + 1)
    isSum[0] = true
    for sum in 1...end {
      for unit in units where unit <= Int64(sum) && isSum[sum - Int(unit)] {
        isSum[sum] = true
        break
      }
      if isSum[sum] && Int64(sum) >= wanted { return Int64(sum) * divisor }
    }
    return wanted * divisor
  }

  private static func commonDivisor(_ left: Int64, _ right: Int64) -> Int64 {
    var (left, right) = (left, right)
    while right != 0 { (left, right) = (right, left % right) }
    return left
  }
}
