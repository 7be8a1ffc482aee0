import HTTPTypes
import Hummingbird
public import Ports

/// `POST /-/reload` (also `PUT`, as Prometheus has it): reads the configuration again.
struct ReloadRoute: Sendable {
  let reload: (@Sendable (_ actor: String) async -> ReloadAnswer)?

  func add(to group: some RouterMethods<ServerContext>) {
    group.post("/reload") { _, context in try await answer(context) }
    group.put("/reload") { _, context in try await answer(context) }
  }

  private func answer(_ context: ServerContext) async throws -> Response {
    guard let reload else {
      return try JSONAnswer.error(
        .serviceUnavailable, code: "unavailable",
        message: "This program does not read its configuration again: stop it, and start it anew.")
    }
    let answer = await reload(context.actor().name)
    guard answer.result == .refused else { return try JSONAnswer.ok(answer) }
    let error = ErrorView.Body(code: "invalid_configuration", message: answer.sentence)
    return try JSONAnswer.make(.unprocessableContent, RefusedReload(error: error, reload: answer))
  }
}

/// A reload that changed nothing, because what was read cannot be used.
public struct RefusedReload: Sendable, Codable, Equatable {
  /// As other refused calls tell it.
  public var error: ErrorView.Body
  /// All that was found.
  public var reload: ReloadAnswer
}
