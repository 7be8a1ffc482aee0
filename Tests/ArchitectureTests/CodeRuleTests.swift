import Testing

/// The rules themselves: each must find what it is there for, and leave alone what only looks like it.
@Suite struct CodeRuleTests {
  private static let pure = Room("Pure", .pure, ["Model"])
  private static let edge = Room("Edge", .edge, ["Model", "CCurl"])
  private static let program = Room("Program", .program)

  private func names(of code: String, in room: Room, path: String = "Sources/Pure/File.swift") -> [String] {
    let source = SwiftSource(path: path, text: code)
    return CodeRule.violations(in: source, of: room).compactMap { sentence in
      CodeRule.all.map(\.name).first { sentence.contains(": \($0) in a room") }
    }
  }

  @Test(arguments: [
    ("let now = Date()", "wall clock"),
    ("let now = Date.now", "wall clock"),
    ("var t = timespec(); clock_gettime(CLOCK_REALTIME, &t)", "wall clock"),
    ("let seconds = time(nil)", "wall clock"),
    ("let start = ContinuousClock.now", "clock"),
    ("let clock = SuspendingClock()", "clock"),
    ("try await Task.sleep(for: .seconds(1))", "waiting"),
    ("usleep(10)", "waiting"),
    ("var generator = SystemRandomNumberGenerator()", "randomness"),
    ("let die = Int.random(in: 1...6)", "randomness"),
    ("let die = Int.random(in: lower(1)...upper(6))", "randomness"),
    ("let one = list.randomElement()", "randomness"),
    ("let mixed = list.shuffled()", "randomness"),
    ("let id = UUID().uuidString", "randomness"),
    ("let home = ProcessInfo.processInfo.environment", "environment"),
    ("let home = getenv(name)", "environment"),
    ("let logger = Logger(label: label)", "logging"),
    ("let handle = FileHandle(forReadingAtPath: path)", "files"),
    ("let data = try Data(contentsOf: url)", "files"),
    ("print(1)", "printing"),
    ("if bad { debugPrint(bad) }", "printing"),
    ("let text = \"at \\(Date())\"", "wall clock"),
    ("let text = #\"at \\#(Date())\"#", "wall clock"),
    ("/* outer /* inner */ */ print(1)", "printing"),
    ("let quoted = \"\\\"\"; print(1)", "printing"),
    ("let lines = \"\"\"\n  \"quoted\"\n  \"\"\"\nprint(1)", "printing"),
  ])
  func findsWhatAPureRoomMustNotDo(code: String, rule: String) {
    #expect(names(of: code, in: Self.pure) == [rule])
  }

  @Test(arguments: [
    "// print(1), Date()",
    "/* Task.sleep(for:) */ let a = 1",
    "/// Never reads `ContinuousClock`.",
    "let text = \"print(1) and Date()\"",
    "let text = \"\"\"\n  Date()\n  print(1)\n  \"\"\"",
    "let text = #\"a \\(Date()) b\"#",
    "let die = Int.random(in: 1...6, using: &generator)",
    "let die = Double.random(in: range(of: pool), using: &generator)",
    "let mixed = list.shuffled(using: &generator)",
    "let at = Date(timeIntervalSince1970: 0)",
    "writer.print(1)",
    "func print(_ page: Page) {}",
    "let fingerprint(x) = 1",
    "case .time(nil): break",
    "let expiry = lifetime(nil)",
  ])
  func leavesAloneWhatOnlyLooksLikeIt(code: String) {
    #expect(names(of: code, in: Self.pure) == [])
  }

  @Test func theLogsFolderMayOpenFilesButNotReadTheClock() {
    let code = "FileManager.default.fileExists(atPath: path)\nlet now = Date()"
    #expect(names(of: code, in: Self.pure, path: "Sources/TimeSeries/Storage/Segment.swift") == ["wall clock"])
    #expect(names(of: code, in: Self.pure, path: "Sources/TimeSeries/Head/Head.swift") == ["files", "wall clock"])
  }

  @Test func edgesMayReadTheClockButNotPrint() {
    let code = "let now = ContinuousClock.now\nlet id = UUID()\nprint(now)"
    #expect(names(of: code, in: Self.edge) == ["printing"])
    #expect(names(of: code, in: Self.program) == [])
  }

  @Test(
    arguments: [
      ("import Model\npublic import Foundation", []),
      ("import Decision", ["Sources/Pure/File.swift:1: Pure must not import Decision"]),
      ("\n@preconcurrency public import GRDB", ["Sources/Pure/File.swift:2: Pure must not import GRDB"]),
      ("  @testable import struct API.Router", ["Sources/Pure/File.swift:1: Pure must not import API"]),
      ("// import Decision\nlet import1 = \"import API\"", []),
      ("#if canImport(Darwin)\n  import Darwin\n#else\n  import Glibc\n#endif", []),
      (
        "import Glibc",
        ["Sources/Pure/File.swift: import Darwin and Glibc side by side, under #if canImport(Darwin)"]
      ),
      (
        "import Glibc\nimport Darwin",
        ["Sources/Pure/File.swift: import Darwin and Glibc side by side, under #if canImport(Darwin)"]
      ),
    ] as [(String, [String])])
  func findsImportsThatTheTableDoesNotAllow(code: String, expected: [String]) {
    let source = SwiftSource(path: "Sources/Pure/File.swift", text: code)
    #expect(CodeRule.importViolations(in: source, of: Self.pure) == expected)
  }

  @Test(arguments: [
    ("// TO" + "DO: later", 1), ("let a = 1 // FIX" + "ME", 1), ("let toDo = TO" + "DOS", 0),
    ("open(\"/ro" + "ot/file\")", 1), ("see /wo" + "rk/main", 1), ("https://example.org/wo" + "rk/main", 0),
    ("docs/wo" + "rk/page.md and /ho" + "me/me", 1), ("${HOME}/wo" + "rk/x", 0), ("net/ro" + "ot/ and a/wo" + "rk/", 0),
  ])
  func findsPathsAndUnfinishedThoughts(text: String, count: Int) {
    #expect(TextRule.violations(in: text, path: "file").count == count)
  }

  @Test func readsTheTargetsOfAManifest() throws {
    let manifest = try PackageManifest(
      """
      let package = Package(
        dependencies: [.package(url: "https://example.org/x", from: "1.0.0")],
        targets: [
          .target(name: "Alone"),
          .target(
            name: "Many",
            dependencies: ["Alone", .product(name: "GRDB", package: "GRDB.swift"), "C"], swiftSettings: ["x"]),
          .systemLibrary(name: "C", path: "C", providers: [.apt(["libc"])]),
          .executableTarget(name: "tool", dependencies: ["Many"]),
          .testTarget(name: "ManyTests", dependencies: ["Many", "Alone"]),
        ])
      """)
    #expect(manifest.dependencies == ["Alone": [], "Many": ["Alone", "GRDB", "C"], "tool": ["Many"]])
  }
}
