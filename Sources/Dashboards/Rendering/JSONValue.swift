/// A JSON value whose objects keep the order in which their keys were given, so that the same description always gives
/// the same text.
indirect enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([Member])

  /// A key and its value.
  struct Member: Sendable, Hashable {
    var key: String
    var value: JSONValue
  }

  /// The value of a key of an object.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// Indented by two spaces a level, with a newline at the end.
  var document: String {
    var text = ""
    write(to: &text, indentation: 0)
    return text + "\n"
  }

  private func write(to text: inout String, indentation: Int) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value == value.rounded() ? String(Int(value)) : value.description
    case .text(let value): Self.write(value, to: &text)
    case .list(let values) where values.isEmpty: text += "[]"
    case .object(let members) where members.isEmpty: text += "{}"
    case .list(let values):
      text += "["
      for (index, value) in values.enumerated() {
        Self.newline(in: &text, indentation + 1, isFirst: index == 0)
        value.write(to: &text, indentation: indentation + 1)
      }
      Self.newline(in: &text, indentation, isFirst: true)
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        Self.newline(in: &text, indentation + 1, isFirst: index == 0)
        Self.write(member.key, to: &text)
        text += ": "
        member.value.write(to: &text, indentation: indentation + 1)
      }
      Self.newline(in: &text, indentation, isFirst: true)
      text += "}"
    }
  }

  private static func newline(in text: inout String, _ indentation: Int, isFirst: Bool) {
    if !isFirst { text += "," }
    text += "\n" + String(repeating: "  ", count: indentation)
  }

  private static func write(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .text(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member(key: $0.0, value: $0.1) })
  }

  /// This object with further members behind it.
  func adding(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
    guard case .object(let present) = self else { return self }
    return .object(
      present + members.compactMap { pair in pair.value.map { Member(key: pair.key, value: $0) } })
  }
}
