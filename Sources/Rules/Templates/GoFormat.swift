import Foundation
import PromQL

/// Numbers and texts in the notation of Go's `printf`, which templates are written for.
enum GoFormat {
  /// `%v` of a number.
  static func plain(_ value: Double) -> String { FloatFormat.general(value) }

  /// `%.Ng`.
  static func general(_ value: Double, precision: Int) -> String { number(value, "%.\(precision)g") }

  /// C's notation, with Go's words for what is no number.
  private static func number(_ value: Double, _ format: String) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return String(format: format, value)
  }

  /// A format with its arguments put in. What does not fit is written as Go writes it: `%!d(float64=1.5)`.
  static func formatted(_ format: String, _ arguments: [TemplateValue]) -> String {
    var out = ""
    var rest = Substring(format)
    var next = 0
    while let character = rest.popFirst() {
      guard character == "%" else {
        out.append(character)
        continue
      }
      let flags = rest.prefix { "+-# 0".contains($0) }
      rest = rest.dropFirst(flags.count)
      let width = rest.prefix(while: \.isNumber)
      rest = rest.dropFirst(width.count)
      var precision: Substring?
      if rest.first == "." {
        precision = rest.dropFirst().prefix(while: \.isNumber)
        rest = rest.dropFirst(1 + precision!.count)
      }
      guard let verb = rest.popFirst() else {
        out += "%!(NOVERB)"
        break
      }
      if verb == "%" {
        out += "%"
        continue
      }
      guard next < arguments.count else {
        out += "%!\(verb)(MISSING)"
        continue
      }
      let text = spelled(arguments[next], verb, flags: String(flags), precision: precision.map { Int($0) ?? 0 })
      next += 1
      out += padded(text, flags: flags, width: min(Int(width) ?? 0, 1_000))
    }
    if next < arguments.count {
      let extra = arguments[next...].map { "\(typeName($0))=\($0.text)" }.joined(separator: ", ")
      out += "%!(EXTRA \(extra))"
    }
    return out
  }

  private static func spelled(_ value: TemplateValue, _ verb: Character, flags: String, precision: Int?) -> String {
    let sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : ""
    let places = precision.map { ".\(min($0, 100))" } ?? ""
    switch (verb, value) {
    case ("v", .number(let number)) where precision == nil: return withSign(plain(number), sign)
    case ("g", .number(let number)) where precision == nil: return withSign(plain(number), sign)
    case ("v", .number(let number)): return self.number(number, "%\(sign)\(places)g")
    case ("f", .number(let number)), ("F", .number(let number)): return self.number(number, "%\(sign)\(places)f")
    case ("e", .number(let number)), ("E", .number(let number)), ("g", .number(let number)),
      ("G", .number(let number)):
      return self.number(number, "%\(sign)\(places)\(verb)")
    case ("d", .integer(let number)), ("v", .integer(let number)): return withSign(String(number), sign)
    case ("x", .integer(let number)): return String(number, radix: 16)
    case ("X", .integer(let number)): return String(number, radix: 16, uppercase: true)
    case ("s", .text(let text)), ("v", .text(let text)): return precision.map { String(text.prefix($0)) } ?? text
    case ("q", .text(let text)):
      return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))\""
    case ("t", .boolean(let flag)), ("v", .boolean(let flag)): return String(flag)
    case ("v", .map), ("s", .map): return value.text
    default: return "%!\(verb)(\(typeName(value))=\(value.text))"
    }
  }

  private static func withSign(_ text: String, _ sign: String) -> String { text.hasPrefix("-") ? text : sign + text }

  private static func padded(_ text: String, flags: Substring, width: Int) -> String {
    let missing = width - text.count
    guard missing > 0 else { return text }
    if flags.contains("-") { return text + String(repeating: " ", count: missing) }
    guard flags.contains("0"), text.contains(where: \.isNumber) else {
      return String(repeating: " ", count: missing) + text
    }
    let sign = text.prefix { "+- ".contains($0) }
    return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
  }

  private static func typeName(_ value: TemplateValue) -> String {
    switch value {
    case .number: "float64"
    case .integer: "int"
    case .text: "string"
    case .boolean: "bool"
    case .map: "map[string]string"
    case .data: "struct"
    }
  }
}
