import ArgumentParser
import Foundation
import Rules
import Yams

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Try recording and alerting rules without a server.",
    subcommands: [Test.self, Render.self])

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run unit tests of rules.",
      discussion: """
        The files have the form that 'promtool test rules' takes: series in PromQL's test notation, and which alerts \
        and samples the rules must make of them.
        """)

    @Argument(help: "The test files.")
    var files: [String]
    @Flag(name: .long, help: "Show the cases that pass, too.")
    var verbose = false

    func run() throws {
      var tally = CaseTally(isVerbose: verbose)
      for file in files {
        for result in try RuleFiles.test(file).run() {
          tally.add("\(file): \(result.test): \(result.subject)", failure: result.failure)
        }
      }
      try tally.finish()
    }
  }
}

/// Reading rule files and their tests from disk.
enum RuleFiles {
  /// A test file, with the rule files that it names.
  static func test(_ path: String) throws -> RuleTestRun {
    let file = try read(RuleTestFile.self, path)
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var rules: [RuleFile] = []
    for pattern in file.ruleFiles {
      let paths = PathPattern.matches(pattern.hasPrefix("/") ? pattern : directory + "/" + pattern)
      guard !paths.isEmpty else {
        throw Failure(.environment, "\(path) names the rule file \"\(pattern)\", and there is no such file.")
      }
      for rulePath in paths { rules.append(try read(RuleFile.self, rulePath)) }
    }
    do { return try RuleTestRun(file, rules: rules) } catch { throw Failure(.usage, "\(path): \(error)") }
  }

  private static func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Failure(.environment, "\(path) cannot be read.")
    }
    do { return try YAMLDecoder().decode(type, from: String(decoding: data, as: UTF8.self)) } catch {
      throw Failure(.usage, "\(path) cannot be used: \(explain(error))")
    }
  }

  /// A decoding error as a sentence with the place of the mistake.
  static func explain(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context): return "\(place(context)) lacks \"\(key.stringValue)\"."
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return "\(place(context)) is not of the type that belongs there (\(type))."
    case .dataCorrupted(let context):
      if let cause = context.underlyingError { return "\(cause)" }
      return "\(place(context)): \(context.debugDescription)."
    @unknown default: return "\(error)"
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    "/" + context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "/")
  }
}

/// Paths with `*` and `?`.
enum PathPattern {
  /// The files that there are, sorted.
  static func matches(_ pattern: String) -> [String] {
    let isPattern = pattern.contains { $0 == "*" || $0 == "?" }
    if !isPattern { return FileManager.default.fileExists(atPath: pattern) ? [pattern] : [] }
    let folder = URL(fileURLWithPath: pattern).deletingLastPathComponent().path
    let name = URL(fileURLWithPath: pattern).lastPathComponent
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { fits(Array($0)[...], Array(name)[...]) }.sorted().map { folder + "/" + $0 }
  }

  private static func fits(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return fits(text, pattern.dropFirst()) || !text.isEmpty && fits(text.dropFirst(), pattern)
    }
    guard let character = text.first, first == "?" || first == character else { return false }
    return fits(text.dropFirst(), pattern.dropFirst())
  }
}
