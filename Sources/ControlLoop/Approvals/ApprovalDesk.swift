import Decision
import Model
import Ports

/// Orders that wait for somebody's word: which there are, and what becomes of them. Pure.
enum ApprovalDesk {
  /// Orders that wait at one time; further ones are refused.
  static let waiting = 200
  /// Answered ones that are kept, so that an answer that is sent again is known.
  static let answered = 200

  /// Adds one.
  static func add(_ approval: Approval, to desk: inout Correspondence) {
    desk.approvals.append(approval)
    let done = desk.approvals.filter { $0.state != .waiting }.map(\.id)
    let surplus = Set(done.prefix(max(0, done.count - answered)))
    desk.approvals.removeAll { surplus.contains($0.id) }
  }

  /// Closes those that nobody has answered in time, and those whose worker is gone.
  static func close(_ desk: inout Correspondence, workers: [WorkerRecord], now: Instant) -> [JournalEvent] {
    var events: [JournalEvent] = []
    for index in desk.approvals.indices where desk.approvals[index].state == .waiting {
      let approval = desk.approvals[index]
      let isGone = approval.worker.map { id in !workers.contains { $0.id == id && !$0.state.isLeaving } } ?? false
      guard isGone || approval.deadline <= now else { continue }
      desk.approvals[index].state = .expired
      desk.approvals[index].decidedAt = now
      let why =
        isGone ? "\(approval.subject) is leaving" : "nobody has answered since \(approval.askedAt)"
      desk.approvals[index].answer = why
      events.append(
        event("approval_expired", approval, "\(approval.sentence) This is closed unanswered: \(why).", at: now))
    }
    return events
  }

  static func event(_ code: String, _ approval: Approval, _ sentence: String, at now: Instant) -> JournalEvent {
    JournalEvent(at: now, subject: "approval", name: approval.id.rawValue, code: code, sentence: sentence)
  }

  /// Lines of the report; `nil` when nothing waits.
  static func reports(_ desk: Correspondence, policy: Policy) -> [ApprovalReport]? {
    let waiting = desk.approvals.filter { $0.state == .waiting }
    guard !waiting.isEmpty else { return nil }
    return waiting.map { approval in
      var data = ["asked_by": approval.askedBy, "deadline": approval.deadline.description]
      if let cost = approval.addedCost { data["added_cost"] = "\(cost)" }
      return ApprovalReport(
        approval,
        reason: Reason(
          ReasonCode.approvalWaits.rawValue,
          "\(approval.sentence) It waits for approval until \(approval.deadline).",
          remedy: "poolkeeper approve \(approval.id), or poolkeeper reject \(approval.id).", data: data))
    }
  }
}
