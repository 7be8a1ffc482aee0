public import Model

/// What came of reading the configuration again.
public struct ReloadAnswer: Hashable, Sendable, Codable {
  public enum Result: String, Sendable, Codable, CaseIterable {
    /// It has been taken over; the next decision goes by it.
    case applied
    /// It says what it said before.
    case unchanged
    /// It cannot be used; the program goes on as it was.
    case refused
  }

  /// Something about the configuration that its author should know.
  public struct Problem: Hashable, Sendable, Codable {
    /// `error`, `warning` or `note`.
    public var severity: String
    /// Constant, lower case with underscores.
    public var code: String
    /// RFC 6901 JSON pointer; the empty text is the whole file.
    public var pointer: String
    /// From 1; `nil` where the key is not in the file.
    public var line: Int?
    public var column: Int?
    public var message: String
    public var remedy: String

    public init(severity: String, code: String, pointer: String, message: String, remedy: String) {
      self.severity = severity
      self.code = code
      self.pointer = pointer
      self.message = message
      self.remedy = remedy
    }
  }

  public var result: Result
  public var at: Instant
  /// Who asked: a caller of the API, `signal`, or `file` when the file was seen to change.
  public var by: String
  /// For people.
  public var sentence: String
  /// JSON pointers of the keys that were taken over; never their values.
  public var changed: [String]
  /// JSON pointers of keys that hold from the next start on, also those of earlier reloads.
  public var needsRestart: [String]
  /// All that was found: errors of a refused configuration, warnings of any.
  public var problems: [Problem]

  public init(_ result: Result, at: Instant, by actor: String, sentence: String) {
    self.result = result
    self.at = at
    by = actor
    self.sentence = sentence
    changed = []
    needsRestart = []
    problems = []
  }
}

/// How the configuration in effect came about.
public struct ConfigurationStanding: Hashable, Sendable, Codable {
  /// When it was taken over.
  public var loadedAt: Instant
  /// The last reload, while the file that it read cannot be used: what is in effect is older than the file.
  public var refused: ReloadAnswer?
  /// JSON pointers of keys that the file says differently from what is in effect, until the next start.
  public var needsRestart: [String]

  public init(loadedAt: Instant, refused: ReloadAnswer? = nil, needsRestart: [String] = []) {
    self.loadedAt = loadedAt
    self.refused = refused
    self.needsRestart = needsRestart
  }
}
