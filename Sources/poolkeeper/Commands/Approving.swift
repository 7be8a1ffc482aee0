import API
import ArgumentParser
import Model

struct Approvals: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Orders that wait for approval.",
    discussion: "Which orders need one says the configuration: requires_approval of manual requests and of extensions.")

  @OptionGroup var server: ServerOptions

  func run() async throws {
    let answer = try await server.client.send("GET", "/api/v1/approvals", as: ApprovalList.self)
    guard server.output == .table else { return Console.out(answer.text) }
    Console.out(ApprovalText.table(answer.value.approvals))
  }
}

struct Approve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Approve an order, so that it is served.",
    discussion: "Budgets and limits are judged now; approving twice is approving once.")

  @Argument(help: "The order's id; 'poolkeeper approvals' lists those that wait.")
  var id: String
  @OptionGroup var server: ServerOptions

  func run() async throws {
    try await ApprovalText.answer("approve", id, AnswerBody(), server)
  }
}

struct Reject: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Reject an order, so that it is never served.")

  @Argument(help: "The order's id; 'poolkeeper approvals' lists those that wait.")
  var id: String
  @Option(name: .long, help: "Why, for whoever asked.")
  var reason: String?
  @OptionGroup var server: ServerOptions

  func run() async throws {
    try await ApprovalText.answer("reject", id, AnswerBody(reason: reason), server)
  }
}

/// Approvals as text for a person.
enum ApprovalText {
  static func table(_ approvals: [ApprovalView]) -> String {
    var table = Table(["ID", "KIND", "SUBJECT", "ASKED BY", "COST", "UNTIL", "WHAT"])
    for approval in approvals {
      table.add([
        approval.id.rawValue, approval.kind.rawValue, approval.subject, approval.askedBy,
        approval.addedCost?.description ?? "", String(approval.deadline.description.prefix(16)), approval.sentence,
      ])
    }
    return table.text
  }

  /// What became of an order, in one sentence.
  static func outcome(_ approval: ApprovalView) -> String {
    let by = approval.decidedBy.map { " by \($0)" } ?? ""
    return "\(approval.state.rawValue)\(by): \(approval.sentence)"
  }

  static func answer(_ call: String, _ id: String, _ body: AnswerBody, _ server: ServerOptions) async throws {
    let path = "/api/v1/approvals/\(APIClient.escape(id))/\(call)"
    let answer = try await server.client.send("POST", path, body: body, as: ApprovalView.self)
    Console.out(server.output == .json ? answer.text : outcome(answer.value))
  }
}
