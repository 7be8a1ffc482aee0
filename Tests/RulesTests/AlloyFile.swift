/// The grammar of Grafana Alloy's configuration as far as the shipped file uses it: blocks with labels, attributes, and
/// values that are texts, numbers, truth values, lists, objects and references.
/// Source: Alloy's documentation, "Configuration syntax".
struct AlloyFile {
  struct Fault: Error, CustomStringConvertible {
    var description: String
  }

  /// Blocks of the outermost level as `type.label`, sorted.
  private(set) var components: [String] = []
  /// Values such as `prometheus.remote_write.poolkeeper.receiver`, in the order of the file.
  private(set) var references: [String] = []

  private enum Token: Equatable {
    case word(String)
    case text(String)
    case number(String)
    case sign(Character)
    case newline
    case end
  }

  private var tokens: [Token] = []
  private var place = 0

  init(_ text: String) throws {
    tokens = try Self.tokens(text)
    try body(until: .end, isOutermost: true)
    components.sort()
  }

  private var next: Token { tokens[place] }

  private mutating func take() -> Token {
    defer { if place < tokens.count - 1 { place += 1 } }
    return tokens[place]
  }

  private mutating func expect(_ token: Token) throws {
    let found = take()
    guard found == token else { throw Fault(description: "\(found) stands where \(token) belongs") }
  }

  private mutating func skipNewlines() { while next == .newline { place += 1 } }

  private mutating func body(until end: Token, isOutermost: Bool = false) throws {
    while true {
      skipNewlines()
      if next == end { return }
      guard case .word(var name) = take() else { throw Fault(description: "a statement begins with a name") }
      while next == .sign(".") {
        _ = take()
        guard case .word(let part) = take() else { throw Fault(description: "\(name). ends without a name") }
        name += "." + part
      }
      if next == .sign("=") {
        _ = take()
        try value()
      } else {
        if case .text(let label) = next {
          _ = take()
          name += "." + label
        }
        try expect(.sign("{"))
        try expect(.newline)
        try body(until: .sign("}"))
        try expect(.sign("}"))
        if isOutermost { components.append(name) }
      }
      if next != .end { try expect(.newline) }
    }
  }

  private mutating func value() throws {
    switch take() {
    case .text, .number: return
    case .word("true"), .word("false"), .word("null"): return
    case .word(var name):
      while next == .sign(".") {
        _ = take()
        guard case .word(let part) = take() else { throw Fault(description: "\(name). ends without a name") }
        name += "." + part
      }
      guard name.contains(".") else { throw Fault(description: "\(name) is no value") }
      references.append(name)
    case .sign("["): try list(until: "]") { try $0.value() }
    case .sign("{"):
      try list(until: "}") { file in
        switch file.take() {
        case .word, .text: break
        default: throw Fault(description: "an object's key is a name or a text")
        }
        try file.expect(.sign("="))
        try file.value()
      }
    case let token: throw Fault(description: "\(token) is no value")
    }
  }

  private mutating func list(until end: Character, _ element: (inout AlloyFile) throws -> Void) throws {
    skipNewlines()
    while next != .sign(end) {
      try element(&self)
      // A comma stands behind each, but behind the last on the same line as the end.
      if next == .sign(end) { break }
      try expect(.sign(","))
      skipNewlines()
    }
    try expect(.sign(end))
  }

  private static func tokens(_ text: String) throws -> [Token] {
    var tokens: [Token] = []
    var rest = Substring(text)
    while let first = rest.first {
      if rest.hasPrefix("//") {
        rest = rest.drop { $0 != "\n" }
      } else if first == "\n" {
        if tokens.last != .newline { tokens.append(.newline) }
        rest.removeFirst()
      } else if first == " " || first == "\t" {
        rest.removeFirst()
      } else if first == "\"" {
        let inner = rest.dropFirst().prefix { $0 != "\"" && $0 != "\n" }
        guard rest.dropFirst(inner.count + 1).first == "\"", !inner.contains("\\") else {
          throw Fault(description: "a text does not end, or holds an escape: \(inner)")
        }
        tokens.append(.text(String(inner)))
        rest = rest.dropFirst(inner.count + 2)
      } else if first.isLetter || first == "_" {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        tokens.append(.word(String(word)))
        rest = rest.dropFirst(word.count)
      } else if first.isNumber {
        let number = rest.prefix { $0.isNumber || $0 == "." }
        tokens.append(.number(String(number)))
        rest = rest.dropFirst(number.count)
      } else if "{}[]=,.".contains(first) {
        tokens.append(.sign(first))
        rest.removeFirst()
      } else {
        throw Fault(description: "\(first) belongs nowhere")
      }
    }
    return tokens + [.end]
  }
}
