import Foundation
import Testing

@testable import poolkeeper

/// The manual page is made of the commands, so that it cannot lag behind them; what is left to hold is that it is whole and
/// that man understands it.
@Suite struct ManualPageTests {
  private static func page() throws -> String {
    ManualPage(try CommandDescription.all(), version: Poolkeeper.version).text
  }

  @Test func hasEveryCommandWithEveryOptionThatHelpShows() throws {
    let page = try Self.page()
    var commands = 0
    func look(_ command: CommandDescription, _ names: [String]) {
      guard command.shouldDisplay, names != ["help"] else {
        #expect(!page.contains(".Ss \(names.joined(separator: " "))\n"))
        return
      }
      if let below = command.subcommands {
        for subcommand in below { look(subcommand, names + [subcommand.commandName]) }
        return
      }
      commands += 1
      let title = ".Ss \(names.joined(separator: " "))\n"
      guard let begin = page.range(of: title)?.upperBound else {
        Issue.record("the page lacks \(names)")
        return
      }
      let rest = page[begin...]
      let section = rest.range(of: "\n.Ss ").map { rest[..<$0.lowerBound] } ?? rest
      for argument in command.arguments ?? [] where argument.shouldDisplay {
        for name in argument.names ?? [] where !["help", "h", "version"].contains(name.name) {
          let flag = "Fl \(name.kind == "long" ? "-" : "")\(name.name)"
          #expect(section.contains(flag), "\(names) lacks \(flag)")
        }
      }
    }
    look(try CommandDescription.all(), [])
    #expect(commands > 15)
  }

  @Test func tellsTheExitCodesOfTheTable() throws {
    let page = try Self.page()
    for kind in [Failure.Kind.failed, .notFound, .unreachable, .environment, .usage] {
      #expect(page.contains("\n.It \(kind.rawValue)\n"))
    }
  }

  @Test func isUnderstoodByMandocWithoutAWarning() async throws {
    guard let mandoc = Packaging.tool("mandoc") else { return }
    try await Bench.withDirectory { directory in
      let file = directory.appendingPathComponent("poolkeeper.1").path
      let written = try await Packaging.run(Bench.poolkeeper, ["manual"])
      try #require(written.code == 0)
      try written.text.write(toFile: file, atomically: true, encoding: .utf8)
      #expect(written.text == (try Self.page()) + "\n")
      let lint = try await Packaging.run(mandoc, ["-T", "lint", "-W", "warning", file])
      #expect(lint.code == 0 && lint.text.isEmpty, "\(lint.text)")
      let shown = try await Packaging.run(mandoc, ["-T", "ascii", "-O", "width=100", file])
      #expect(shown.text.contains("POOLKEEPER(1)") && shown.text.contains("poolkeeper demo"), "\(shown.text)")
    }
  }

  @Test func takesNothingInATextForTheLanguagesOwnSigns() throws {
    let text = #"{"command":{"commandName":"x","shouldDisplay":true,"discussion":".Sh no\\section","subcommands":[]}}"#
    let program = try JSONDecoder().decode(CommandDescription.Tool.self, from: Data(text.utf8)).command
    let page = ManualPage(program, version: "1").text
    #expect(page.contains("\n\\&.Sh no\\esection\n"), "\(page)")
  }
}
