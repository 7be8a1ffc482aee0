import HTTPTransport
import Ports

extension PortError {
  /// The one table from what the transport says to what the loop understands.
  init(_ error: HTTPTransportError, server: String) {
    let code: Code =
      switch error.code {
      case .unreachable, .timedOut, .interrupted: .unreachable
      case .untrusted: .forbidden
      case .overloaded: .throttled
      case .invalidRequest, .responseTooLarge: .invalid
      case .cancelled, .closed: .unavailable
      }
    self.init(
      code, "\(server) gives no answer: \(error.message)", operation: PrometheusMetricSource.operation)
  }
}
