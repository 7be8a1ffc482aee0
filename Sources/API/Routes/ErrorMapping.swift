import HTTPTypes
import Hummingbird
import Ports

/// The one table from what went wrong to an HTTP status and to the constant word of an answer.
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

  var word: String { JSONFormat.snakeCase(rawValue) }
}

/// A control call that was refused before `Operations` was asked.
struct RefusedCall: Error {
  let status: HTTPResponse.Status
  let code: String
  let message: String

  static func invalid(_ message: String) -> RefusedCall {
    RefusedCall(status: .badRequest, code: OperationError.Code.invalid.word, message: message)
  }
}

extension JSONAnswer {
  /// What `body` answers, or the answer to what it throws.
  static func of(_ body: () async throws -> Response) async throws -> Response {
    do { return try await body() } catch let error as RefusedCall {
      return try self.error(error.status, code: error.code, message: error.message)
    } catch let error as AuditLog.Fault {
      return try self.error(.internalServerError, code: "audit_unavailable", message: error.description)
    } catch let error as OperationError {
      return try self.error(error.code.httpStatus, code: error.code.word, message: error.message)
    } catch let error as PortError {
      let code = JSONFormat.snakeCase(error.code.rawValue)
      return try self.error(.serviceUnavailable, code: code, message: error.message)
    }
  }
}
