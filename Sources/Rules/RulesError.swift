/// What is wrong with a rule file, a test file or a template.
public struct RulesError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of the error.
  public enum Code: String, Sendable, Hashable {
    /// A file does not say what it should.
    case invalidFile = "invalid_file"
    /// A template cannot be read, or not be carried out.
    case template
    /// A rule cannot be evaluated on its data.
    case evaluation
  }

  /// What went wrong, for programs.
  public let code: Code
  /// What went wrong and what would help, for people.
  public let message: String

  /// Makes an error of one kind.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
