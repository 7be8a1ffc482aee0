/// Why a query has no answer, with the error type that Prometheus's HTTP API uses for it.
public struct PromQLError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The API's `errorType`.
  public enum Code: String, Sendable, Hashable {
    /// The expression or a parameter is wrong; the same request will never succeed.
    case badData = "bad_data"
    /// The expression is right but cannot be evaluated on this data or within the limits.
    case execution
    /// The time allowed for the query is over.
    case timeout
    /// The caller gave the query up.
    case canceled
  }

  /// The kind of the error.
  public let code: Code
  /// What is wrong, without the position.
  public let message: String
  /// Where in the expression, when that is known.
  public let position: SourcePosition?

  /// Makes an error of one kind.
  public init(_ code: Code, _ message: String, at position: SourcePosition? = nil) {
    self.code = code
    self.message = message
    self.position = position
  }

  /// The message as the API shows it; parse errors begin with `line:column: parse error:`.
  public var description: String {
    guard let position else { return message }
    return "\(position): parse error: \(message)"
  }
}

/// A place in the text of an expression, both counted from 1; columns count bytes of UTF-8.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
  /// The line, from 1.
  public let line: Int
  /// The byte within the line, from 1.
  public let column: Int

  /// Makes a position.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// `line:column`.
  public var description: String { "\(line):\(column)" }
}
