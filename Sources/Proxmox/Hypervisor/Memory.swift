import Model

/// What the client remembers between calls. All of it can be forgotten at any time.
struct Memory: Sendable {
  enum Quorum: Sendable, Hashable {
    case presumed
    /// - isConfirmed: the cluster's own state says so, not only a change that failed.
    case lost(at: Instant, isConfirmed: Bool)
  }

  struct Read: Sendable {
    var configuration: MachineConfiguration
    /// The row beside which it was read: a change of any of these asks for another look.
    var node: HostName
    var tags: TagList
    var lock: String?
    var at: Instant
  }

  struct Clone: Sendable, Hashable {
    var worker: WorkerID
    var storage: String
    var source: MachineID
    var host: HostName
    var machine: Template.Machine
    var at: Instant
    /// `nil` until the answer is there.
    var task: String?
  }

  struct AgentAnswer: Sendable, Hashable {
    var address: String?
    var askAgainAt: Instant
    var failures: Int
  }

  var quorum = Quorum.presumed
  var configurations: [MachineID: Read] = [:]
  /// Clones that this process began and whose end has not been seen.
  var clones: [MachineID: Clone] = [:]
  /// When power was last changed by this process: lists are behind for a while.
  var touched: [MachineID: Instant] = [:]
  var agents: [MachineID: AgentAnswer] = [:]
  /// Addresses given out and perhaps not yet written.
  var reserved: [IPv4Address: MachineID] = [:]
  /// Templates whose storage has refused linked clones.
  var fullOnly: Set<MachineID> = []
  var told: Set<String> = []

  mutating func forgetClone(task: String) {
    for id in clones.keys.sorted() where clones[id]?.task == task { clones[id] = nil }
  }

  mutating func forget(_ id: MachineID) {
    configurations[id] = nil
    agents[id] = nil
  }

  /// A clone's configuration is written within seconds; a call that left no trace after this long made none.
  private static let cloneAppears = Duration.minutes(1)

  /// Forgets what is about machines that are gone, and clones that have ended.
  mutating func prune(by resources: ClusterResources, now: Instant) {
    func isGone(_ id: MachineID) -> Bool { resources.machines[id] == nil }
    configurations = configurations.filter { !isGone($0.key) }
    touched = touched.filter { !isGone($0.key) && now - $0.value < ProxmoxHypervisor.listLag }
    agents = agents.filter { !isGone($0.key) }
    reserved = reserved.filter { !isGone($0.value) }
    clones = clones.filter { id, clone in
      if let row = resources.machines[id] { return row.lock == "clone" || clone.task == nil }
      return now - clone.at < Self.cloneAppears
    }
  }
}
