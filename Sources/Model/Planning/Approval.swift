/// An order that waits for somebody's word before it is served.
public struct Approval: Hashable, Sendable, Codable {
  /// What was ordered.
  public enum Kind: String, Sendable, Codable, Hashable, CaseIterable {
    /// Workers of a pool.
    case scale
    /// A longer life of a worker.
    case extend
  }

  /// From `waiting` to one of the others, which are final.
  public enum State: String, Sendable, Codable, Hashable, CaseIterable {
    case waiting, approved, rejected
    /// Nobody answered before its deadline, or what it is about is gone.
    case expired
  }

  public var id: ApprovalID
  public var kind: Kind
  public var pool: PoolName
  /// The pool's name, or the worker's.
  public var subject: String
  /// What is asked for, in one sentence.
  public var sentence: String
  public var askedBy: String
  public var askedAt: Instant
  /// Why, in the words of whoever asked; `nil`: nothing was said.
  public var purpose: String?
  /// After this it can no longer be approved.
  public var deadline: Instant
  /// What it would cost at most, by the prices of when it was asked.
  public var addedCost: Money?
  public var state: State
  /// Who gave the last word, when, and why; `nil` while it waits.
  public var decidedBy: String?
  public var decidedAt: Instant?
  public var answer: String?
  /// What is served once it is approved; of `scale`.
  public var request: ScaleRequest?
  /// Whose life is to be longer, and by how much; of `extend`.
  public var worker: WorkerID?
  public var length: Duration?

  public init(
    id: ApprovalID, _ kind: Kind, pool: PoolName, subject: String, askedAt: Instant, deadline: Instant
  ) {
    self.id = id
    self.kind = kind
    self.pool = pool
    self.subject = subject
    self.askedAt = askedAt
    self.deadline = deadline
    sentence = ""
    askedBy = ""
    state = .waiting
  }
}
