import Ports

extension PortError {
  /// A client's error in the words of the ports.
  init(_ error: KubernetesError, operation: String) {
    let code: Code =
      switch error.code {
      case .unreachable: .unreachable
      case .uncertain: .uncertain
      case .unauthorized, .forbidden: .forbidden
      case .notFound: .notFound
      case .alreadyExists, .conflict: .conflict
      case .expired: .busy
      case .throttled: .throttled
      case .invalid: .invalid
      case .server, .malformed: .failed
      }
    self.init(code, error.message, operation: operation)
  }
}
