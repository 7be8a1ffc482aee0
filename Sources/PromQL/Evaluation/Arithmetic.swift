#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The mathematics library under one name on every platform, and sums that do not lose small terms.
enum Arithmetic {
  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
  static func remainder(_ left: Double, _ right: Double) -> Double { fmod(left, right) }
  static func arcTangent(_ y: Double, _ x: Double) -> Double { atan2(y, x) }

  /// One step of Kahan's summation in Neumaier's form: the sum, and what rounding has cost it so far.
  @inline(__always)
  static func add(_ term: Double, _ sum: inout Double, _ compensation: inout Double) {
    let total = sum + term
    if total.isInfinite {
      compensation = 0
    } else if sum.magnitude >= term.magnitude {
      compensation += (sum - total) + term
    } else {
      compensation += (term - total) + sum
    }
    sum = total
  }

  /// Applies a function of one argument by its PromQL name; `nil` when there is none.
  static func function(_ name: String) -> (@Sendable (Double) -> Double)? {
    switch name {
    case "abs": { $0.magnitude }
    case "ceil": { $0.rounded(.up) }
    case "floor": { $0.rounded(.down) }
    case "exp": { exp($0) }
    case "sqrt": { $0.squareRoot() }
    case "ln": { log($0) }
    case "log2": { log2($0) }
    case "log10": { log10($0) }
    case "sin": { sin($0) }
    case "cos": { cos($0) }
    case "tan": { tan($0) }
    case "asin": { asin($0) }
    case "acos": { acos($0) }
    case "atan": { atan($0) }
    case "sinh": { sinh($0) }
    case "cosh": { cosh($0) }
    case "tanh": { tanh($0) }
    case "asinh": { asinh($0) }
    case "acosh": { acosh($0) }
    case "atanh": { atanh($0) }
    case "rad": { $0 * Double.pi / 180 }
    case "deg": { $0 * 180 / Double.pi }
    case "sgn": { $0 < 0 ? -1 : $0 > 0 ? 1 : $0 }
    default: nil
    }
  }

  /// 2 to a power and logarithms, for histogram buckets.
  static func exponential2(_ value: Double) -> Double { exp2(value) }
  static func logarithm2(_ value: Double) -> Double { log2(value) }
  static func naturalLogarithm(_ value: Double) -> Double { log(value) }
  static func exponential(_ value: Double) -> Double { exp(value) }
}
