import HTTPTypes
import Hummingbird
import Model
import Ports

/// `/api/v1/approvals`: orders that wait for somebody's word.
struct ApprovalRoutes: Sendable {
  let operations: any Operations

  func add(to group: some RouterMethods<ServerContext>) {
    group.get("/approvals") { _, _ in
      try JSONAnswer.ok(ApprovalList(approvals: await operations.approvals().map(ApprovalView.init)))
    }
    group.post("/approvals/:approval/approve") { request, context in
      try await JSONAnswer.of {
        let actor = context.actor(try await answer(request).reason)
        let approval = try await operations.approve(ApprovalID(context.path("approval")), by: actor)
        return try JSONAnswer.ok(ApprovalView(approval))
      }
    }
    group.post("/approvals/:approval/reject") { request, context in
      try await JSONAnswer.of {
        let actor = context.actor(try await answer(request).reason)
        let approval = try await operations.reject(ApprovalID(context.path("approval")), by: actor)
        return try JSONAnswer.ok(ApprovalView(approval))
      }
    }
  }

  private func answer(_ request: Request) async throws -> AnswerBody {
    let body = try await ControlBody.decode(AnswerBody.self, request)
    if let reason = body.reason, reason.utf8.count > ServerLimits.reasonBytes {
      throw RefusedCall.invalid("\"reason\" has more than \(ServerLimits.reasonBytes) bytes; say it in fewer words.")
    }
    return body
  }
}

extension AnswerBody: ControlBodyFields {
  static var keys: [String] { ["reason"] }
  static var example: String { #"{"reason":"agreed with the team"}"# }
  static var whenEmpty: AnswerBody? { AnswerBody() }
}
