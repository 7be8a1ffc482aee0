/// A parameter's value, as Proxmox reads it from forms and queries.
enum ParameterValue: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral
{
  case text(String)
  case number(Int)
  /// Sent as 1 or 0: the words are refused.
  case flag(Bool)

  init(stringLiteral text: String) { self = .text(text) }
  init(integerLiteral number: Int) { self = .number(number) }
  init(booleanLiteral flag: Bool) { self = .flag(flag) }

  var text: String {
    switch self {
    case .text(let text): text
    case .number(let number): String(number)
    case .flag(let flag): flag ? "1" : "0"
    }
  }
}

/// `application/x-www-form-urlencoded`, for bodies and queries.
enum FormEncoding {
  /// Sorted by name, so that the same parameters are always the same text.
  static func text(_ parameters: [String: ParameterValue]) -> String {
    parameters.sorted { $0.key < $1.key }
      .map { "\(escaped($0.key))=\(escaped($0.value.text))" }.joined(separator: "&")
  }

  /// All bytes but letters, digits and `-._~` as `%XX`; right in a path's part as well.
  static func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: bytes.append(byte)
      default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
