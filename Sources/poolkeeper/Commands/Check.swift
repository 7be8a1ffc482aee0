import ArgumentParser
import ConfigurationFile
import Foundation

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Report every problem of a configuration file at once.",
    discussion: "Exit code 0 without errors, 64 with some. With --strict warnings count as errors.")

  @Argument(help: "The configuration file.")
  var file: String = "config/worker-pools.json"
  @Flag(name: .long, help: "Let warnings fail the check.")
  var strict = false
  @Option(name: .shortAndLong, help: "How to show the problems.")
  var output: OutputFormat = .table

  func run() throws {
    let outcome = try ConfigurationLoading.read(file)
    switch output {
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      Console.out(String(decoding: try encoder.encode(outcome.problems), as: UTF8.self))
    case .table:
      for problem in outcome.problems { Console.out("\(problem)") }
      let counts = Problem.Severity.allCases.map { "\(outcome.problems($0).count) \($0.rawValue)(s)" }
      Console.out("\(file): " + counts.joined(separator: ", "))
    }
    let failed = outcome.configuration == nil || (strict && !outcome.problems(.warning).isEmpty)
    if failed { throw ExitCode(Failure.Kind.usage.rawValue) }
  }
}
