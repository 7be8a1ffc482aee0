import Foundation
import Testing

@testable import poolkeeper

/// What the tests of packages share.
enum Packaging {
  struct Outcome: Sendable {
    var code: Int32
    /// Output and errors.
    var text: String
  }

  /// Runs a program to its end.
  static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> Outcome {
    let running = try RunningProgram(program, arguments, environment: environment)
    let code = await running.end()
    return Outcome(code: code, text: running.text)
  }

  /// Runs a script of `scripts`.
  static func script(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> Outcome {
    try await run(path("scripts/" + name), arguments, environment: environment)
  }

  static func path(_ file: String) -> String { Bench.root.appendingPathComponent(file).path }

  static func text(_ file: String) throws -> String { try String(contentsOfFile: path(file), encoding: .utf8) }

  /// A program of the machine; says so where it is absent.
  static func tool(_ name: String) -> String? {
    let found = Bench.program(name)
    if found == nil { print("skipped: \(name) is not installed (scripts/install-packages.sh --test)") }
    return found
  }

  /// A program of the Python environment for these tests; says so where it is absent.
  static func pythonTool(_ name: String) -> String? {
    let file = path(".build/python-packaging/bin/" + name)
    guard FileManager.default.isExecutableFile(atPath: file) else {
      print("skipped: there is no .build/python-packaging (scripts/install-packages.sh --test)")
      return nil
    }
    return file
  }
}
