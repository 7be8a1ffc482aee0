public import Model

/// What is to be done to the world for one worker: in the imperative, each safe to repeat.
public enum WorkerAction: Hashable, Sendable, Codable {
  case clone(host: HostName?)
  case configure
  case start
  case applyConfiguration(labels: [String: String], taints: [Taint])
  case label([String: String])
  /// Takes the taint with which the worker registered away from its node.
  case removeStartUpTaint
  case cordon
  case uncordon
  case evict(pod: PodKey, uid: String, grace: Duration)
  case deleteNode(uid: String)
  case shutdown
  case powerOff
  case deleteMachine
  case restartKubelet
  case reboot
  case cleanDisk
  case pruneImages

  /// The action's name for logs and metrics.
  public var name: String {
    switch self {
    case .clone: "clone"
    case .configure: "configure"
    case .start: "start"
    case .applyConfiguration: "apply_configuration"
    case .label: "label"
    case .removeStartUpTaint: "remove_startup_taint"
    case .cordon: "cordon"
    case .uncordon: "uncordon"
    case .evict: "evict"
    case .deleteNode: "delete_node"
    case .shutdown: "shutdown"
    case .powerOff: "power_off"
    case .deleteMachine: "delete_machine"
    case .restartKubelet: "restart_kubelet"
    case .reboot: "reboot"
    case .cleanDisk: "clean_disk"
    case .pruneImages: "prune_images"
    }
  }
}

/// What came of an action.
public enum ActionOutcome: Hashable, Sendable {
  case succeeded
  /// The clone was accepted: its machine and the task to watch.
  case cloned(machine: MachineID, task: String)
  case evictionRefused(by: String)
  /// `retryable`: the same call may help later. `message` is a sentence.
  case failed(code: String, message: String, retryable: Bool)
}

/// What is known of one worker's parts at this instant.
public struct WorkerObservation: Sendable {
  /// `known(nil)`: there is certainly none.
  public var machine: Observed<MachineObservation?>
  /// The list that lacks the machine lacks most of them: it proves nothing.
  public var absenceIsDoubted = false
  /// The node of the worker's name; `known(nil)`: there is certainly none.
  public var node: Observed<NodeObservation?>
  /// Pods on its node.
  public var pods: Observed<[PodObservation]>
  /// `nil`: the operating system did not answer.
  public var system: SystemObservation?
  /// The machine's address, once it has one.
  public var address: String?
  /// Of the task that the record's step refers to; `nil` when there is none or it is unknown.
  public var task: TaskState?

  /// A look at the three parts that can be unknown; the others follow as properties.
  public init(
    machine: Observed<MachineObservation?>, node: Observed<NodeObservation?>, pods: Observed<[PodObservation]>
  ) {
    self.machine = machine
    self.node = node
    self.pods = pods
  }
}

/// Something that happened to a worker, in the past tense.
public struct WorkerEvent: Hashable, Sendable, Codable {
  /// Lower case with underscores, for example `worker_ready`.
  public var code: String
  /// A whole sentence for people.
  public var sentence: String

  /// An event of a code, told in a sentence.
  public init(_ code: String, _ sentence: String) {
    self.code = code
    self.sentence = sentence
  }
}

/// What a step of the state machine leads to: the record to write first, then the actions to carry out.
public struct WorkerTransition: Sendable {
  /// To be written to the journal first, also when there are no actions.
  public var record: WorkerRecord
  /// To be carried out after that, in order.
  public var actions: [WorkerAction]
  /// In the order in which they happened.
  public var events: [WorkerEvent]

  /// A step with its consequences.
  public init(record: WorkerRecord, actions: [WorkerAction] = [], events: [WorkerEvent] = []) {
    self.record = record
    self.actions = actions
    self.events = events
  }
}
