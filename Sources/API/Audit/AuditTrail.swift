import Hummingbird
import Logging
import Model
import Ports

/// Writes each change, made or refused, into the audit log before it is answered. While the log cannot be written, no
/// change is made.
struct AuditTrail: RouterMiddleware {
  typealias Context = ServerContext

  let log: AuditLog?
  let time: any TimeSource
  let exporters: Set<String>

  func handle(
    _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    guard let log, let need = context.need(of: request, exporters: exporters), need.isChange else {
      return try await next(request, context)
    }
    if let fault = log.fault {
      context.logger.error("audit log not written", metadata: ["error": "\(fault)"])
      return try JSONAnswer.error(
        .serviceUnavailable, code: "audit_unavailable",
        message: "The audit log cannot be written, and no change is made without it; the server's log says why.")
    }
    let note = AuditNote()
    let response = try await AuditNote.$current.withValue(note) { try await next(request, context) }
    if let entry = entry(note.contents, request, context, response.status.code) {
      do { try log.append(entry) } catch {
        context.logger.error(
          "audit log not written",
          metadata: ["error": "\(error)", "call": "\(entry.call)", "name": "\(entry.name ?? "")"])
      }
    }
    return response
  }

  private func entry(
    _ told: AuditNote.Contents, _ request: Request, _ context: ServerContext, _ status: Int
  ) -> AuditEntry? {
    guard !told.isForgotten else { return nil }
    var entry = AuditEntry(
      at: time.now(), call: "\(request.method.rawValue) \(request.uri.path.prefix(AuditNote.messageLength))",
      outcome: .init(status: status), status: status)
    entry.name = told.principal?.name
    entry.role = told.principal?.role
    entry.proof = told.principal?.proof.rawValue
    entry.from = context.remoteAddress?.ipAddress
    entry.order = told.order
    entry.reason = told.reason
    entry.code = told.code
    entry.message = told.message
    return entry
  }
}

/// `GET /api/v1/audit`.
struct AuditRoutes: Sendable {
  let log: AuditLog?

  func add(to group: some RouterMethods<ServerContext>) {
    group.get("/audit") { request, _ in
      try await JSONAnswer.of {
        let parameters = try? QueryParameters.form(request.uri.query ?? "")
        let text = parameters?.first { $0.name == "limit" }?.value ?? "100"
        guard let limit = Int(text), (1...ServerLimits.events).contains(limit) else {
          throw RefusedCall.invalid("\"limit\" must be 1 to \(ServerLimits.events), not \"\(text.prefix(100))\".")
        }
        return try JSONAnswer.ok(AuditList(entries: try log?.recent(limit) ?? []))
      }
    }
  }
}
