public import Model

/// Every step that a worker's record can be in, by the name that configuration, journal, logs and metrics share.
public enum LifecycleStep: String, Sendable, Codable, Hashable, CaseIterable {
  // Provisioning.
  case clone = "clone_vm_from_template"
  /// What a failed clone left behind is removed before the next attempt, so that a worker never has two machines.
  case removeFailedClone = "remove_failed_clone"
  case configure = "configure_vm_resources"
  case start = "start_vm"
  case boot = "wait_for_vm_boot"
  case applyConfiguration = "apply_talos_config"
  // Joining.
  case nodeAppears = "node_appears_in_cluster"
  case nodeConditionReady = "node_condition_ready"
  case kubeletRunning = "kubelet_running"
  case label = "apply_kubernetes_labels"
  /// Pods may come. The last step: a worker is ready when the taint is gone.
  case removeStartUpTaint = "remove_startup_taint"
  // Ready.
  /// The node object is gone although the worker is ready; the step is the clock until it counts as not ready.
  case nodeMissing = "node_missing"
  case uncordon = "uncordon_node"
  // Repairing.
  case restartKubelet = "restart_kubelet"
  case reboot = "reboot_node"
  case waitForReboot = "wait_for_reboot"
  /// As `uncordon`, after a repair that failed on a cordoned node: that it failed is remembered until it is over.
  case uncordonAfterFailure = "uncordon_node_after_failed_repair"
  case cleanDisk = "cleanup_disk"
  case pruneImages = "prune_images"
  // Draining.
  case cordon = "cordon_node"
  case drain = "drain_node"
  // Terminating.
  /// A clone was called for and not yet seen: absence proves nothing until this has passed.
  case settleClone = "wait_for_clone_to_settle"
  case shutdown = "shutdown_talos_node"
  case powerOff = "power_off_vm"
  case deleteNode = "delete_node_from_kubernetes"
  case deleteMachine = "delete_vm_from_proxmox"

  /// The configured step whose time limit and error handling govern this one, while provisioning and joining.
  public var configuredAs: ProvisioningStep? {
    switch self {
    case .clone, .removeFailedClone: .clone
    case .configure: .configure
    case .start: .start
    case .boot: .boot
    case .applyConfiguration: .applyConfiguration
    case .nodeAppears, .nodeConditionReady, .kubeletRunning, .removeStartUpTaint: .nodeReady
    case .label: .label
    default: nil
    }
  }
}

/// The bounds of the state machine that are no operator's choice, each with its reason.
public enum LifecycleLimits {
  /// A call whose answer is missing may take effect this much later: the hypervisor cuts a request after 30 s, and its
  /// lists lag behind by up to 15 s. Before that, absence of the effect proves nothing.
  public static let callSettles: Duration = .seconds(45)
  /// A call of provisioning or joining that never gets an answer is repeated for this long at least, or for the step's
  /// limit times its attempts where that is longer; the time for which the program was dead does not count. Fourteen
  /// calls fit in, so that ten crashes in a row do not fail a worker.
  public static let unanswered: Duration = .minutes(10)
  /// As `unanswered`, for a step that only warns: the call is repeated once, then the worker goes on without.
  public static let unansweredWarning: Duration = callSettles * 2
  /// A clone whose call is answered that it is not its turn (so many at once, a storage's lock, no quorum) waits for so
  /// long at least, or for the step's limit times its attempts where that is longer. It is what a burst of a parallel
  /// limit's workers takes when their full clones are made one by one; a hypervisor that is busy for longer is not well.
  public static let waitForTurn: Duration = .hours(1)
  /// So much later it is asked for again.
  public static let turnRetry: Duration = .seconds(15)
  /// First pause before a call of the removal is repeated; doubled each time.
  public static let removalRetry: Duration = .seconds(15)
  /// The pause does not grow past this.
  public static let removalRetryMaximum: Duration = .minutes(5)
  /// Labels and uncordoning that did not show are asked for again this much later.
  public static let nodeChangeRetry: Duration = .seconds(60)
  /// A system that answers as running sooner after a reboot call has not gone down yet.
  public static let rebootTakes: Duration = .seconds(30)
  /// A node must not have been Ready for so long before a machine that is not in the list counts as lost.
  public static let lossConfirmed: Duration = .seconds(15)
  /// A machine that had been seen must be missing from every look for so long before it counts as lost.
  public static let missingConfirmed: Duration = .minutes(2)
  /// A node under whose name a machine runs must be missing from every look for so long before nothing runs there.
  public static let nodeMissingConfirmed: Duration = .minutes(2)
  /// Moves of one advance; the longest proven path (requested to ready, or ready to terminated) is shorter.
  public static let movesPerAdvance = 32
  /// What no record knows must be at least so old before anything is done about it: twice what the longest clone takes with
  /// all its attempts, so that nothing that is still being made is taken for left behind.
  public static func orphanAge(_ policy: Policy) -> Duration {
    max(.minutes(30), policy.provisioning.limit(of: .clone) * policy.provisioning.attempts * 2)
  }
  /// And it must have been found in every look for so long: lists lag behind.
  public static let orphanConfirmed: Duration = .minutes(2)
  /// A standby clone's machine must be missing for so long: nothing else could tell that a list has lost its row.
  public static let standbyLost: Duration = .hours(1)
  /// A list that lost most of its rows is not believed for so long, unless they come back.
  public static let brokenReading: Duration = .minutes(15)
  /// Between two looks that follow one another no more time has passed than this, or a tick where that is longer.
  public static let looksApart: Duration = .minutes(5)
  /// Shorter lists may lose most of their rows at once.
  public static let fewestRowsToJudge = 3
  /// Machines and nodes without a record that are removed in one look, and within an hour.
  public static let orphansRemovedPerReview = 1
  public static let orphansRemovedPerHour = 10
  /// Workers without a record that are adopted in one look.
  public static let adoptionsPerReview = 5
  /// Pods named in a sentence.
  public static let podsNamed = 3
}
