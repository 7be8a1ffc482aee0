import API
import ArgumentParser
import Foundation
import Ports

struct Reload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let the server read its configuration again.",
    discussion: """
      All of it is checked first; with an error in it everything stays as it was, and the exit code is 1. Keys that the \
      running program cannot change are named, and hold from its next start on.
      """)

  @OptionGroup var server: ServerOptions

  func run() async throws {
    let answer = try await server.client.send("POST", "/-/reload", as: ReloadAnswer.self) { data in
      try? JSONFormat.decoder().decode(RefusedReload.self, from: data).reload
    }
    switch server.output {
    case .json: Console.out(answer.text)
    case .table: Console.out(ReloadText.text(answer.value))
    }
    if answer.value.result == .refused { throw ExitCode(Failure.Kind.failed.rawValue) }
  }
}

/// A reload as text for a person.
enum ReloadText {
  static func text(_ answer: ReloadAnswer) -> String {
    var lines = [answer.sentence]
    if answer.changed.count > Reloader.namedKeys { lines += ["", "Taken over:"] + answer.changed.map { "  \($0)" } }
    lines += problems(answer)
    return lines.joined(separator: "\n")
  }

  /// What of the configuration a status has to tell; nothing while the file is in effect as it is.
  static func lines(_ standing: ConfigurationStanding) -> [String] {
    var lines: [String] = []
    if let refused = standing.refused {
      lines.append("\(refused.sentence) (read \(refused.at), asked by \(refused.by))")
      lines += problems(refused)
    }
    if !standing.needsRestart.isEmpty {
      lines.append("From the next start on: \(standing.needsRestart.joined(separator: ", "))")
    }
    return lines
  }

  private static func problems(_ answer: ReloadAnswer) -> [String] {
    answer.problems.filter { $0.severity != "note" }.map { problem in
      let place = problem.line.map { " (\($0):\(problem.column ?? 1))" } ?? ""
      let pointer = problem.pointer.isEmpty ? "the file" : problem.pointer
      return "  \(problem.severity) \(pointer)\(place): \(problem.message) \(problem.remedy) [\(problem.code)]"
    }
  }
}
