/// Reads templates.
struct TemplateParser {
  /// A piece of a template: text, or what stands between `{{` and `}}`.
  private enum Piece {
    case text(String)
    case action([TemplateToken])
  }

  private var pieces: [Piece] = []
  private var next = 0
  private var fault: RulesError?

  init(_ text: String) {
    do { pieces = try Self.pieces(text) } catch { fault = error }
  }

  /// Nested no deeper than this.
  private static let depthLimit = 50

  private static func pieces(_ text: String) throws(RulesError) -> [Piece] {
    var pieces: [Piece] = []
    var rest = Substring(text)
    var trimsFront = false
    while let open = rest.firstRange(of: "{{") {
      var before = rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      if trimsFront { before = before.drop(while: \.isWhitespace) }
      let trimsBack = rest.hasPrefix("- ") || rest.hasPrefix("-\n")
      if trimsBack {
        rest = rest.dropFirst()
        while before.last?.isWhitespace == true { before.removeLast() }
      }
      if !before.isEmpty { pieces.append(.text(String(before))) }
      guard let (action, end, trims) = action(rest) else {
        throw RulesError(.template, "\"{{\" without \"}}\" in \"\(text)\"")
      }
      rest = rest[end...]
      trimsFront = trims
      if !action.drop(while: \.isWhitespace).hasPrefix("/*") {
        pieces.append(.action(try TemplateToken.all(in: action)))
      }
    }
    if trimsFront { rest = rest.drop(while: \.isWhitespace) }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    return pieces
  }

  /// What stands before the next `}}` that is in no quotes, where the text goes on, and whether its space is cut off.
  private static func action(_ text: Substring) -> (Substring, Substring.Index, Bool)? {
    var quote: Character?
    var index = text.startIndex
    if let comment = text.firstRange(of: "/*"), text[..<comment.lowerBound].allSatisfy(\.isWhitespace) {
      guard let end = text.firstRange(of: "*/") else { return nil }
      index = end.upperBound
    }
    while index < text.endIndex {
      let character = text[index]
      if let open = quote {
        if character == "\\", open == "\"" {
          index = text.index(after: index)
          if index == text.endIndex { return nil }
        } else if character == open {
          quote = nil
        }
      } else if character == "\"" || character == "`" {
        quote = character
      } else if text[index...].hasPrefix("}}") {
        let end = text.index(index, offsetBy: 2)
        let body = text[..<index]
        let trims = body.hasSuffix(" -") || body.hasSuffix("\n-")
        return (trims ? body.dropLast() : body, end, trims)
      }
      index = text.index(after: index)
    }
    return nil
  }

  mutating func template() throws -> [Template.Node] {
    if let fault { throw fault }
    let nodes = try self.nodes(depth: 0)
    guard next == pieces.count else { throw RulesError(.template, "\"end\" or \"else\" without a beginning") }
    return nodes
  }

  private static let unsupported = ["range", "template", "block", "define", "break", "continue"]

  /// Nodes up to `else` or `end`, or to the end.
  private mutating func nodes(depth: Int) throws -> [Template.Node] {
    guard depth <= Self.depthLimit else {
      throw RulesError(.template, "conditions are nested deeper than \(Self.depthLimit) levels")
    }
    var nodes: [Template.Node] = []
    while next < pieces.count {
      switch pieces[next] {
      case .text(let text):
        nodes.append(.text(text))
        next += 1
      case .action(let tokens):
        guard case .word(let word)? = tokens.first else {
          nodes.append(.action(try ActionParser.pipeline(tokens)))
          next += 1
          continue
        }
        if word == "else" || word == "end" { return nodes }
        if Self.unsupported.contains(word) {
          throw RulesError(.template, "\"\(word)\" is not supported in templates; there are if, else, with and end")
        }
        if word == "if" || word == "with" {
          nodes.append(try branches(depth: depth))
        } else {
          nodes.append(.action(try ActionParser.pipeline(tokens)))
          next += 1
        }
      }
    }
    return nodes
  }

  private mutating func branches(depth: Int) throws -> Template.Node {
    var branches: [Template.Branch] = []
    while next < pieces.count, case .action(var tokens) = pieces[next], case .word(var word)? = tokens.first {
      next += 1
      if word == "end" {
        guard tokens.count == 1 else { throw RulesError(.template, "\"end\" takes nothing") }
        return .branches(branches)
      }
      if word == "else" {
        guard !branches.isEmpty, branches.last?.condition != nil else {
          throw RulesError(.template, "a second \"else\"")
        }
        tokens.removeFirst()
        guard case .word(let following)? = tokens.first else {
          branches.append(Template.Branch(condition: nil, body: try nodes(depth: depth + 1)))
          continue
        }
        word = following
      }
      tokens.removeFirst()
      let condition = try ActionParser.pipeline(tokens)
      branches.append(
        Template.Branch(condition: condition, setsDot: word == "with", body: try nodes(depth: depth + 1)))
    }
    throw RulesError(.template, "\"if\" or \"with\" without \"end\"")
  }
}

/// A word of an action.
enum TemplateToken: Sendable, Hashable {
  case word(String)
  /// `$name` with the fields behind it; an empty name for `.`.
  case variable(String, fields: [String])
  case string(String)
  case number(Double)
  case integer(Int64)
  case pipe, open, close, assign

