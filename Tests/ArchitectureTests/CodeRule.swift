/// Something that code of some rooms must not do.
struct CodeRule: Sendable {
  /// Where the rule holds.
  enum Scope: Sendable {
    /// Pure rooms, all of them.
    case pure
    /// Pure rooms, outside the folders that read and write files.
    case pureWithoutFiles
    /// Everything but the command line.
    case silent
  }

  var name: String
  var scope: Scope
  var phrases: [Phrase]
  /// What to do instead.
  var remedy: String

  static let all: [CodeRule] = [
    CodeRule(
      name: "wall clock", scope: .pure,
      phrases: [
        "Date()", "Date.now", "Date.init()", "clock_gettime(", "gettimeofday(", "mach_absolute_time(",
        .free("time(nil"),
        .free("time(&"),
      ],
      remedy: "take `now: Instant` as an argument"),
    CodeRule(
      name: "clock", scope: .pure,
      phrases: ["ContinuousClock", "SuspendingClock", "DispatchTime", "CFAbsoluteTimeGetCurrent"],
      remedy: "take `now: Instant` as an argument"),
    CodeRule(
      name: "waiting", scope: .pure,
      phrases: ["Task.sleep", "Thread.sleep", .free("usleep("), .free("nanosleep("), .free("sleep(")],
      remedy: "return what is to happen and when; the control loop waits"),
    CodeRule(
      name: "randomness", scope: .pure,
      phrases: [
        "SystemRandomNumberGenerator", .member("random(", unless: "using"), .member("randomElement()"),
        .member("shuffled()"), .member("shuffle()"), "UUID()", "arc4random(", "arc4random_uniform(", .free("rand("),
        .free("srand("),
      ],
      remedy: "take a generator or the identifier as an argument"),
    CodeRule(
      name: "environment", scope: .pure, phrases: ["ProcessInfo", "CommandLine", "getenv(", "secure_getenv("],
      remedy: "take the value as an argument"),
    CodeRule(
      name: "logging", scope: .pure, phrases: ["Logger", "NSLog(", "os_log("],
      remedy: "return notes as data; the edge logs them"),
    CodeRule(
      name: "files", scope: .pureWithoutFiles,
      phrases: [
        "FileHandle", "FileManager", .free("fopen("), .free("fread("), .free("fwrite("), "Data(contentsOf",
        "contentsOfFile",
      ],
      remedy: "take the bytes as an argument"),
    CodeRule(
      name: "printing", scope: .silent,
      phrases: [
        .free("print("), .free("debugPrint("), .free("dump("), .free("puts("), .free("printf("),
        "FileHandle.standardOutput", "FileHandle.standardError",
      ],
      remedy: "log it, or return it; only the command line prints"),
  ]

  func holds(in room: Room, path: String) -> Bool {
    switch scope {
    case .pure: room.kind == .pure
    case .pureWithoutFiles: room.kind == .pure && !Room.fileFolders.contains { path.hasPrefix($0) }
    case .silent: room.kind != .program
    }
  }

  /// What a room's file does against the rules: one sentence each, with the place.
  static func violations(in source: SwiftSource, of room: Room) -> [String] {
    let tokens = source.tokens
    return tokens.indices.flatMap { index in
      (byFirstWord[tokens[index].text] ?? []).compactMap { rule, phrase in
        guard phrase.begins(at: index, of: tokens), rule.holds(in: room, path: source.path) else { return nil }
        return "\(source.path):\(tokens[index].line): \(rule.name) in a room that must not know it; \(rule.remedy)"
      }
    }
  }

  /// Almost no word of a file begins a phrase, so that one look-up settles it.
  private static let byFirstWord: [Substring: [(rule: CodeRule, phrase: Phrase)]] = all.reduce(into: [:]) {
    table, rule in
    for phrase in rule.phrases { table[phrase.firstWord, default: []].append((rule, phrase)) }
  }

  /// Imports that the table does not allow, and a C library's face for one system without the other's beside it.
  static func importViolations(in source: SwiftSource, of room: Room) -> [String] {
    var found: [String] = []
    let imports = source.imports
    for (module, line) in imports where !Room.systemModules.contains(module) && !room.mayImport.contains(module) {
      found.append("\(source.path):\(line): \(room.name) must not import \(module)")
    }
    let modules = Set(imports.map(\.module))
    if modules.contains("Glibc") != modules.contains("Darwin")
      || modules.contains("Glibc") && !source.code.contains("canImport(Darwin)")
    {
      found.append("\(source.path): import Darwin and Glibc side by side, under #if canImport(Darwin)")
    }
    return found
  }
}
