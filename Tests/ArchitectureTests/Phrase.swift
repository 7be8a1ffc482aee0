/// A sequence of words and signs in code, whatever the space between them.
struct Phrase: Sendable, ExpressibleByStringLiteral {
  private enum Place {
    case anywhere
    /// Not a member of something, and not a declaration.
    case free
    /// After a dot.
    case member
  }

  private var texts: [String]
  private var place: Place
  /// A label among the arguments of the call at the phrase's end with which it is harmless.
  private var unless: String?

  init(stringLiteral text: String) { self.init(text, .anywhere) }

  private init(_ text: String, _ place: Place, unless: String? = nil) {
    texts = SwiftSource(path: "", text: text).tokens.map { String($0.text) }
    self.place = place
    self.unless = unless
  }

  static func free(_ text: String) -> Phrase { Phrase(text, .free) }
  static func member(_ text: String, unless: String? = nil) -> Phrase { Phrase(text, .member, unless: unless) }

  var firstWord: Substring { texts[0][...] }

  func begins(at index: Int, of tokens: [SwiftSource.Token]) -> Bool {
    guard index + texts.count <= tokens.count else { return false }
    for offset in texts.indices where tokens[index + offset].text != texts[offset] { return false }
    let before = index > 0 ? tokens[index - 1].text : ""
    switch place {
    case .anywhere: break
    case .free: if before == "." || before == "func" { return false }
    case .member: if before != "." { return false }
    }
    return unless.map { !Self.hasArgument($0, after: index + texts.count, of: tokens) } ?? true
  }

  /// Whether the call whose parenthesis was just opened has an argument with this label.
  private static func hasArgument(_ label: String, after start: Int, of tokens: [SwiftSource.Token]) -> Bool {
    var depth = 1
    var index = start
    while index < tokens.count, depth > 0 {
      if tokens[index].text == "(" { depth += 1 }
      if tokens[index].text == ")" { depth -= 1 }
      if depth == 1, tokens[index].text == label, index + 1 < tokens.count, tokens[index + 1].text == ":" {
        return true
      }
      index += 1
    }
    return false
  }
}
