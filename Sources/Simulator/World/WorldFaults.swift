public import Model

/// What goes wrong in the world: plain data, so that a scenario, a test or a seed can write it down.
public struct WorldFaults: Hashable, Sendable, Codable {
  /// So many of the next clones are refused.
  public var failNextClones = 0
  /// So many of the next clones find, once accepted, that somebody else's machine has been given their number first.
  public var lostNumbers = 0
  /// 0 ... 1: how many accepted clones fail in their task.
  public var cloneTaskFailureProbability = 0.0
  /// 0 ... 1: how many machines never register their node after the configuration was applied.
  public var neverJoinProbability = 0.0
  /// So many of the next machines that get a configuration never register their node.
  public var neverJoinNext = 0
  /// So many of the next machines that start never finish booting.
  public var hangNextBoots = 0
  /// By operation, for example `hypervisor.clone`: so many of the next calls are carried out, but their answer is lost.
  public var lostAnswers: [String: Int] = [:]
  /// By operation: so many of the next calls are not carried out, and nobody answers.
  public var unreachableCalls: [String: Int] = [:]
  /// Templates that another task holds locked until then; by the number of the template machine.
  public var lockedTemplates: [TemplateLock] = []
  /// The hypervisor's cluster has no quorum: it answers reads and refuses every change.
  public var hasNoQuorum = false
  /// So many of the next clones over the wire wait for the storage's lock in vain.
  public var storageLockTimeouts = 0
  /// So many of the next clones over the wire lose their worker: the machine stays locked, and no task holds it.
  public var staleCloneLocks = 0
  /// Errors with which the next tasks that start a machine end, first to last.
  public var startFailures: [String] = []
  /// How much longer than its system's own interface a machine's guest agent is silent after each boot.
  public var agentSilence: Duration = .zero
  /// Tasks are forgotten as soon as they have ended.
  public var forgetsTasks = false

  /// Nothing goes wrong.
  public init() {}

  /// A template machine that cannot be cloned for a while.
  public struct TemplateLock: Hashable, Sendable, Codable {
    /// The template machine.
    public var template: MachineID
    /// The end of the lock.
    public var until: Instant

    /// A lock on a template.
    public init(template: MachineID, until: Instant) {
      self.template = template
      self.until = until
    }
  }
}

/// Something that goes wrong at a certain instant.
public struct ScheduledFault: Hashable, Sendable, Codable {
  /// What brings a dead kubelet back.
  public enum Cure: String, Hashable, Sendable, Codable, CaseIterable {
    case restart, reboot, never
  }

  /// Which node is hit.
  public enum Target: Hashable, Sendable, Codable {
    case node(NodeName)
    /// The first Ready node, by name, that bears this label; when there is none yet, a minute later is tried again.
    case anyNode(label: String, value: String)
  }

  /// What happens.
  public enum Kind: Hashable, Sendable, Codable {
    /// The kubelet dies; the containers go on.
    case kubeletDies(Target, cure: Cure)
    /// The kubelet restarts again and again; the node is Ready in between.
    case kubeletCrashLoop(Target, cure: Cure)
    /// The container runtime restarts again and again, whatever is done to the machine.
    case containerdCrashLoop(Target)
    /// The disk is full until it is cleaned.
    case diskPressure(Target)
    /// Memory is short until the node is rebooted.
    case memoryPressure(Target)
    /// The host is gone with all its machines, which start again when it is back.
    case hostFails(HostName, for: Duration)
    /// High availability moves a machine to another host; one that runs starts there again.
    case machineMoves(MachineID, to: HostName)
    /// A person cordons a node.
    case operatorCordons(Target)
  }

  /// When it happens.
  public var at: Instant
  /// What happens.
  public var kind: Kind
  /// A fault that has found no node by then never comes; `nil`: it waits for ever.
  public var givenUpAt: Instant?

  /// A fault at an instant.
  public init(at: Instant, kind: Kind) {
    self.at = at
    self.kind = kind
  }
}
