/// Writes JSON scalars.
enum JSONText {
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// The shortest decimal form; whole numbers without a point.
  static func number(_ number: Double) -> String {
    if let integer = Int(exactly: number), number.magnitude < 1e15 { return String(integer) }
    return "\(number)"
  }

  /// A text from outside as messages quote it: in double quotes, escaped, and cut when long.
  static func shown(_ text: String) -> String {
    text.unicodeScalars.count <= 60 ? quoted(text) : quoted(String(text.unicodeScalars.prefix(57)) + "…")
  }
}
