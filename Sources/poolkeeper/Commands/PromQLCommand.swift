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
      var passed = 0
      var failed = 0
      for file in files {
        guard let data = FileManager.default.contents(atPath: file) else {
          throw Failure(.environment, "\(file) cannot be read.")
        }
        for result in PromQLScript(String(decoding: data, as: UTF8.self), file: file).run() {
          if let failure = result.failure {
            failed += 1
            Console.out("FAIL \(result.file):\(result.line): \(result.expression)\n     \(failure)")
          } else {
            passed += 1
            if verbose { Console.out("pass \(result.file):\(result.line): \(result.expression)") }
          }
        }
      }
      Console.out("\(passed) passed, \(failed) failed")
      if failed > 0 { throw ExitCode(Failure.Kind.failed.rawValue) }
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
