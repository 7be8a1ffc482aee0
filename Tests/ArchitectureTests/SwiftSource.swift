/// A Swift file reduced to what its compiler would act on: comments and the text of string literals are blanked,
/// interpolated expressions stay, and every line keeps its number.
struct SwiftSource {
  let path: String
  /// The file as it is.
  let text: String
  let code: String

  init(path: String, text: String) {
    self.path = path
    self.text = text
    var scanner = Scanner(Array(text.utf8))
    scanner.scanCode(untilClosingParenthesis: false)
    code = String(decoding: scanner.output, as: UTF8.self)
  }

  /// A word or a sign of the code.
  struct Token {
    var text: Substring
    /// 1 for the first.
    var line: Int
  }

  /// Words (letters, digits, underscores), and every other visible byte by itself.
  var tokens: [Token] {
    var found: [Token] = []
    var line = 1
    var index = code.startIndex
    func isWordByte(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte >= 128
    }
    while index < code.endIndex {
      let start = index
      let byte = code.utf8[index]
      index = code.utf8.index(after: index)
      if isWordByte(byte) {
        while index < code.endIndex, isWordByte(code.utf8[index]) { index = code.utf8.index(after: index) }
      }
      if byte == 10 { line += 1 }
      if byte > 32 { found.append(Token(text: code[start..<index], line: line)) }
    }
    return found
  }

  /// Modules that the file imports, with the number of the line.
  var imports: [(module: String, line: Int)] {
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    let tokens = tokens
    return tokens.indices.dropLast().compactMap { index in
      guard tokens[index].text == "import", index == 0 || tokens[index - 1].text != "." else { return nil }
      let next = kinds.contains(tokens[index + 1].text) && index + 2 < tokens.count ? index + 2 : index + 1
      return (String(tokens[next].text), tokens[index].line)
    }
  }
}

/// Walks the bytes once. Bytes inside comments and literals become spaces, newlines stay.
private struct Scanner {
  private let input: [UInt8]
  private var index = 0
  private(set) var output: [UInt8] = []

  init(_ input: [UInt8]) { self.input = input }

  mutating func scanCode(untilClosingParenthesis: Bool) {
    var depth = 0
    while index < input.count {
      if starts(with: "//") {
        while index < input.count, input[index] != UInt8(ascii: "\n") { blank() }
      } else if starts(with: "/*") {
        scanBlockComment()
      } else if let pounds = literalStart() {
        scanLiteral(pounds: pounds)
      } else {
        if input[index] == UInt8(ascii: "(") { depth += 1 }
        if input[index] == UInt8(ascii: ")") {
          depth -= 1
          if untilClosingParenthesis, depth == 0 {
            keep()
            return
          }
        }
        keep()
      }
    }
  }

  private mutating func scanBlockComment() {
    var depth = 0
    repeat {
      if starts(with: "/*") {
        depth += 1
        blank(2)
      } else if starts(with: "*/") {
        depth -= 1
        blank(2)
      } else {
        blank()
      }
    } while depth > 0 && index < input.count
  }

  /// The number of `#` before a string literal that begins here; `nil` when none does.
  private func literalStart() -> Int? {
    var end = index
    while end < input.count, input[end] == UInt8(ascii: "#") { end += 1 }
    return end < input.count && input[end] == UInt8(ascii: "\"") ? end - index : nil
  }

  private mutating func scanLiteral(pounds: Int) {
    blank(pounds)
    let quote = starts(with: "\"\"\"") ? "\"\"\"" : "\""
    let hashes = String(repeating: "#", count: pounds)
    blank(quote.utf8.count)
    while index < input.count {
      if starts(with: quote + hashes) {
        blank(quote.utf8.count + pounds)
        return
      }
      if starts(with: "\\" + hashes + "(") {
        blank(1 + pounds)
        scanCode(untilClosingParenthesis: true)
      } else if input[index] == UInt8(ascii: "\\"), pounds == 0 {
        blank(2)
      } else if input[index] == UInt8(ascii: "\n"), quote == "\"" {
        return
      } else {
        blank()
      }
    }
  }

  private func starts(with text: String) -> Bool { input[index...].starts(with: text.utf8) }

  private mutating func keep() {
    output.append(input[index])
    index += 1
  }

  private mutating func blank(_ count: Int = 1) {
    for _ in 0..<count where index < input.count {
      output.append(input[index] == UInt8(ascii: "\n") ? UInt8(ascii: "\n") : UInt8(ascii: " "))
      index += 1
    }
  }
}
