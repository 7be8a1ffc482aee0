/// A method of a path: what it takes, who may call it, and what it answers.
struct ProxmoxEndpoint: Sendable {
  /// Privileges that the caller needs on a path; parameters stand in braces.
  struct Requirement: Sendable {
    var path: String
    var anyOf: [String]

    init(_ path: String, _ anyOf: String...) {
      self.path = path
      self.anyOf = anyOf
    }
  }

  var method: String
  /// As the schema writes it.
  var path: String
  /// Under which faults are asked for.
  var operation: String
  var parameters: [ProxmoxParameter]
  var requirements: [Requirement]
  /// Whether it answers also who has no ticket.
  var isOpen = false
  var answer: @Sendable (ProxmoxCall) throws -> ProxmoxResult

  /// All that are served.
  static let all: [ProxmoxEndpoint] = cluster + nodes + machines + cloning + configuration + power + tasks + accesses

  /// A read.
  static func get(
    _ path: String, _ parameters: [ProxmoxParameter] = [], _ requirements: Requirement...,
    answer: @escaping @Sendable (ProxmoxCall) throws -> WireJSON
  ) -> ProxmoxEndpoint {
    ProxmoxEndpoint(
      method: "GET", path: path, operation: "read", parameters: parameters, requirements: requirements
    ) { ProxmoxResult(try answer($0)) }
  }

  /// A change.
  static func change(
    _ method: String, _ path: String, _ operation: String, _ parameters: [ProxmoxParameter],
    _ requirements: Requirement..., answer: @escaping @Sendable (ProxmoxCall) throws -> WireJSON
  ) -> ProxmoxEndpoint {
    ProxmoxEndpoint(
      method: method, path: path, operation: operation, parameters: parameters, requirements: requirements
    ) { ProxmoxResult(try answer($0)) }
  }

  /// The endpoint of a path, with what stands in the places of its braces.
  static func find(
    _ method: String, _ path: [String]
  ) -> (endpoint: ProxmoxEndpoint, arguments: [String: String])? {
    for endpoint in all where endpoint.method == method {
      let pattern = endpoint.path.split(separator: "/")
      guard pattern.count == path.count else { continue }
      var arguments: [String: String] = [:]
      let matches = zip(pattern, path).allSatisfy { expected, actual in
        guard expected.hasPrefix("{") else { return expected == actual }
        arguments[String(expected.dropFirst().dropLast())] = actual
        return true
      }
      if matches { return (endpoint, arguments) }
    }
    return nil
  }
}
