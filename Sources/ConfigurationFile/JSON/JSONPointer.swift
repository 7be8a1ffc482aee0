/// The path to a value inside a document, written by RFC 6901.
struct JSONPointer: Hashable, Sendable {
  var tokens: [String]

  static let root = JSONPointer([])

  init(_ tokens: [String]) { self.tokens = tokens }

  func appending(_ token: String) -> JSONPointer { JSONPointer(tokens + [token]) }
  func appending(_ path: [String]) -> JSONPointer { JSONPointer(tokens + path) }

  /// `/a/b~1c`; the empty text for the whole document.
  var text: String {
    tokens.map { token in
      var escaped = "/"
      for character in token.unicodeScalars {
        switch character {
        case "~": escaped += "~0"
        case "/": escaped += "~1"
        default: escaped.unicodeScalars.append(character)
        }
      }
      return escaped
    }.joined()
  }

  /// Whether a document has a value here.
  func exists(in root: JSONNode) -> Bool {
    var node: JSONNode? = root
    for token in tokens {
      if case .list(let elements)? = node?.content {
        node = Int(token).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
      } else {
        node = node?[token]
      }
    }
    return node != nil
  }

  /// Where the value, or the nearest value around it that exists, stands in a document.
  func position(in root: JSONNode) -> TextPosition {
    var node = root
    var position = root.position
    for token in tokens {
      switch node.content {
      case .object(let members):
        guard let member = members.last(where: { $0.name == token }) else { return position }
        node = member.value
        position = member.position
      case .list(let elements):
        guard let index = Int(token), elements.indices.contains(index) else { return position }
        node = elements[index]
        position = node.position
      default: return position
      }
    }
    return position
  }
}
