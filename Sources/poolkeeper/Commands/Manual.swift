import ArgumentParser
import Foundation

/// Writes the manual page, which packages are made with. Hidden: people read it with `man poolkeeper`.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the manual page of all commands, for man.", shouldDisplay: false)

  func run() throws {
    Console.out(ManualPage(try CommandDescription.all(), version: Poolkeeper.version).text)
  }
}

/// A command as the argument parser describes it.
struct CommandDescription: Decodable {
  struct Tool: Decodable { var command: CommandDescription }

  struct Argument: Decodable {
    struct Name: Decodable {
      /// `short`, `long` or `longWithSingleDash`.
      var kind: String
      var name: String
    }

    /// `positional`, `option` or `flag`.
    var kind: String
    var shouldDisplay: Bool
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var allValues: [String]?
    var abstract: String?
  }

  var commandName: String
  var shouldDisplay: Bool
  var abstract: String?
  var discussion: String?
  var subcommands: [CommandDescription]?
  var arguments: [Argument]?

  /// The program with all its commands.
  static func all() throws -> CommandDescription {
    try JSONDecoder().decode(Tool.self, from: Data(Poolkeeper._dumpHelp().utf8)).command
  }
}
