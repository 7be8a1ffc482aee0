/// An answer of the API server that is no object: a refusal, or the success of a deletion.
struct APIStatus: Error, Sendable {
  var code: Int
  /// Empty for a success.
  var reason: String
  var message: String
  var details: ManifestValue?
  /// In `details` and in the header Retry-After.
  var retryAfter: Int?
  /// With which a list can be gone on with, though no longer as of one moment.
  var nextPage: String?

  init(_ code: Int, _ reason: String, _ message: String, details: ManifestValue? = nil) {
    self.code = code
    self.reason = reason
    self.message = message
    self.details = details
  }

  var manifest: ManifestValue {
    var details = details
    if let retryAfter {
      var changed = details ?? .empty
      changed["retryAfterSeconds"] = .integer(Int64(retryAfter))
      details = changed
    }
    return .fields([
      "kind": "Status", "apiVersion": "v1", "metadata": .fields(["continue": nextPage.map { .text($0) }]),
      "status": .text(code < 400 ? "Success" : "Failure"), "message": message.isEmpty ? nil : .text(message),
      "reason": reason.isEmpty ? nil : .text(reason), "details": details, "code": .integer(Int64(code)),
    ])
  }
}

extension APIStatus {
  static let unauthorized = APIStatus(401, "Unauthorized", "Unauthorized")
  static let noSuchResource = APIStatus(
    404, "NotFound", "the server could not find the requested resource", details: .empty)

  static func success(_ kind: ResourceKind, _ name: String, uid: String) -> APIStatus {
    APIStatus(200, "", "", details: kind.details(of: name, uid: uid))
  }

  static func notFound(_ kind: ResourceKind, _ name: String) -> APIStatus {
    APIStatus(404, "NotFound", "\(kind.qualified) \"\(name)\" not found", details: kind.details(of: name))
  }

  static func alreadyExists(_ kind: ResourceKind, _ name: String) -> APIStatus {
    APIStatus(409, "AlreadyExists", "\(kind.qualified) \"\(name)\" already exists", details: kind.details(of: name))
  }

  /// - Parameter why: without it: somebody else was faster.
  static func conflict(_ kind: ResourceKind, _ name: String, why: String? = nil) -> APIStatus {
    let usual = "the object has been modified; please apply your changes to the latest version and try again"
    return APIStatus(
      409, "Conflict", "Operation cannot be fulfilled on \(kind.qualified) \"\(name)\": \(why ?? usual)",
      details: kind.details(of: name))
  }

  static func invalid(
    _ kind: ResourceKind, _ name: String, field: String, _ message: String, cause: String = "FieldValueInvalid"
  ) -> APIStatus {
    var details = kind.details(of: name)
    details["kind"] = .text(kind.kind)
    details["causes"] = [["reason": .text(cause), "message": .text(message), "field": .text(field)]]
    let title = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
    return APIStatus(422, "Invalid", "\(title) \"\(name)\" is invalid: \(field): \(message)", details: details)
  }

  static func badRequest(_ message: String) -> APIStatus { APIStatus(400, "BadRequest", message) }

  static func forbidden(_ kind: ResourceKind, _ name: String, _ why: String) -> APIStatus {
    APIStatus(
      403, "Forbidden", "\(kind.qualified) \"\(name)\" is forbidden: \(why)", details: kind.details(of: name))
  }

  static func methodNotAllowed() -> APIStatus {
    APIStatus(
      405, "MethodNotAllowed", "the server does not allow this method on the requested resource", details: .empty)
  }

  static func unsupportedMedia(_ accepted: [String]) -> APIStatus {
    APIStatus(
      415, "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: "
        + accepted.joined(separator: ", "))
  }

  static let notAcceptable = APIStatus(
    406, "NotAcceptable", "only the following media types are accepted: application/json")

  static func expired(_ message: String) -> APIStatus { APIStatus(410, "Expired", message) }

  static func tooOld(_ version: Int, oldest: Int) -> APIStatus {
    expired("too old resource version: \(version) (\(oldest))")
  }

  static func internalError(_ message: String) -> APIStatus {
    APIStatus(
      500, "InternalError", "Internal error occurred: \(message)", details: ["causes": [["message": .text(message)]]])
  }
}
