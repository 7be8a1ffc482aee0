/// The text in a machine's description that says whose it is and since when it is wanted.
///
/// One line, so that people may write around it:
/// `poolkeeper/1 cluster=CLUSTER pool=POOL worker=NAME id=ID created=MILLISECONDS`. Values hold no space.
public struct OwnerMark: Hashable, Sendable {
  /// The tag that machines and the templates that they are cloned from carry, so that lists show it at once.
  public static let tag = "poolkeeper"
  private static let prefix = "poolkeeper/1 "

  public var owner: MachineOwner
  /// The instant of the intent.
  public var createdAt: Instant

  public init(owner: MachineOwner, createdAt: Instant) {
    self.owner = owner
    self.createdAt = createdAt
  }

  /// The mark's line.
  public var text: String {
    Self.prefix + "cluster=\(owner.cluster) pool=\(owner.pool) worker=\(owner.worker) id=\(owner.id)"
      + " created=\(createdAt.milliseconds)"
  }

  /// The mark in a description; `nil` when there is none, more than one, or one that is not complete.
  public init?(in description: String) {
    let lines = description.split(whereSeparator: \.isNewline).filter { $0.hasPrefix(Self.prefix) }
    guard lines.count == 1, let line = lines.first else { return nil }
    var values: [Substring: Substring] = [:]
    for field in line.dropFirst(Self.prefix.count).split(separator: " ") {
      guard let equals = field.firstIndex(of: "=") else { return nil }
      let value = field[field.index(after: equals)...]
      guard !value.isEmpty, values.updateValue(value, forKey: field[..<equals]) == nil else { return nil }
    }
    guard let cluster = values["cluster"], let pool = values["pool"], let worker = values["worker"],
      let id = values["id"], let created = values["created"].flatMap({ Int64($0) })
    else { return nil }
    owner = MachineOwner(
      cluster: String(cluster), pool: PoolName(String(pool)), worker: WorkerName(String(worker)),
      id: WorkerID(String(id)))
    createdAt = Instant(milliseconds: created)
  }
}
