import ConfigurationFile

/// Files of operators: read, expanded, checked, and compared with each other.
enum ConfigurationTarget {
  /// Problems that are told at most, with the line about those that are not.
  private static let problems = 501

  private struct Unreadable: Error {}

  /// Some variables are set, some name files, of which one cannot be read and one is no text.
  private static var reader: ConfigurationReader {
    ConfigurationReader(
      environment: [
        "X": "1", "EMPTY": "", "URL": "https://pve.example:8006", "A_FILE": "/text", "B_FILE": "/gone",
        "C_FILE": "/binary",
      ],
      readFile: { path in
        switch path {
        case "/text": Array("from a file\n".utf8)
        case "/binary": [0xff, 0xfe, 0x00]
        default: throw Unreadable()
        }
      },
      faultInExpression: { $0.utf8.count.isMultiple(of: 7) ? "it has a length that is not liked" : nil },
      isTimeZone: { $0.contains("/") || $0 == "UTC" })
  }

  private static let first = reader.read(CorpusSeeds.configurations[0].bytes)

  static func run(_ bytes: UnsafeRawBufferPointer) throws {
    let outcome = reader.read(Array(bytes))
    let hasErrors = outcome.problems.contains { $0.severity == .error }
    try FuzzFinding.check(
      (outcome.configuration == nil) == hasErrors, "a file is refused without an error, or taken with one")
    try FuzzFinding.check(outcome.problems.count <= problems, "\(outcome.problems.count) problems")
    for problem in outcome.problems {
      let isWhole = !problem.code.isEmpty && !problem.message.isEmpty && !problem.remedy.isEmpty
      try FuzzFinding.check(isWhole, "a problem without a word: \(problem)")
      try FuzzFinding.check(
        problem.description.utf8.count < 4_000, "a problem of \(problem.description.utf8.count) bytes")
    }
    // The same file says the same, and what differs differs both ways.
    let again = reader.read(Array(bytes))
    try FuzzFinding.check(
      again.keys.changes(from: outcome.keys).isEmpty && again.problems == outcome.problems, "read twice, it differs")
    let forth = outcome.keys.changes(from: first.keys).map(\.pointer)
    try FuzzFinding.check(
      forth == first.keys.changes(from: outcome.keys).map(\.pointer), "changes are not the same both ways")
    if let configuration = outcome.configuration, let running = first.configuration {
      let kept = configuration.keepingFixed(of: running)
      try FuzzFinding.check(kept.keepingFixed(of: running) == kept, "keeping what is fixed changes more each time")
    }
  }
}
