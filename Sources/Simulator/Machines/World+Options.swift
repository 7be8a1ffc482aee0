public import Model

/// A change of a machine's configuration over the wire.
public struct ConfigurationChange: Hashable, Sendable {
  /// New texts by key; `description` and `tags` too.
  public var values: [String: String] = [:]
  /// Keys to be removed.
  public var removed: [String] = []
  /// Keys whose pending change is given up.
  public var reverted: [String] = []

  public init() {}
}

extension World {
  /// Changes a machine's configuration at once. What a running machine cannot change waits for its next start.
  public mutating func changeOptions(
    of id: MachineID, _ change: ConfigurationChange
  ) throws(HypervisorRefusal) {
    try refuseWithoutQuorum()
    guard let machine = machines[id] else { throw HypervisorRefusal(Self.missing(id, nil)) }
    if let lock = machine.lock { throw HypervisorRefusal("VM is locked (\(lock.rawValue))") }
    let memory = change.values["memory"].flatMap { Int64($0) } ?? machine.hardware.memoryBytes / 1_048_576
    if let balloon = change.values["balloon"].flatMap({ Int64($0) }), balloon > memory {
      throw HypervisorRefusal("balloon value too large (must be smaller than assigned memory)")
    }
    for (key, value) in change.values.sorted(by: { $0.key < $1.key }) where key.hasPrefix("hostpci") {
      let machineType = change.values["machine"] ?? machine.options["machine"] ?? ""
      if value.contains("pcie=1"), !machineType.hasPrefix("q35") {
        throw HypervisorRefusal("q35 machine model is not enabled")
      }
    }
    noteTouch(machine, "proxmox.config")
    for key in change.reverted { machines[id]?.pending[key] = nil }
    for key in change.removed.sorted() { set(key, nil, on: id) }
    for (key, value) in change.values.sorted(by: { $0.key < $1.key }) { set(key, value, on: id) }
    machines[id]?.readOptions()
    machines[id]?.configured = true
    matchTemplate(id)
  }

  /// Like `changeOptions`, as a task that has ended when this returns.
  public mutating func changeOptionsByTask(
    of id: MachineID, _ change: ConfigurationChange, user: String
  ) throws(HypervisorRefusal) -> String {
    try changeOptions(of: id, change)
    return accept("qmconfig", .nothing, on: machines[id]!, user: user)
  }

  /// Accepts a disk's new size.
  /// - Parameter size: for example `40G`, or `+10G` for so much more.
  public mutating func acceptResize(
    of id: MachineID, disk: String, size: String, user: String
  ) throws(HypervisorRefusal) -> String {
    try refuseWithoutQuorum()
    guard let machine = machines[id] else { throw HypervisorRefusal(Self.missing(id, nil)) }
    if let lock = machine.lock { throw HypervisorRefusal("VM is locked (\(lock.rawValue))") }
    guard let present = machine.diskBytes(disk) else { throw HypervisorRefusal("disk '\(disk)' does not exist") }
    guard let bytes = SimulatedStorage.bytes(size.hasPrefix("+") ? String(size.dropFirst()) : size) else {
      throw HypervisorRefusal("unable to parse size '\(size)'")
    }
    noteTouch(machine, "proxmox.resize")
    let wanted = size.hasPrefix("+") ? present + bytes : bytes
    return accept("resize", .resize(disk: disk, bytes: wanted), on: machine, user: user)
  }

  /// Adds machines to one of the hypervisor's pools, or takes them out.
  public mutating func setPool(
    _ pool: String, members: [MachineID], leaving: Bool, mayMove: Bool
  ) throws(HypervisorRefusal) {
    try refuseWithoutQuorum()
    guard machinePools[pool] != nil else { throw HypervisorRefusal("pool '\(pool)' does not exist") }
    for id in members {
      guard let machine = machines[id] else { throw HypervisorRefusal("VM \(id) does not exist") }
      if leaving, machine.pool != pool { throw HypervisorRefusal("VM \(id) is not a pool member") }
      if !leaving, !mayMove, let other = machine.pool {
        throw HypervisorRefusal("VM \(id) is already a pool member of '\(other)'")
      }
    }
    for id in members { machines[id]?.pool = leaving ? nil : pool }
  }

  /// What waited for a start takes effect.
  mutating func applyPending(_ id: MachineID) {
    guard let pending = machines[id]?.pending, !pending.isEmpty else { return }
    for (key, value) in pending.sorted(by: { $0.key < $1.key }) {
      machines[id]?.options[key] = value.isEmpty ? nil : value
    }
    machines[id]?.pending = [:]
    machines[id]?.readOptions()
    matchTemplate(id)
  }

  /// Keys that a running machine takes on at once.
  private static let live = ["onboot", "protection", "startup", "hotplug", "hookscript"]

  private mutating func set(_ key: String, _ value: String?, on id: MachineID) {
    guard let machine = machines[id] else { return }
    switch key {
    case "name": machines[id]?.name = value ?? ""
    case "description": describe(id, value ?? "")
    case "tags": machines[id]?.tags = SimulatedMachine.tags(from: value ?? "")
    default:
      let text = value.map { machine.complete(key, $0) }
      let isLive =
        Self.live.contains(key) || ["net", "scsi", "virtio", "sata"].contains { SimulatedMachine.isIndexed(key, $0) }
      if machine.running, !isLive {
        machines[id]?.pending[key] = machine.options[key] == text ? nil : text ?? ""
      } else {
        machines[id]?.options[key] = text
      }
    }
  }

  /// A new description may make the machine another one's.
  mutating func describe(_ id: MachineID, _ text: String) {
    guard let before = machines[id] else { return }
    machines[id]?.description = text
    guard let after = machines[id], after.owner != before.owner else { return }
    if before.owner?.cluster == clusterName { meter(before) { $0.deletedAt = $1 } }
    if let owner = after.owner { openMeter(id, owner, beganAt: now, clonedAt: now) }
  }
}
