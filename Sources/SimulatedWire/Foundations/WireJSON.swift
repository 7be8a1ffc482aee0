internal import Foundation

/// A JSON value that keeps the order of its members.
enum WireJSON: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case list([WireJSON])
  case object([WireMember])

  /// An object with members in this order; those without a value are left out.
  static func members(_ members: KeyValuePairs<String, WireJSON?>) -> WireJSON {
    .object(members.compactMap { key, value in value.map { WireMember(key, $0) } })
  }

  /// A whole number.
  static func count(_ number: Int) -> WireJSON { .integer(Int64(number)) }
  /// Perl's way to say it.
  static func flag(_ value: Bool) -> WireJSON { .integer(value ? 1 : 0) }
  /// `nil` stays `nil`.
  static func optional(_ text: String?) -> WireJSON? { text.map { .text($0) } }

  subscript(key: String) -> WireJSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// As JSON text.
  var bytes: [UInt8] {
    var text = ""
    write(to: &text)
    return [UInt8](text.utf8)
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .text(let value): Self.quote(value, to: &text)
    case .list(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        value.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        Self.quote(member.key, to: &text)
        text += ":"
        member.value.write(to: &text)
      }
      text += "}"
    }
  }

  private static func quote(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default:
        if scalar.value < 32 {
          let digits = String(scalar.value, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    text += "\""
  }
}

/// A member of a JSON object.
struct WireMember: Sendable, Hashable {
  var key: String
  var value: WireJSON

  init(_ key: String, _ value: WireJSON) {
    self.key = key
    self.value = value
  }
}