  static func all(in text: Substring) throws(RulesError) -> [TemplateToken] {
    var tokens: [TemplateToken] = []
    var rest = text
    while let character = rest.first {
      if character.isWhitespace {
        rest = rest.dropFirst()
      } else if character == "|" {
        tokens.append(.pipe)
        rest = rest.dropFirst()
      } else if character == "(" {
        tokens.append(.open)
        rest = rest.dropFirst()
      } else if character == ")" {
        tokens.append(.close)
        rest = rest.dropFirst()
      } else if rest.hasPrefix(":=") {
        tokens.append(.assign)
        rest = rest.dropFirst(2)
      } else if character == "\"" || character == "`" {
        tokens.append(.string(try string(&rest)))
      } else if character == "$" || character == "." && rest.dropFirst().first?.isNumber != true {
        tokens.append(variable(&rest))
      } else if character.isLetter || character == "_" {
        tokens.append(.word(String(take(&rest) { $0.isLetter || $0.isNumber || $0 == "_" })))
      } else {
        let spelled = take(&rest) { $0.isLetter || $0.isNumber || ".+-_".contains($0) }
        if let integer = Int64(spelled) {
          tokens.append(.integer(integer))
        } else if let number = Double(spelled) {
          tokens.append(.number(number))
        } else {
          throw RulesError(.template, "\"\(spelled.isEmpty ? String(character) : String(spelled))\" is not understood")
        }
      }
    }
    return tokens
  }

  private static func take(_ rest: inout Substring, while isPart: (Character) -> Bool) -> Substring {
    let taken = rest.prefix(while: isPart)
    rest = rest[taken.endIndex...]
    return taken
  }

  private static func variable(_ rest: inout Substring) -> TemplateToken {
    func isPart(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
    var name = ""
    if rest.first == "$" {
      rest = rest.dropFirst()
      name = "$" + take(&rest, while: isPart)
    }
    var fields: [String] = []
    while rest.first == ".", rest.dropFirst().first.map(isPart) == true {
      rest = rest.dropFirst()
      fields.append(String(take(&rest, while: isPart)))
    }
    // A lone dot.
    if name.isEmpty, fields.isEmpty { rest = rest.dropFirst() }
    return .variable(name, fields: fields)
  }

  private static func string(_ rest: inout Substring) throws(RulesError) -> String {
    let quote = rest.removeFirst()
    var out = ""
    while let character = rest.popFirst() {
      if character == quote { return out }
      guard character == "\\", quote == "\"", let escaped = rest.popFirst() else {
        out.append(character)
        continue
      }
      switch escaped {
      case "n": out.append("\n")
      case "t": out.append("\t")
      case "r": out.append("\r")
      case "\\", "\"", "'": out.append(escaped)
      default:
        throw RulesError(.template, "\\\(escaped) is not supported in strings; there are \\n, \\t, \\r, \\\\, \\\"")
      }
    }
    throw RulesError(.template, "a string has no end")
  }
}

/// Reads what stands in an action.
private struct ActionParser {
  private let tokens: [TemplateToken]
  private var next = 0

  static func pipeline(_ tokens: [TemplateToken]) throws -> Template.Pipeline {
    var parser = ActionParser(tokens: tokens)
    let pipeline = try parser.pipeline(depth: 0)
    guard parser.next == tokens.count else { throw RulesError(.template, "\")\" without \"(\"") }
    return pipeline
  }

  private init(tokens: [TemplateToken]) { self.tokens = tokens }

  private var current: TemplateToken? { next < tokens.count ? tokens[next] : nil }

  private mutating func pipeline(depth: Int) throws -> Template.Pipeline {
    guard depth < 50 else { throw RulesError(.template, "parentheses are nested too deep") }
    var pipeline = Template.Pipeline(commands: [])
    if case .variable(let name, let fields)? = current, !name.isEmpty, fields.isEmpty, next + 1 < tokens.count,
      tokens[next + 1] == .assign
    {
      pipeline.variable = name
      next += 2
    }
    while true {
      pipeline.commands.append(try command(isFirst: pipeline.commands.isEmpty, depth: depth))
      guard current == .pipe else { return pipeline }
      next += 1
    }
  }

  private mutating func command(isFirst: Bool, depth: Int) throws -> Template.Command {
    if case .word(let name)? = current, name != "true", name != "false" {
      next += 1
      try TemplateFunctions.check(name)
      var arguments: [Template.Operand] = []
      while let token = current, token != .pipe, token != .close { arguments.append(try operand(depth: depth)) }
      return .call(function: name, arguments: arguments)
    }
    let operand = try operand(depth: depth)
    guard isFirst else { throw RulesError(.template, "only a function may stand behind \"|\"") }
    if let token = current, token != .pipe, token != .close {
      throw RulesError(.template, "a value cannot be called like a function; write e.g. {{ printf \"%.1f\" $value }}")
    }
    return .operand(operand)
  }

  private mutating func operand(depth: Int) throws -> Template.Operand {
    guard let token = current else { throw RulesError(.template, "an action is empty, or ends too early") }
    next += 1
    switch token {
    case .word("true"): return .boolean(true)
    case .word("false"): return .boolean(false)
    case .word(let name):
      try TemplateFunctions.check(name)
      return .function(name)
    case .variable(let name, let fields): return .variable(name, fields: fields)
    case .string(let text): return .string(text)
    case .number(let value): return .number(value)
    case .integer(let value): return .integer(value)
    case .open:
      let inner = try pipeline(depth: depth + 1)
      guard current == .close else { throw RulesError(.template, "\"(\" without \")\"") }
      next += 1
      return .parenthesized(inner)
    case .pipe, .close, .assign: throw RulesError(.template, "an operand is missing")
    }
  }
}
