/// What somebody may ask of the running program.
public enum Role: String, Sendable, Codable, Hashable, CaseIterable {
  /// Deliver samples and alerts, and nothing else.
  case ingest
  /// Look at everything but the audit log.
  case read
  /// Look, and order, extend, remove and approve workers.
  case operate
  /// Everything.
  case admin

  /// Whether somebody with this role may make a call that needs `need`. Who delivers samples reads nothing, and who
  /// operates delivers none: a stolen token does what its owner's task is, no more.
  public func allows(_ need: Role) -> Bool {
    switch self {
    case .ingest: need == .ingest
    case .read: need == .read
    case .operate: need == .read || need == .operate
    case .admin: true
    }
  }
}
