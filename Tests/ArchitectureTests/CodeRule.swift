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
  /// Found in code without comments and literals.
  var pattern: String
  /// What to do instead.
  var remedy: String

  static let all: [CodeRule] = [
    CodeRule(
      name: "wall clock", scope: .pure,
      pattern:
        #"\bDate\(\)|\bDate\.now\b|\bDate\.init\(\)|\b(clock_gettime|gettimeofday|mach_absolute_time)\(|(?:^|[^.\w])time\((nil|&)"#,
      remedy: "take `now: Instant` as an argument"),
    CodeRule(
      name: "clock", scope: .pure, pattern: #"\b(ContinuousClock|SuspendingClock|DispatchTime|CFAbsoluteTime\w*)\b"#,
      remedy: "take `now: Instant` as an argument"),
    CodeRule(
      name: "waiting", scope: .pure,
      pattern: #"\bTask\.sleep\b|\bThread\.sleep\b|(?:^|[^.\w])(usleep|nanosleep|sleep)\("#,
      remedy: "return what is to happen and when; the control loop waits"),
    CodeRule(
      name: "randomness", scope: .pure,
      pattern:
        #"\bSystemRandomNumberGenerator\b|\.random\((?![^()]*(\([^()]*\)[^()]*)*\busing:)|\.(randomElement|shuffled|shuffle)\(\)|"#
        + #"\bUUID\(\)|\barc4random\w*\(|(?:^|[^.\w])s?rand\("#,
      remedy: "take a generator or the identifier as an argument"),
    CodeRule(
      name: "environment", scope: .pure,
      pattern: #"\bProcessInfo\b|\b(secure_)?getenv\(|\bCommandLine\b"#,
      remedy: "take the value as an argument"),
    CodeRule(
      name: "logging", scope: .pure, pattern: #"\bLogger\b|\bNSLog\(|\bos_log\("#,
      remedy: "return notes as data; the edge logs them"),
    CodeRule(
      name: "files", scope: .pureWithoutFiles,
      pattern:
        #"\bFileHandle\b|\bFileManager\b|(?:^|[^.\w])(fopen|fread|fwrite)\(|\bData\(contentsOf:|\bcontentsOfFile:"#,
      remedy: "take the bytes as an argument"),
    CodeRule(
      name: "printing", scope: .silent,
      pattern: #"(?:^|[^.\w])(print|debugPrint|dump|puts|printf)\(|\bFileHandle\.standard(Output|Error)\b"#,
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
  static func violations(in source: SwiftSource, of room: Room) throws -> [String] {
    var found: [String] = []
    for rule in all where rule.holds(in: room, path: source.path) {
      // By Unicode's rules there would be no boundary at the dot of `Type.member`.
      let pattern = try Regex(rule.pattern).wordBoundaryKind(.simple)
      for (index, line) in source.lines.enumerated() where line.contains(pattern) {
        // A declaration of the same name is no call.
        if line.contains(/\bfunc\s+(print|dump|time|sleep)\b/) { continue }
        found.append("\(source.path):\(index + 1): \(rule.name) in a room that must not know it; \(rule.remedy)")
      }
    }
    return found
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
