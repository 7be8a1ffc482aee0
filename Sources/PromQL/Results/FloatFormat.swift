import CFloatText

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

  /// As Go's `%g` and `%v`, and with them templates and the text format: like `decimal`, but with an exponent below 1e-4
  /// and from 1e6 on.
  public static func general(_ value: Double) -> String {
    var bytes: [UInt8] = []
    append(value, limit: generalLimit, to: &bytes) { write(value, exponentBelow: 1e-4, from: 1e6, to: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends `decimal`'s spelling.
  public static func appendDecimal(_ value: Double, to bytes: inout [UInt8]) {
    append(value, limit: decimalLimit, to: &bytes) { write(value, exponentBelow: 0, from: .infinity, to: $0) }
  }

  /// Appends `json`'s spelling.
  public static func appendJSON(_ value: Double, to bytes: inout [UInt8]) {
    append(value, limit: jsonLimit, to: &bytes) { writeJSON(value, to: $0) }
  }

  /// The most bytes that `writeJSON` writes: a sign, and 21 digits, or 6 zeros, a point and 17 digits.
  static let jsonLimit = 32
  private static let generalLimit = 32
  /// -5e-324 and its kin: a sign, `0.`, 323 zeros and 17 digits.
  private static let decimalLimit = 352

  private static func append(
    _ value: Double, limit: Int, to bytes: inout [UInt8], _ write: (UnsafeMutablePointer<UInt8>) -> Int
  ) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: limit) { buffer in
      let start = buffer.baseAddress!
      bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: write(start)))
    }
  }
}

// MARK: Onto bare memory

extension FloatFormat {
  /// Writes `json`'s spelling.
  /// - Parameter out: room for `jsonLimit` bytes.
  /// - Returns: the number of bytes written.
  @inline(__always)
  static func writeJSON(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
    write(value, exponentBelow: 1e-6, from: 1e21, to: out)
  }

  private static func write(
    _ value: Double, exponentBelow small: Double, from large: Double, to out: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let size = value.magnitude
    // Counts and byte counts are whole; the largest of them that are all exact have 53 bits.
    if size < min(9e15, large), value == value.rounded(.towardZero), value != 0 || value.sign == .plus {
      return writeInteger(Int64(value), to: out)
    }
    guard size.isFinite else { return write(value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf", to: out) }
    if size == 0 { return write("-0", to: out) }
    var position = 0
    if value < 0 {
      out[0] = UInt8(ascii: "-")
      position = 1
    }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(FLOAT_TEXT_DIGITS)) { digits in
      var exponent: Int32 = 0
      let count = Int(float_text_shortest(size, digits.baseAddress!, &exponent))
      let significant = UnsafeBufferPointer(start: digits.baseAddress!, count: count)
      let rest = out + position
      return position
        + (size < small || size >= large
          ? writeExponential(significant, Int(exponent), to: rest) : writePlain(significant, Int(exponent), to: rest))
    }
  }

  /// Digits with a point among them or zeros around them.
  private static func writePlain(
    _ digits: UnsafeBufferPointer<UInt8>, _ exponent: Int, to out: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let whole = exponent + 1  // digits before the point
    if whole <= 0 {
      out[0] = UInt8(ascii: "0")
      out[1] = UInt8(ascii: ".")
      (out + 2).update(repeating: UInt8(ascii: "0"), count: -whole)
      (out + 2 - whole).update(from: digits.baseAddress!, count: digits.count)
      return 2 - whole + digits.count
    }
    let before = min(whole, digits.count)
    out.update(from: digits.baseAddress!, count: before)
    if digits.count <= whole {
      (out + before).update(repeating: UInt8(ascii: "0"), count: whole - before)
      return whole
    }
    out[whole] = UInt8(ascii: ".")
    (out + whole + 1).update(from: digits.baseAddress! + whole, count: digits.count - whole)
    return digits.count + 1
  }

  /// `1.5e-07`: the exponent has two digits at least.
  private static func writeExponential(
    _ digits: UnsafeBufferPointer<UInt8>, _ exponent: Int, to out: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var position = 1
    out[0] = digits[0]
    if digits.count > 1 {
      out[1] = UInt8(ascii: ".")
      (out + 2).update(from: digits.baseAddress! + 1, count: digits.count - 1)
      position = digits.count + 1
    }
    out[position] = UInt8(ascii: "e")
    out[position + 1] = exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
    position += 2
    if abs(exponent) < 10 {
      out[position] = UInt8(ascii: "0")
      position += 1
    }
    return position + writeInteger(Int64(abs(exponent)), to: out + position)
  }

  private static func write(_ text: StaticString, to out: UnsafeMutablePointer<UInt8>) -> Int {
    out.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    return text.utf8CodeUnitCount
  }

  /// Writes a whole number in decimal: 20 bytes at most.
  static func writeInteger(_ value: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
    var count = value < 0 ? 1 : 0
    var rest = value.magnitude
    if value < 0 { out[0] = UInt8(ascii: "-") }
    var digits = 1
    var bound: UInt64 = 10
    while digits < 20, rest >= bound {
      digits += 1
      bound = digits < 20 ? bound &* 10 : .max
    }
    count += digits
    var position = count
    repeat {
      position -= 1
      out[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    return count
  }

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
