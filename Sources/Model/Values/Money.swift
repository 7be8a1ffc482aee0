/// An amount of the configured currency in integer micro-units, so that sums are exact.
public struct Money: Hashable, Sendable, Comparable, AdditiveArithmetic {
  public var microunits: Int64

  public init(microunits: Int64) { self.microunits = microunits }

  /// The nearest amount to a number of whole currency units, for example 0.24.
  public init(_ units: Double) { microunits = Int64((units * 1_000_000).rounded()) }

  public static let zero = Money(microunits: 0)

  /// Whole currency units, for people and gauges.
  public var units: Double { Double(microunits) / 1_000_000 }

  public static func + (left: Money, right: Money) -> Money { Money(microunits: left.microunits + right.microunits) }
  public static func - (left: Money, right: Money) -> Money { Money(microunits: left.microunits - right.microunits) }
  public static func < (left: Money, right: Money) -> Bool { left.microunits < right.microunits }
  public static func * (left: Money, right: Int) -> Money { Money(microunits: left.microunits * Int64(right)) }
}

extension Money: CustomStringConvertible {
  /// Rounded to cents with two decimals, for example `12.50`.
  public var description: String {
    let cents = (abs(microunits) + 5_000) / 10_000
    let rest = cents % 100
    return "\(microunits < 0 ? "-" : "")\(cents / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}

/// In JSON an amount is a number of whole currency units.
extension Money: Codable {
  public init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode(Double.self)) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(units)
  }
}

/// What a running worker costs an hour.
public struct HourlyPrice: Hashable, Sendable, Comparable, Codable {
  public var perHour: Money

  public init(perHour: Money) { self.perHour = perHour }

  public init(from decoder: any Decoder) throws {
    perHour = try decoder.singleValueContainer().decode(Money.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(perHour)
  }

  public static func < (left: HourlyPrice, right: HourlyPrice) -> Bool { left.perHour < right.perHour }

  /// The cost of a span of time, rounded up to the next micro-unit; nothing for a span that is not positive.
  public func cost(of span: Duration) -> Money {
    let milliseconds = span.milliseconds
    guard milliseconds > 0 else { return .zero }
    let (high, low) = perHour.microunits.multipliedFullWidth(by: milliseconds)
    let (quotient, remainder) = Int64(3_600_000).dividingFullWidth((high, low))
    return Money(microunits: quotient + (remainder > 0 ? 1 : 0))
  }

  /// The price after a saving of 0 ... 100 percent.
  public func reduced(byPercent percent: Double) -> HourlyPrice {
    HourlyPrice(perHour: Money(microunits: Int64((Double(perHour.microunits) * (1 - percent / 100)).rounded())))
  }
}
