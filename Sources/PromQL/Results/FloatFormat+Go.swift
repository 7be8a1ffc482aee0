import CFloatText

/// Spellings of messages and labels that are Go's own.
extension FloatFormat {
  /// Go's `%f`: six digits after the point.
  static func sixDecimals(_ value: Double) -> String {
    guard value.magnitude < 9e12 else { return value.isFinite ? decimal(value) + ".000000" : decimal(value) }
    let scaled = Int64((value.magnitude * 1e6).rounded(.toNearestOrEven))
    let fraction = String(scaled % 1_000_000)
    return (value < 0 ? "-" : "") + "\(scaled / 1_000_000)."
      + String(repeating: "0", count: 6 - fraction.count) + fraction
  }

  /// As OpenMetrics spells quantiles and bounds: whole numbers have a fraction of zero.
  static func openMetrics(_ value: Double) -> String {
    let spelled = general(value)
    return !value.isFinite || spelled.contains(where: { $0 == "." || $0 == "e" }) ? spelled : spelled + ".0"
  }

  /// Go's `%.2g`: two significant digits.
  static func rough(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return decimal(value) }
    var exponent: Int32 = 0
    let shortest = [UInt8](unsafeUninitializedCapacity: Int(FLOAT_TEXT_DIGITS)) { buffer, count in
      count = Int(float_text_shortest(value.magnitude, buffer.baseAddress!, &exponent))
    }
    var digits = shortest.prefix(3).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    for _ in 0..<max(0, 3 - shortest.count) { digits *= 10 }
    let isAboveHalf = digits % 10 > 5 || (digits % 10 == 5 && shortest.count > 3)
    let isHalf = digits % 10 == 5 && shortest.count <= 3
    digits /= 10
    if isAboveHalf || (isHalf && digits % 2 == 1) { digits += 1 }
    if digits == 100 {
      digits = 10
      exponent += 1
    }
    let sign = value < 0 ? "-" : ""
    if exponent < -4 || exponent >= 2 {
      let mantissa = digits % 10 == 0 ? "\(digits / 10)" : "\(digits / 10).\(digits % 10)"
      let power = String(abs(exponent))
      return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(power.count < 2 ? "0" : "")\(power)"
    }
    return sign + decimal(Double("\(digits)e\(exponent - 1)") ?? .nan)
  }
}
