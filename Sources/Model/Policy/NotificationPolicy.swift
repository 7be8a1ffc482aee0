/// Who is told of what.
public struct NotificationPolicy: Hashable, Sendable, Codable {
  /// One receiver, as far as it matters for what it is told.
  public struct Receiver: Hashable, Sendable, Codable {
    public var name: String
    /// Sorted.
    public var kinds: [NotificationKind]
    /// Whether it is told that something is over.
    public var sendsResolved: Bool

    public init(name: String, kinds: [NotificationKind], sendsResolved: Bool = true) {
      self.name = name
      self.kinds = Set(kinds).sorted()
      self.sendsResolved = sendsResolved
    }
  }

  /// Sorted by name.
  public var receivers: [Receiver]
  /// A message that could not be delivered for so long is given up.
  public var giveUpAfter: Duration = .hours(24)

  public init(receivers: [Receiver] = []) { self.receivers = receivers.sorted { $0.name < $1.name } }
}

/// How orders that need somebody's word get it.
public struct ApprovalPolicy: Hashable, Sendable, Codable {
  /// An order that nobody has answered for so long is closed.
  public var deadline: Duration = .hours(24)
  /// Whether the word must be another person's than that of who asked.
  public var byAnother = false

  public init() {}
}
