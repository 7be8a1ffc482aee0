import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Ports

/// `/api/v1/alertmanager`: alerts that ask for workers, as Alertmanager's webhook sends them.
struct AlertRoutes: Sendable {
  let operations: any Operations

  func add(to group: some RouterMethods<ServerContext>) {
    group.post("/alertmanager") { request, context in try await receive(request, context) }
  }

  private func receive(_ request: Request, _ context: ServerContext) async throws -> Response {
    try await JSONAnswer.of {
      let message = try await message(request)
      guard message.version == "4" else {
        throw RefusedCall.invalid(
          "\"version\" is \"\(message.version.prefix(20))\"; messages of version 4 are understood, which Alertmanager has "
            + "sent since 0.9.")
      }
      guard message.alerts.count <= ServerLimits.alerts else {
        throw RefusedCall.invalid(
          "\(message.alerts.count) alerts are more than \(ServerLimits.alerts); set max_alerts in the webhook's "
            + "configuration.")
      }
      let notices = message.alerts.map(\.notice)
      return try JSONAnswer.ok(try await operations.receive(alerts: notices, by: context.actor()))
    }
  }

  private func message(_ request: Request) async throws -> AlertMessage {
    let bytes: ByteBuffer
    do { bytes = try await request.body.collect(upTo: ServerLimits.alertBody) } catch is NIOTooManyBytesError {
      throw RefusedCall(
        status: .contentTooLarge, code: "too_large",
        message:
          "The body is larger than \(ServerLimits.alertBody) bytes; set max_alerts in the webhook's configuration.")
    } catch {
      throw RefusedCall.invalid("The body was cut off.")
    }
    do { return try JSONDecoder().decode(AlertMessage.self, from: Data(bytes.readableBytesView)) } catch {
      throw RefusedCall.invalid(
        "\(JSONFormat.explain(error, spelling: { $0 })) A message of Alertmanager's webhook is expected, version 4.")
    }
  }
}
