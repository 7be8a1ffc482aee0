/// Text of a page that is HTML and well-formed XML at once.
enum Markup {
  /// A text that stands between tags or in an attribute.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      // What XML has no way to write.
      case "\u{0}"..."\u{8}", "\u{b}", "\u{c}", "\u{e}"..."\u{1f}", "\u{fffe}", "\u{ffff}": result += "\u{fffd}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// An element around markup; attributes are escaped, the content is not.
  static func element(_ name: String, _ attributes: [(String, String)] = [], _ content: String) -> String {
    "<\(name)\(list(attributes))>\(content)</\(name)>"
  }

  /// An element without content.
  static func empty(_ name: String, _ attributes: [(String, String)]) -> String { "<\(name)\(list(attributes))/>" }

  /// An element around a text.
  static func text(_ name: String, _ attributes: [(String, String)] = [], _ text: String) -> String {
    element(name, attributes, escaped(text))
  }

  private static func list(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
  }

  /// A coordinate with one decimal, which a plot of some hundred units needs no more than.
  static func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    guard tenths.isFinite, tenths.magnitude < 1e12 else { return "0" }
    let whole = Int64(tenths)
    let (units, rest) = (whole.magnitude / 10, whole.magnitude % 10)
    return (whole < 0 ? "-" : "") + (rest == 0 ? "\(units)" : "\(units).\(rest)")
  }
}
