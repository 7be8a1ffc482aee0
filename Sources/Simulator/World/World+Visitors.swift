public import Model

/// Machines of other people that come and go while the world lives.
extension World {
  /// The lowest number that they get.
  static let firstVisitorID = 7_000
  /// What one takes of a host's disks.
  private static let visitorDiskBytes: Int64 = .gigabytes(8)

  /// Somebody else starts a machine that takes a share of what a host has left of its memory, and removes it again
  /// after a while.
  /// - Parameters:
  ///   - share: 0 ... 1.
  ///   - length: `nil`: it stays.
  /// - Returns: the machine; `nil` when there is no such host, or nothing to take.
  @discardableResult
  public mutating func fillUp(
    _ name: HostName, share: Double, for length: Duration? = nil, at now: Instant
  ) -> MachineID? {
    advance(to: now)
    guard let host = hosts[name] else { return nil }
    let room = room(on: host)
    let mebibytes = Int64(Double(max(0, room.memoryBytes) / 1_048_576) * min(1, max(0, share)))
    guard mebibytes > 0 else { return nil }
    var number = Self.firstVisitorID
    while machines[MachineID(number)] != nil { number += 1 }
    let id = MachineID(number)
    addForeignMachine(
      id, name: "visitor-\(id)", on: name,
      hardware: Template.Machine(
        cpuCores: 2, memoryBytes: .mebibytes(mebibytes),
        diskBytes: min(Self.visitorDiskBytes, max(0, room.storageBytes))))
    if let length { schedule(.visitorLeaves(id), after: length) }
    return id
  }

  /// Takes away a machine that belongs to other people; one that is gone, or one of ours, is left as it is.
  public mutating func removeForeignMachine(_ id: MachineID, at now: Instant) {
    advance(to: now)
    removeVisitor(id)
  }

  mutating func removeVisitor(_ id: MachineID) {
    guard let machine = machines[id], machine.owner == nil, machine.source == nil, !machine.isTemplate else { return }
    machines[id] = nil
  }

  /// Gives a machine of other people tags and a description, so that it may look like one of ours. The description must
  /// not be a whole mark of this world's cluster.
  public mutating func label(_ id: MachineID, tags: [String], description: String) {
    guard let machine = machines[id], machine.owner?.cluster != clusterName else { return }
    machines[id]!.tags = tags.map { $0.lowercased() }.sorted()
    if OwnerMark(in: description)?.owner.cluster != clusterName { machines[id]!.description = description }
  }
}
