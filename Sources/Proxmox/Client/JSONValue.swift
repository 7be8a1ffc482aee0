/// A JSON value, read leniently: Proxmox sends the same number now as a number, now as a text, and flags as 0 and 1.
enum JSONValue: Sendable, Hashable {
  case null
  case flag(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// `nil` when the bytes are no JSON (RFC 8259), or nested deeper than `JSONReader.maximumDepth`.
  init?(_ bytes: [UInt8]) {
    guard let value = try? JSONReader.value(of: bytes) else { return nil }
    self = value
  }

  subscript(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  var object: [String: JSONValue]? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  var list: [JSONValue]? {
    guard case .list(let elements) = self else { return nil }
    return elements
  }

  /// A text, or a number or flag as Proxmox would write it.
  var text: String? {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .flag(let flag): flag ? "1" : "0"
    case .null, .list, .object: nil
    }
  }

  /// A whole number, also when it comes as a text or with a fraction.
  var integer: Int64? {
    switch self {
    case .integer(let number): number
    case .number(let number): Int64(exactly: number.rounded(.down))
    case .flag(let flag): flag ? 1 : 0
    case .text(let text): Int64(text)
    case .null, .list, .object: nil
    }
  }

  /// 1 and 0 in any form.
  var flag: Bool { integer == 1 || text == "true" }
}
