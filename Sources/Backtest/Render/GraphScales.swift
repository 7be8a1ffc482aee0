package import Foundation

/// What the numbers of a graph count.
package enum GraphUnit: Equatable, Sendable {
  case none
  /// With the prefixes Ki, Mi, Gi.
  case bytes
  /// Any other unit, with the prefixes k, M, G and m, µ.
  case named(String)

  package init(_ text: String) { self = ["B", "bytes"].contains(text) ? .bytes : .named(text) }

  /// What an expression most likely counts: bytes, when it names nothing but bytes and does not divide them.
  package static func guessed(from expression: String) -> GraphUnit {
    let names = expression.matches(of: /[A-Za-z_:][A-Za-z0-9_:]*/).map { String($0.0) }
    let hasBytes = names.contains { $0.hasSuffix("_bytes") || $0.hasSuffix("_bytes_total") }
    let counts = ["count", "bool", "on", "ignoring", "rate", "irate", "deriv"]
    guard hasBytes, !expression.contains("/"), !names.contains(where: { $0.hasPrefix("count") }) else { return .none }
    return names.contains(where: counts.contains) ? .named("B/s") : .bytes
  }

  /// A number with four digits at most, its prefix and its unit.
  package func text(of value: Double) -> String { text(of: value, digits: 4, size: value.magnitude) }

  /// - Parameters:
  ///   - digits: significant digits.
  ///   - size: the value whose prefix is used, so that the numbers of one axis have the same.
  func text(of value: Double, digits: Int, size: Double) -> String {
    let base = self == .bytes ? 1024.0 : 1000.0
    let large = self == .bytes ? ["", "Ki", "Mi", "Gi", "Ti", "Pi"] : ["", "k", "M", "G", "T", "P"]
    var name = ""
    switch self {
    case .none: break
    case .bytes: name = "B"
    case .named(let unit): name = unit
    }
    var power = 0
    while power < large.count - 1, size >= pow(base, Double(power + 1)) { power += 1 }
    var prefix = large[power]
    var scaled = value / pow(base, Double(power))
    if power == 0, size > 0, size < 0.001, self != .bytes {
      (prefix, scaled) = size < 0.000_001 ? ("n", value * 1e9) : ("µ", value * 1e6)
    }
    let number = String(format: "%.\(digits)g", scaled == 0 ? 0 : scaled)
    return number + (prefix.isEmpty && name.isEmpty ? "" : prefix + name)
  }
}

/// The axis of values: round numbers that take in all values.
package struct ValueScale {
  /// From the highest to the lowest.
  package let ticks: [Double]
  private let low: Double
  private let high: Double
  private let unit: GraphUnit

  /// - Parameter most: ticks at most, two at least.
  package init(_ lowest: Double, _ highest: Double, most: Int, _ unit: GraphUnit) {
    self.unit = unit
    var (lowest, highest) = (lowest, highest)
    if lowest == highest {
      let room = lowest == 0 ? 1 : lowest.magnitude / 2
      (lowest, highest) = (lowest - (lowest == 0 ? 0 : room), highest + room)
    }
    // An axis that would almost begin at zero begins there.
    if lowest > 0, lowest < highest * 0.4 { lowest = 0 }
    if highest < 0, highest > lowest * 0.4 { highest = 0 }
    var step = Self.roundStep(highest / Double(most) - lowest / Double(most), unit)
    while Self.last(highest, step) - Self.first(lowest, step) + 1 > most { step = Self.roundStep(step * 1.01, unit) }
    let first = Self.first(lowest, step)
    let last = Self.last(highest, step)
    ticks = stride(from: last, through: first, by: -1).map { Double($0) * step }
    low = Double(first) * step
    high = Double(last) * step
  }

  /// Steps from zero to the tick at or below a value. A quotient that is whole but for rounding counts as whole.
  private static func first(_ value: Double, _ step: Double) -> Int { Int((value / step + 1e-9).rounded(.down)) }

  /// Steps from zero to the tick at or above a value.
  private static func last(_ value: Double, _ step: Double) -> Int { Int((value / step - 1e-9).rounded(.up)) }

  /// The next larger step of 1, 2 or 5 times a power of ten; of bytes a power of two.
  private static func roundStep(_ wish: Double, _ unit: GraphUnit) -> Double {
    if unit == .bytes, wish > 1 { return pow(2, log2(wish).rounded(.up)) }
    let power = pow(10, log10(wish).rounded(.down))
    for factor in [1.0, 2, 5] where factor * power >= wish { return factor * power }
    return 10 * power
  }

  /// 0 at the top, 1 at the bottom.
  package func place(of value: Double) -> Double { (high - value) / (high - low) }

  package func text(of tick: Double) -> String {
    unit.text(of: tick, digits: 6, size: max(high.magnitude, low.magnitude))
  }
}

/// The axis of time: round times of the day.
package struct TimeScale {
  /// Unix seconds.
  package let ticks: [Double]
  private let step: Double
  private let timeZone: TimeZone

  private static let steps: [Double] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
    2_592_000, 31_536_000,
  ]

  /// - Parameter most: ticks at most.
  package init(_ start: Double, _ end: Double, most: Int, _ timeZone: TimeZone) {
    self.timeZone = timeZone
    step = Self.steps.first { (end - start) / $0 <= Double(most) } ?? max(1, (end - start) / Double(most))
    // Round in local time, not in UTC.
    let offset = Double(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: start)))
    let first = ((start + offset) / step).rounded(.up) * step - offset
    ticks = Array(stride(from: first, through: end, by: step))
  }

  package func text(of time: Double) -> String {
    format(time, step < 60 ? "HH:mm:ss" : step < 43_200 ? "HH:mm" : step < 86_400 ? "dd HH:mm" : "MMM d")
  }

  /// The day that a time belongs to.
  package func day(of time: Double) -> String { format(time, "yyyy-MM-dd") }

  private func format(_ time: Double, _ format: String) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = timeZone
    formatter.dateFormat = format
    return formatter.string(from: Date(timeIntervalSince1970: time))
  }
}
