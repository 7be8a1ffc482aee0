import ArgumentParser
import Foundation
import PromQL

struct PromQLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promql", abstract: "Try PromQL without a server.", subcommands: [Test.self, Format.self])

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run test scripts of the upstream kind.")

    @Argument(help: "The scripts.")
    var files: [String]
    @Flag(name: .long, help: "Show the cases that pass, too.")
    var verbose = false

    func run() throws {
      var tally = CaseTally(isVerbose: verbose)
      for file in files {
        guard let data = FileManager.default.contents(atPath: file) else {
          throw Failure(.environment, "\(file) cannot be read.")
        }
        for result in PromQLScript(String(decoding: data, as: UTF8.self), file: file).run() {
          tally.add("\(result.file):\(result.line): \(result.expression)", failure: result.failure)
        }
      }
      try tally.finish()
    }
  }

  struct Format: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Write an expression in canonical notation.")

    @Argument(help: "The expression.")
    var expression: String

    func run() throws {
      do { Console.out(try PromQL.Query(parse: expression).format()) } catch {
        throw Failure(.usage, "\(error)")
      }
    }
  }
}
