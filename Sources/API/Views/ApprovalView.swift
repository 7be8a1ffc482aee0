public import Model

/// An order that needs somebody's word, for people.
public struct ApprovalView: Codable, Sendable, Equatable {
  /// By which it is approved or rejected.
  public var id: ApprovalID
  /// What was ordered.
  public var kind: Approval.Kind
  /// The pool that it concerns.
  public var pool: PoolName
  /// The pool's name, or the worker's.
  public var subject: String
  /// What is asked for.
  public var sentence: String
  /// Who asks.
  public var askedBy: String
  /// When it was asked.
  public var askedAt: Instant
  /// Why, in the words of whoever asks.
  public var purpose: String?
  /// After this it can no longer be approved.
  public var deadline: Instant
  /// What it would cost at most, in the configured currency.
  public var addedCost: Money?
  /// Whether it waits, or what became of it.
  public var state: Approval.State
  /// Who had the last word.
  public var decidedBy: String?
  /// When.
  public var decidedAt: Instant?
  /// Why.
  public var answer: String?
  /// The request that it is served as; of `scale`.
  public var request: RequestID?

  /// The view of an approval.
  public init(_ approval: Approval) {
    id = approval.id
    kind = approval.kind
    pool = approval.pool
    subject = approval.subject
    sentence = approval.sentence
    askedBy = approval.askedBy
    askedAt = approval.askedAt
    purpose = approval.purpose
    deadline = approval.deadline
    addedCost = approval.addedCost
    state = approval.state
    decidedBy = approval.decidedBy
    decidedAt = approval.decidedAt
    answer = approval.answer
    request = approval.request?.id
  }
}

/// The answer of `GET /api/v1/approvals`.
public struct ApprovalList: Codable, Sendable, Equatable {
  /// Those that wait, the oldest first.
  public var approvals: [ApprovalView]

  /// A list of them.
  public init(approvals: [ApprovalView]) { self.approvals = approvals }
}
