import Foundation
import PromQL
import Rules
import Yams

/// Rule files and tests written in a test's own text.
enum Reading {
  static func rules(_ yaml: String) throws -> RuleFile { try YAMLDecoder().decode(RuleFile.self, from: yaml) }
  static func test(_ yaml: String) throws -> RuleTestFile { try YAMLDecoder().decode(RuleTestFile.self, from: yaml) }

  /// The results of tests over rules.
  static func run(_ test: String, rules: String) throws -> [RuleTestRun.CaseResult] {
    try RuleTestRun(self.test(test), rules: [self.rules(rules)]).run()
  }

  /// The package's directory.
  static let root: URL = {
    var url = URL(fileURLWithPath: #filePath)
    while !FileManager.default.fileExists(atPath: url.appendingPathComponent("Package.swift").path) {
      url.deleteLastPathComponent()
    }
    return url
  }()

  /// Files of a folder by the end of their names, as paths from the package's directory, sorted.
  static func files(_ folder: String, _ suffix: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)
    return (names ?? []).filter { $0.hasSuffix(suffix) }.map { folder + "/" + $0 }.sorted()
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }
}

/// Prometheus's own tool; `nil` where it is neither on the path nor unpacked by scripts/install-packages.sh --test.
struct Promtool {
  let path: String

  static let found: Promtool? = {
    let unpacked = Reading.root.appendingPathComponent(".build/debian/usr/bin").path
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return (folders + [unpacked]).map { $0 + "/promtool" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }.map { Promtool(path: $0) }
  }()

  /// Runs `promtool test rules` on files.
  /// - Returns: whether all tests passed, and what it said.
  func test(_ files: [String: String], _ name: String) throws -> (passed: Bool, text: String) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (file, text) in files {
      try text.write(to: folder.appendingPathComponent(file), atomically: true, encoding: .utf8)
    }
    let output = folder.appendingPathComponent("output")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let handle = try FileHandle(forWritingTo: output)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["test", "rules", folder.appendingPathComponent(name).path]
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus == 0, try String(contentsOf: output, encoding: .utf8))
  }
}
