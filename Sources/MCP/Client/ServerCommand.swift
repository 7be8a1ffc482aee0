/// How a server of the Model Context Protocol is started. Its description does not show the secrets.
public struct ServerCommand: Sendable, CustomStringConvertible {
  /// A path; there is no search.
  public var program: String
  public var arguments: [String]
  /// All that the server gets to see, beside `secrets`; nothing is inherited.
  public var environment: [String: String]
  /// Variables whose values must not be read by anybody; taken out of all that the server says.
  public var secrets: [String: String]

  public init(
    program: String, arguments: [String] = [], environment: [String: String] = [:], secrets: [String: String] = [:]
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.secrets = secrets
  }

  public var description: String {
    "\(program) (\(environment.keys.sorted().joined(separator: ", ")); "
      + "\(secrets.count) \(secrets.count == 1 ? "secret" : "secrets"))"
  }
}
