/// The bytes of the query's text that an expression was read from.
///
/// All ranges are equal to each other: where an expression stands is not part of what it means, so that expressions
/// can be compared after printing and reading them again.
struct SourceRange: Hashable, Sendable {
  var start: Int
  var end: Int

  static let none = SourceRange(start: 0, end: 0)

  static func == (left: SourceRange, right: SourceRange) -> Bool { true }
  func hash(into hasher: inout Hasher) {}
}

extension SourcePosition {
  /// The line and column of a byte offset in a text.
  static func at(_ offset: Int, in text: [UInt8]) -> SourcePosition {
    var line = 1
    var column = 1
    for byte in text.prefix(max(0, offset)) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
    return SourcePosition(line: line, column: column)
  }
}
