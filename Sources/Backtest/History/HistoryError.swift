/// Why a file holds no history, or which of its lines do not.
public struct HistoryError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Constant: `not_utf8`, `empty`, `missing_column`, `bad_line`, `no_pods`, `too_large`, `no_worker_size`.
  public var code: String
  /// The first line that is wrong, from 1; `nil` where it is the whole file.
  public var line: Int?
  /// What is wrong and what would help.
  public var message: String

  public init(_ code: String, line: Int? = nil, _ message: String) {
    self.code = code
    self.line = line
    self.message = message
  }

  public var description: String { line.map { "Line \($0): \(message)" } ?? message }
}
