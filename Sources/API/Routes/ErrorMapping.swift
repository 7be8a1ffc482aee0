import HTTPTypes
import Ports

/// The one table from what went wrong to an HTTP status.
extension OperationError.Code {
  var httpStatus: HTTPResponse.Status {
    switch self {
    case .invalid: .badRequest
    case .notFound: .notFound
    case .conflict: .conflict
    case .refused: .unprocessableContent
    case .unavailable: .serviceUnavailable
    }
  }
}
