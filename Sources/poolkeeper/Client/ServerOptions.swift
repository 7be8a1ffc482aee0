import ArgumentParser
import Foundation
import HTTPTransport

/// Where the running server is, how it is known, and how we are known to it.
struct ConnectionOptions: ParsableArguments {
  @Option(name: .long, help: "The server's address; POOLKEEPER_URL stands in when it is not given.")
  var server: String?
  @Option(
    name: .long,
    help: "File that holds the token; POOLKEEPER_TOKEN_FILE, or the token itself in POOLKEEPER_TOKEN, stands in.",
    completion: .file())
  var tokenFile: String?
  @Option(
    name: .long,
    help: "PEM file of the only authorities that the server's certificate may come from; POOLKEEPER_CA_FILE stands in.",
    completion: .file())
  var caFile: String?
  @Option(name: .long, help: "PEM file of a certificate to show to the server.", completion: .file())
  var clientCertificate: String?
  @Option(name: .long, help: "PEM file of that certificate's key.", completion: .file())
  var clientKey: String?
  @Flag(name: .long, help: "Send the token over http:// to another machine all the same.")
  var allowPlaintext = false

  var url: String { server ?? Self.variable("POOLKEEPER_URL") ?? "http://127.0.0.1:9095" }

  /// Makes the client; reads the token now, so that a missing file is told before anything is sent.
  var client: APIClient {
    get throws {
      var configuration = HTTPClientConfiguration()
      if let path = caFile ?? Self.variable("POOLKEEPER_CA_FILE") {
        configuration.trust = .authorities(.file(try Self.readable(path)))
      }
      switch (clientCertificate, clientKey) {
      case (nil, nil): break
      case (let certificate?, let key?):
        configuration.identity = ClientIdentity(
          certificate: .file(try Self.readable(certificate)), key: .file(try Self.readable(key)))
      default: throw Failure(.usage, "--client-certificate and --client-key belong together.")
      }
      let token = try token()
      if token != nil, !allowPlaintext, let host = Self.plainHost(url), !Self.isLoopback(host) {
        throw Failure(
          .usage,
          "The token would go to \(host) without encryption. Use https://, or --allow-plaintext where the network is "
            + "encrypted.")
      }
      return APIClient(base: url, token: token, configuration)
    }
  }

  private func token() throws -> String? {
    guard let path = tokenFile ?? Self.variable("POOLKEEPER_TOKEN_FILE") else {
      return Self.variable("POOLKEEPER_TOKEN")?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw Failure(.environment, "The token in \(path) cannot be read: \(error.localizedDescription)")
    }
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty, !token.contains(where: \.isWhitespace) else {
      throw Failure(.usage, "\(path) holds no token: one line without spaces is expected.")
    }
    return token
  }

  private static func readable(_ path: String) throws -> String {
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw Failure(.environment, "\(path) cannot be read.")
    }
    return path
  }

  private static func variable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The host of a URL that is not encrypted.
  private static func plainHost(_ url: String) -> String? {
    guard let parts = URLComponents(string: url), parts.scheme?.lowercased() != "https" else { return nil }
    return parts.host ?? url
  }

  private static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127.")
  }
}

/// Where the running server is, and how the answer is to be shown.
struct ServerOptions: ParsableArguments {
  @OptionGroup var connection: ConnectionOptions

  @Option(name: .shortAndLong, help: "How to show the answer.")
  var output: OutputFormat = .table

  var url: String { connection.url }
  var client: APIClient { get throws { try connection.client } }
}

/// How an answer is shown.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}
