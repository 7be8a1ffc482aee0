import ArgumentParser
import ConfigurationFile
import Foundation
import Ports

struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Report every problem of a configuration file at once, and with --connect of the systems that it names.",
    discussion: """
      Exit code 0 without errors, 64 with some. With --strict warnings count as errors. With --connect Proxmox, Talos, \
      Kubernetes and the metrics are asked whether they answer and whether the rights suffice; nothing is changed. Exit \
      code 1 when something is missing there.
      """)

  @Argument(help: "The configuration file.")
  var file: String = "config/worker-pools.json"
  @Flag(name: .long, help: "Let warnings fail the check.")
  var strict = false
  @Flag(name: .long, help: "Ask the systems, too: can they be reached, and do the rights suffice?")
  var connect = false
  @Option(name: .shortAndLong, help: "How to show the problems.")
  var output: OutputFormat = .table

  func run() async throws {
    let outcome = try ConfigurationLoading.read(file)
    var lines: [ConnectionCheck.Line]?
    if connect, let configuration = outcome.configuration {
      lines = await ConnectionCheck(configuration: configuration).lines()
    }
    switch output {
    case .json: Console.out(try Self.json(outcome.problems, lines))
    case .table: show(outcome, lines)
    }
    let failed = outcome.configuration == nil || (strict && !outcome.problems(.warning).isEmpty)
    if failed { throw ExitCode(Failure.Kind.usage.rawValue) }
    if lines?.contains(where: { $0.outcome == .missing }) == true { throw ExitCode(Failure.Kind.failed.rawValue) }
  }

  private func show(_ outcome: ConfigurationReader.Outcome, _ lines: [ConnectionCheck.Line]?) {
    for problem in outcome.problems { Console.out("\(problem)") }
    let counts = Problem.Severity.allCases.map { "\(outcome.problems($0).count) \($0.rawValue)(s)" }
    Console.out("\(file): " + counts.joined(separator: ", "))
    guard let lines else {
      if connect { Console.out("The systems are asked when the file has no errors.") }
      return
    }
    var table = Table(["System", "", "What was found"])
    for line in lines {
      table.add([line.system, Self.word(line.outcome), line.sentence])
      if let remedy = line.remedy { table.add(["", "", "→ \(remedy)"]) }
    }
    Console.out("\n" + table.text)
  }

  private static func word(_ outcome: ConnectionFinding.Outcome) -> String {
    switch outcome {
    case .fine: "ok"
    case .unknown: "note"
    case .missing: "MISSING"
    }
  }

  /// Without `--connect` the list of problems, as ever.
  private static func json(_ problems: [Problem], _ lines: [ConnectionCheck.Line]?) throws -> String {
    struct Both: Encodable {
      var problems: [Problem]
      var connections: [ConnectionCheck.Line]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let bytes = try lines.map { try encoder.encode(Both(problems: problems, connections: $0)) }
    return String(decoding: try bytes ?? encoder.encode(problems), as: UTF8.self)
  }
}
