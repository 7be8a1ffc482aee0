/// Something about a configuration that its author should know.
public struct Problem: Hashable, Sendable, Codable {
  /// How much it matters.
  public enum Severity: String, Sendable, Codable, Hashable, CaseIterable {
    /// The configuration cannot be used.
    case error
    /// It can be used, but most likely it is not what is meant.
    case warning
    /// Worth knowing; nothing needs to change.
    case note
  }

  /// How grave it is.
  public var severity: Severity
  /// Constant, lower case with underscores, for example `unknown_key`.
  public var code: String
  /// Where, as an RFC 6901 JSON pointer; the empty text is the whole file.
  public var pointer: String
  /// Line and column of what the pointer names, or of what stands nearest around it.
  public var position: TextPosition?
  /// What is wrong: a sentence.
  public var message: String
  /// What would be right: a sentence.
  public var remedy: String

  /// A problem with its place and its remedy.
  public init(
    _ severity: Severity, code: String, pointer: String, position: TextPosition? = nil, message: String, remedy: String
  ) {
    self.severity = severity
    self.code = code
    self.pointer = pointer
    self.position = position
    self.message = message
    self.remedy = remedy
  }
}

extension Problem: CustomStringConvertible {
  /// One line: `warning /a/b (12:5): What is wrong. What would be right. [code]`
  public var description: String {
    let place = position.map { " (\($0.line):\($0.column))" } ?? ""
    return "\(severity.rawValue) \(pointer.isEmpty ? "the file" : pointer)\(place): \(message) \(remedy) [\(code)]"
  }
}

extension Problem: Comparable {
  /// By pointer, then the graver first, then by code and message.
  public static func < (left: Problem, right: Problem) -> Bool {
    let order = Severity.allCases
    let (leftRank, rightRank) = (order.firstIndex(of: left.severity) ?? 0, order.firstIndex(of: right.severity) ?? 0)
    return (left.pointer, leftRank, left.code, left.message) < (right.pointer, rightRank, right.code, right.message)
  }
}

/// Collects problems, up to a bound.
struct ProblemList: Sendable {
  /// Problems that are kept; more help nobody.
  static let maximum = 500

  private(set) var problems: [Problem] = []
  private(set) var omitted = 0
  private(set) var hasErrors = false

  mutating func add(
    _ severity: Problem.Severity, _ code: String, at pointer: JSONPointer, _ message: String, _ remedy: String
  ) {
    if severity == .error { hasErrors = true }
    guard problems.count < ProblemList.maximum else {
      omitted += 1
      return
    }
    problems.append(Problem(severity, code: code, pointer: pointer.text, message: message, remedy: remedy))
  }

  mutating func add(
    _ severity: Problem.Severity, _ code: String, at path: [String], _ message: String, _ remedy: String
  ) {
    add(severity, code, at: JSONPointer(path), message, remedy)
  }

  /// Sorted, with a last line about those beyond the bound.
  func sorted() -> [Problem] {
    var result = problems.sorted()
    if omitted > 0 {
      result.append(
        Problem(
          hasErrors ? .error : .warning, code: "more_problems", pointer: "",
          message: "\(omitted) more problems are not listed.", remedy: "Correct the listed ones first."))
    }
    return result
  }
}
