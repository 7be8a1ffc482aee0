/// Floats in the shortest decimal spelling that reads back to the same value.
public enum FloatFormat {
  /// Without exponent, as Prometheus spells label values and numbers: `0.000001`, `+Inf`, `NaN`.
  public static func decimal(_ value: Double) -> String {
    var bytes: [UInt8] = []
    appendDecimal(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// As in the HTTP API's answers: like `decimal`, but with an exponent below 1e-6 and from 1e21 on.
  public static func json(_ value: Double) -> String {
    var bytes: [UInt8] = []
    appendJSON(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends `decimal`'s spelling.
  public static func appendDecimal(_ value: Double, to bytes: inout [UInt8]) {
    if appendSpecial(value, to: &bytes) { return }
    if value.magnitude < 9e15, value == value.rounded(.towardZero), !(value == 0 && value.sign == .minus) {
      appendInteger(Int64(value), to: &bytes)
      return
    }
    let parts = Digits(value)
    if parts.isNegative { bytes.append(UInt8(ascii: "-")) }
    let point = parts.exponent + 1  // digits before the point
    if point <= 0 {
      bytes.append(UInt8(ascii: "0"))
      if parts.digits != [UInt8(ascii: "0")] {
        bytes.append(UInt8(ascii: "."))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -point))
        bytes.append(contentsOf: parts.digits)
      }
      return
    }
    bytes.append(contentsOf: parts.digits.prefix(point))
    if parts.digits.count < point {
      bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: point - parts.digits.count))
    } else if parts.digits.count > point {
      bytes.append(UInt8(ascii: "."))
      bytes.append(contentsOf: parts.digits.dropFirst(point))
    }
  }

  /// Appends `json`'s spelling.
  public static func appendJSON(_ value: Double, to bytes: inout [UInt8]) {
    let size = value.magnitude
    guard size.isFinite, size != 0, size < 1e-6 || size >= 1e21 else {
      appendDecimal(value, to: &bytes)
      return
    }
    appendExponential(value, to: &bytes)
  }

  /// Go's `%g`: an exponent below 1e-4 and from a million on.
  static func general(_ value: Double) -> String {
    let size = value.magnitude
    guard size.isFinite, size != 0, size < 1e-4 || size >= 1e6 else { return decimal(value) }
    var bytes: [UInt8] = []
    appendExponential(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

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
    let parts = Digits(value)
    var exponent = parts.exponent
    var digits = parts.digits.prefix(3).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    for _ in 0..<max(0, 3 - parts.digits.count) { digits *= 10 }
    let isAboveHalf = digits % 10 > 5 || (digits % 10 == 5 && parts.digits.count > 3)
    let isHalf = digits % 10 == 5 && parts.digits.count <= 3
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

  private static func appendExponential(_ value: Double, to bytes: inout [UInt8]) {
    let parts = Digits(value)
    if parts.isNegative { bytes.append(UInt8(ascii: "-")) }
    bytes.append(parts.digits[0])
    if parts.digits.count > 1 {
      bytes.append(UInt8(ascii: "."))
      bytes.append(contentsOf: parts.digits.dropFirst())
    }
    bytes.append(UInt8(ascii: "e"))
    bytes.append(parts.exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
    if abs(parts.exponent) < 10 { bytes.append(UInt8(ascii: "0")) }
    appendInteger(Int64(abs(parts.exponent)), to: &bytes)
  }

  private static func appendSpecial(_ value: Double, to bytes: inout [UInt8]) -> Bool {
    if value.isNaN {
      bytes.append(contentsOf: "NaN".utf8)
      return true
    }
    if value.isInfinite {
      bytes.append(contentsOf: (value < 0 ? "-Inf" : "+Inf").utf8)
      return true
    }
    return false
  }

  /// Appends a whole number in decimal.
  static func appendInteger(_ value: Int64, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  /// The shortest significant digits of a finite value, and the power of ten of the first of them.
  private struct Digits {
    var isNegative: Bool
    var digits: [UInt8]
    var exponent: Int

    init(_ value: Double) {
      isNegative = value.sign == .minus
      digits = []
      exponent = 0
      var pointAt: Int?
      var power = 0
      var spelled = Array(value.magnitude.description.utf8)[...]
      if let e = spelled.firstIndex(of: UInt8(ascii: "e")) {
        power = Int(String(decoding: spelled[(e + 1)...], as: UTF8.self)) ?? 0
        spelled = spelled[..<e]
      }
      for byte in spelled {
        if byte == UInt8(ascii: ".") { pointAt = digits.count } else { digits.append(byte) }
      }
      exponent = (pointAt ?? digits.count) - 1 + power
      let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
      if zeros == digits.count {
        digits = [UInt8(ascii: "0")]
        exponent = 0
        return
      }
      digits.removeFirst(zeros)
      exponent -= zeros
      while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    }
  }
}

extension FloatFormat {
  /// A whole number with commas between thousands.
  static func grouped(_ value: Int) -> String {
    var out = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0 && index % 3 == 0 { out.append(",") }
      out.append(digit)
    }
    return (value < 0 ? "-" : "") + String(out.reversed())
  }
}
