public import Model

/// What a clone is to become.
public struct CloneRequest: Hashable, Sendable, Codable {
  public var template: Template
  /// Written into the machine's tags and description before it can run.
  public var owner: MachineOwner
  /// `nil`: the hypervisor's edge chooses among the hosts with room.
  public var host: HostName?
  /// The instant of the intent, written into the description so that a lost ledger can be rebuilt.
  public var createdAt: Instant

  public init(template: Template, owner: MachineOwner, host: HostName? = nil, createdAt: Instant) {
    self.template = template
    self.owner = owner
    self.host = host
    self.createdAt = createdAt
  }
}

/// Where machines can be reached.
public protocol MachineAddresses: Sendable {
  /// The machine's address, once it has one; `nil` until then.
  func address(of machine: MachineID) async throws -> String?
}

/// Virtual machines and the hosts beneath them.
///
/// Calls return as soon as the work has been accepted; its end is seen by `task` and in `machines`. May be called from
/// any task, concurrently; a cancelled caller's work goes on at the hypervisor. Every change first reads the machine
/// again and refuses with `notOurs` unless cluster and worker id match.
public protocol Hypervisor: Sendable {
  func hosts() async throws -> [HostObservation]
  /// All machines that can be seen, also those of others.
  func machines() async throws -> [MachineObservation]
  /// Begins a clone. When a machine of this owner exists already, it is returned and none is made.
  /// - Returns: the machine's id and the task's reference.
  func clone(_ request: CloneRequest) async throws -> (machine: MachineID, task: String)
  func task(_ reference: String) async throws -> TaskState
  /// Brings CPU, memory and disk to the template's size.
  func configure(_ machine: MachineID, owner: MachineOwner, as template: Template) async throws
  func start(_ machine: MachineID, owner: MachineOwner) async throws
  /// Power off at once.
  func stop(_ machine: MachineID, owner: MachineOwner) async throws
  /// Removes the machine and its disks. A machine that is gone already is no error.
  func delete(_ machine: MachineID, owner: MachineOwner) async throws
}
