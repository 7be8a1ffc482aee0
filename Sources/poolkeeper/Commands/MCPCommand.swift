import ArgumentParser
import Foundation
import MCP

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct MCPCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp", abstract: "Serve assistants over the Model Context Protocol, on standard input and output.",
    discussion: """
      An assistant starts this program and asks a running server through it. It can ask for the status, plans, \
      explanations, metrics, workers and events; with --allow-changes it can also order workers, extend and remove them, \
      each time only after a confirmation. What is logged goes to standard error.
      """)

  @Flag(name: .long, help: "Offer the tools that change something; each asks for a confirmation.")
  var allowChanges = false
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let toolbox = Toolbox(
      api: OperatorOverHTTP(client: try connection.client), allowsChanges: allowChanges, now: { .now },
      token: { UUID().uuidString.lowercased() })
    Console.error(
      "poolkeeper \(Poolkeeper.version): serving the Model Context Protocol for \(connection.url), "
        + (allowChanges ? "changes allowed after confirmation" : "read-only"))
    let runner = ServerRunner(
      toolbox, name: "poolkeeper", title: "Poolkeeper", version: Poolkeeper.version, send: Console.out)
    await runner.run(DescriptorReader(STDIN_FILENO).lines(limit: ServerSession.maximumLine))
  }
}
