import API
public import ArgumentParser
import Foundation
public import Model

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension Role: ExpressibleByArgument {}

struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Make tokens and passwords by which the server knows its callers.",
    subcommands: [NewToken.self, NewPassword.self])
}

/// An entry of `poolkeeper.server.access` for a person to copy.
private struct PrintedEntry: Encodable {
  var name: String
  var role: String
  var tokenSha256: String?
  var passwordHash: String?

  func show() throws {
    let encoder = JSONFormat.encoder()
    Console.out(String(decoding: try encoder.encode(self), as: UTF8.self))
  }
}

struct NewToken: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Make a bearer token.",
    discussion: """
      The first line is the token, which is nowhere else: give it to the caller. The second line is the entry for \
      poolkeeper.server.access or the access file, which holds its SHA-256 only.
      """)

  @Argument(help: "The caller's name, for events and the audit log.")
  var name: String
  @Option(name: .long, help: "What the caller may do: ingest, read, operate or admin.")
  var role: Role

  func run() throws {
    let token = AccessSecrets.newToken()
    Console.out(token)
    try PrintedEntry(name: name, role: role.rawValue, tokenSha256: AccessSecrets.hash(ofToken: token)).show()
  }
}

struct NewPassword: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "password", abstract: "Make the entry of a password, which is read from standard input.",
    discussion: "At a terminal the password is asked for and not shown. Programs should have tokens instead.")

  @Argument(help: "The user's name.")
  var name: String
  @Option(name: .long, help: "What the user may do: ingest, read, operate or admin.")
  var role: Role

  /// Characters of a password: below, guessing is too easy however slow each guess is.
  private static let shortest = 12
  /// Bytes.
  private static let longest = 1_024

  func run() throws {
    guard !name.contains(":") else { throw Failure(.usage, "A user's name has no colon.") }
    let isTerminal = isatty(STDIN_FILENO) == 1
    if isTerminal { Console.error("Password of \(name), \(Self.shortest) characters or more:") }
    guard let password = isTerminal ? Self.withoutEcho({ readLine() }) : readLine(), password.count >= Self.shortest,
      password.utf8.count <= Self.longest
    else {
      throw Failure(.usage, "A password has \(Self.shortest) characters at least, on one line.")
    }
    let hash = try AccessSecrets.hash(ofPassword: password)
    try PrintedEntry(name: name, role: role.rawValue, passwordHash: hash.text).show()
  }

  private static func withoutEcho(_ body: () -> String?) -> String? {
    var usual = termios()
    guard tcgetattr(STDIN_FILENO, &usual) == 0 else { return body() }
    var silent = usual
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSANOW, &silent)
    defer { tcsetattr(STDIN_FILENO, TCSANOW, &usual) }
    return body()
  }
}
