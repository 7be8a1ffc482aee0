public import Model

/// One change that somebody asked for, whether or not it was made.
public struct AuditEntry: Codable, Sendable, Equatable {
  /// What became of it.
  public enum Outcome: String, Codable, Sendable, CaseIterable {
    /// It was made, or ordered: the journal has it.
    case done
    /// Who asked may not, or it is wrong, or the policy forbids it.
    case refused
    /// Something was in the way.
    case failed

    init(status: Int) { self = status < 400 ? .done : status < 500 ? .refused : .failed }
  }

  /// When it was answered.
  public var at: Instant
  /// The access entry's name; `nil` where nobody was asked, or nobody known asked.
  public var name: String?
  public var role: Role?
  /// `token`, `password`, `certificate`, `session`; `nil` where nobody was asked, or nobody known asked.
  public var proof: String?
  /// The address; `nil` in process.
  public var from: String?
  /// Method and path as they were sent, without the query.
  public var call: String
  /// The order's own JSON, cut off after `AuditNote.orderLength` bytes; `nil` where there is none, or it was not looked at.
  public var order: String?
  /// Why, in the caller's words.
  public var reason: String?
  public var outcome: Outcome
  /// Of HTTP.
  public var status: Int
  /// The constant code of what was refused or failed.
  public var code: String?
  /// Its sentence.
  public var message: String?
}

/// The answer to `GET /api/v1/audit`.
public struct AuditList: Codable, Sendable, Equatable {
  /// The newest first.
  public var entries: [AuditEntry]

  /// A list of entries.
  public init(entries: [AuditEntry]) { self.entries = entries }
}
