/// Prometheus's notation of durations: `1y2w3d4h5m6s7ms`.
public enum DurationFormat {
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ("ms", 1),
  ]

  /// Reads a duration without sign: milliseconds, or `nil` when it is none or longer than can be counted.
  public static func milliseconds(_ text: String) -> Int64? { milliseconds(text.utf8) }

  /// Reads a duration without sign; units must come in descending order, each at most once.
  static func milliseconds(_ spelled: some Collection<UInt8>) -> Int64? {
    var total: Int64 = 0
    var rest = Array(spelled)[...]
    var nextUnit = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix(while: Lexer.isDigit)
      guard !digits.isEmpty, let number = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
      rest = rest.dropFirst(digits.count)
      let letters = String(decoding: rest.prefix { !Lexer.isDigit($0) }, as: UTF8.self)
      guard let index = units.firstIndex(where: { $0.name == letters }), index >= nextUnit else { return nil }
      rest = rest.dropFirst(letters.utf8.count)
      nextUnit = index + 1
      let (product, overflow) = number.multipliedReportingOverflow(by: units[index].milliseconds)
      let (sum, overflowed) = total.addingReportingOverflow(product)
      guard !overflow, !overflowed else { return nil }
      total = sum
    }
    return total
  }

  /// The shortest spelling; years and weeks only where they leave no remainder, as Prometheus prints them.
  public static func text(milliseconds: Int64) -> String {
    if milliseconds == 0 { return "0s" }
    var out = milliseconds < 0 ? "-" : ""
    var rest = milliseconds.magnitude
    for (index, unit) in units.enumerated() {
      let size = UInt64(unit.milliseconds)
      let amount = rest / size
      if amount == 0 || (index < 2 && rest % size != 0) { continue }
      out += "\(amount)\(unit.name)"
      rest -= amount * size
    }
    return out
  }
}
