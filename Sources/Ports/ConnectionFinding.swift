/// What a look at an outside system found, for the operator who connects it.
public struct ConnectionFinding: Hashable, Sendable, Codable {
  /// How it stands.
  public enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
    /// As it must be.
    case fine
    /// It cannot be told, and need not be wrong.
    case unknown
    /// Something is missing: what `remedy` says is to be done before the program may act.
    case missing
  }

  public var outcome: Outcome
  /// What was found.
  public var sentence: String
  /// What to do; absent where nothing is.
  public var remedy: String?

  /// A finding.
  public init(_ outcome: Outcome, _ sentence: String, remedy: String? = nil) {
    self.outcome = outcome
    self.sentence = sentence
    self.remedy = remedy
  }
}
