/// Reads a configuration and tells everything that is wrong with it at once.
///
/// Pure but for the closures it is given: the same text, environment and answers give the same result.
public struct ConfigurationReader {
  /// Variables for `${NAME}`.
  public var environment: [String: String]
  /// Gives a file's bytes, for `NAME_FILE` variables and `…_file` keys.
  public var readFile: (String) throws -> [UInt8]
  /// Says what is wrong with a PromQL expression; `nil` when nothing is.
  public var faultInExpression: (String) -> String?
  /// Whether there is a time zone of that IANA name.
  public var isTimeZone: (String) -> Bool

  /// A reader; by default there are no variables and no files, and every expression and time zone is taken as right.
  public init(
    environment: [String: String] = [:],
    readFile: @escaping (String) throws -> [UInt8] = { _ in throw NoFiles() },
    faultInExpression: @escaping (String) -> String? = { _ in nil },
    isTimeZone: @escaping (String) -> Bool = { _ in true }
  ) {
    self.environment = environment
    self.readFile = readFile
    self.faultInExpression = faultInExpression
    self.isTimeZone = isTimeZone
  }

  /// Files cannot be read.
  public struct NoFiles: Error, CustomStringConvertible {
    /// A sentence's part.
    public let description = "this reader has no access to files"
    /// The error.
    public init() {}
  }

  /// What came of reading.
  public struct Outcome: Sendable {
    /// `nil` when there is an error among the problems.
    public var configuration: Configuration?
    /// Sorted by pointer, then by severity.
    public var problems: [Problem]
    /// What the file says, to be compared with another reading; empty when it could not be understood.
    public var keys = WrittenKeys()

    /// Those of one severity.
    public func problems(_ severity: Problem.Severity) -> [Problem] { problems.filter { $0.severity == severity } }
  }

  /// Reads a text.
  public func read(_ text: String) -> Outcome { read(Array(text.utf8)) }

  /// Reads the bytes of a file.
  public func read(_ bytes: [UInt8]) -> Outcome {
    let document: JSONNode
    do {
      document = try JSONReader.read(bytes)
    } catch {
      let problem = Problem(
        .error, code: "syntax", pointer: error.pointer.text, position: error.position, message: error.message,
        remedy: error.remedy)
      return Outcome(configuration: nil, problems: [problem])
    }
    let expander = VariableExpander(environment: environment, readFile: readFile)
    var checker = StructureChecker(
      expander: expander, deferredSections: ["proxmox_integration", "talos_integration"])
    let checked = checker.check(document, Keys.root, at: .root)
    var problems = checker.problems
    var configuration: Configuration?
    if let checked {
      var decoder = ConfigurationDecoder(
        root: Section(Keys.root, node: checked, pointer: .root), document: document, expander: expander)
      decoder.problems = problems
      configuration = decoder.decode()
      decoder.report(checker.missingVariables)
      var sense = SenseChecker(
        configuration: decoder.configuration, root: decoder.root, faultInExpression: faultInExpression,
        isTimeZone: isTimeZone)
      sense.problems = decoder.problems
      sense.triggerPointers = decoder.triggerPointers
      sense.schedulePointers = decoder.schedulePointers
      sense.check()
      problems = sense.problems
    }
    if problems.hasErrors { configuration = nil }
    let placed = problems.sorted().map { problem in
      var problem = problem
      problem.position = problem.pointerTokens.position(in: document)
      return problem
    }
    return Outcome(
      configuration: configuration, problems: placed, keys: checked.map { WrittenKeys($0) } ?? WrittenKeys())
  }
}

extension Problem {
  fileprivate var pointerTokens: JSONPointer {
    JSONPointer(
      pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { token in
        token.split(separator: "~1", omittingEmptySubsequences: false)
          .map { part in part.split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~") }
          .joined(separator: "/")
      })
  }
}
