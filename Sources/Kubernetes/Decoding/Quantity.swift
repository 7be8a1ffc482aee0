/// Quantities of Kubernetes: `100m`, `1.5Gi`, `12e3`, exactly. Source: Kubernetes, `resource.Quantity`.
enum Quantity {
  /// The quantity times `scale` (1, or 1000 for thousandths), rounded up to a whole number as Kubernetes does;
  /// `nil` for what is no quantity. Beyond `Int64` it is the largest or smallest one.
  static func scaled(_ text: UnsafeBufferPointer<UInt8>, by scale: Int64) -> Int64? {
    var index = 0
    var isNegative = false
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      isNegative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    // Digits as one whole number, and how many of them came after the point.
    var digits = Wide(0)
    var digitCount = 0
    var decimals = 0
    var hasPoint = false
    while index < text.count {
      let byte = text[index]
      if (48...57).contains(byte) {
        // Digits that can change nothing (of a number beyond any limit, or below any precision) are counted, not kept.
        if digitCount < maximumDigits {
          digits = digits * 10 + Wide(byte - 48)
          if digits > 0 { digitCount += 1 }
          if hasPoint { decimals += 1 }
        } else if !hasPoint {
          decimals -= 1
        } else if byte != 48 {
          // Something beyond the last digit kept: rounding up must see it.
          digits |= 1
        }
      } else if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else {
        break
      }
      index += 1
    }
    guard index > (isNegative || text.first == UInt8(ascii: "+") ? 1 : 0), !(hasPoint && index == 1) else { return nil }
    guard let suffix = Suffix(text, from: index) else { return nil }
    return value(digits * Wide(scale), ten: suffix.ten - decimals, two: suffix.two, isNegative)
  }

  /// As a text, for tests and small things.
  static func scaled(_ text: String, by scale: Int64) -> Int64? {
    var text = text
    return text.withUTF8 { scaled($0, by: scale) }
  }

  private typealias Wide = UInt128
  /// Enough for every number of an `Int64` in thousandths.
  private static let maximumDigits = 24

  /// `digits × 10^ten × 2^two`, rounded away from zero.
  private static func value(_ digits: Wide, ten: Int, two: Int, _ isNegative: Bool) -> Int64 {
    let largest = isNegative ? Int64.min : Int64.max
    guard digits > 0 else { return 0 }
    var number = digits
    var rest = false
    let (shifted, isLost) = number.multipliedReportingOverflow(by: Wide(1) << Wide(two))
    if isLost { return ten < -20 ? (isNegative ? -1 : 1) : largest }
    number = shifted
    var exponent = ten
    while exponent > 0 {
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      if overflow || product > Wide(Int64.max) { return largest }
      number = product
      exponent -= 1
    }
    while exponent < 0 {
      if number == 0 { break }
      let (quotient, remainder) = number.quotientAndRemainder(dividingBy: 10)
      number = quotient
      rest = rest || remainder > 0
      exponent += 1
    }
    if rest { number += 1 }
    guard number <= Wide(Int64.max) else { return largest }
    return isNegative ? -Int64(number) : Int64(number)
  }

  /// What stands behind the digits, as powers of ten and of two.
  private struct Suffix {
    var ten = 0
    var two = 0

    init?(_ text: UnsafeBufferPointer<UInt8>, from start: Int) {
      switch text.count - start {
      case 0: return
      case 1:
        switch text[start] {
        case UInt8(ascii: "n"): ten = -9
        case UInt8(ascii: "u"): ten = -6
        case UInt8(ascii: "m"): ten = -3
        case UInt8(ascii: "k"): ten = 3
        case UInt8(ascii: "M"): ten = 6
        case UInt8(ascii: "G"): ten = 9
        case UInt8(ascii: "T"): ten = 12
        case UInt8(ascii: "P"): ten = 15
        case UInt8(ascii: "E"): ten = 18
        default: return nil
        }
      case 2 where text[start + 1] == UInt8(ascii: "i"):
        switch text[start] {
        case UInt8(ascii: "K"): two = 10
        case UInt8(ascii: "M"): two = 20
        case UInt8(ascii: "G"): two = 30
        case UInt8(ascii: "T"): two = 40
        case UInt8(ascii: "P"): two = 50
        case UInt8(ascii: "E"): two = 60
        default: return nil
        }
      default:
        guard text[start] == UInt8(ascii: "e") || text[start] == UInt8(ascii: "E"), text.count - start <= 6,
          let exponent = Int(String(decoding: text[(start + 1)...], as: UTF8.self))
        else { return nil }
        ten = exponent
      }
    }
  }
}
