import ArgumentParser
import Foundation

/// Where the running server is.
struct ConnectionOptions: ParsableArguments {
  @Option(name: .long, help: "The server's address; POOLKEEPER_URL stands in when it is not given.")
  var server: String?

  var url: String {
    server ?? ProcessInfo.processInfo.environment["POOLKEEPER_URL"] ?? "http://127.0.0.1:9095"
  }

  var client: APIClient { APIClient(base: url) }
}

/// Where the running server is, and how the answer is to be shown.
struct ServerOptions: ParsableArguments {
  @OptionGroup var connection: ConnectionOptions

  @Option(name: .shortAndLong, help: "How to show the answer.")
  var output: OutputFormat = .table

  var url: String { connection.url }
  var client: APIClient { connection.client }
}

/// How an answer is shown.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}
