public import Model
public import Ports
public import Simulator

/// What a run looks like after each of its steps: everything that checkers judge by.
///
/// Most of it is the world's own account, which the program cannot change; the rest is what the program wrote and said.
public struct Moment: Sendable {
  /// The world's time.
  public var now: Instant
  /// The time that the program believes in.
  public var programNow: Instant
  public var phase: RunPhases.Phase
  /// In effect since the last reload.
  public var policy: Policy
  /// Likewise.
  public var mode: Status.Mode
  /// As it is now.
  public var world: World
  /// All records that are in the journal, also those of workers that are gone, by id and sorted by id.
  public var records: [WorkerRecord]
  /// Those of them that are new or other than at the last moment, sorted by id.
  public var changed: [WorkerRecord]
  /// Orders for workers that were written into the journal since the last moment, as they were written; oldest first.
  public var requests: [ScaleRequest]
  /// Written into the journal since the last moment, oldest first.
  public var events: [JournalEvent]
  /// Changing calls since the last moment, in order.
  public var calls: [ObservedCall]
  /// What was decided in this step; `nil`: nothing, because the process was down, died, or could not read its journal.
  public var decision: (snapshot: Snapshot, plan: Plan, report: Report)?
  /// What lasts now or did at some time since the last moment.
  public var disturbances: [Disturbance.Kind]
  /// What people did by hand since the last moment, and to whom.
  public var handiwork: [(hand: Disturbance.Hand, worker: WorkerID)]
  /// Whether the process runs.
  public var isUp: Bool
  /// Starts of the process so far, the first included.
  public var starts: Int

  public init(now: Instant, phase: RunPhases.Phase, policy: Policy, world: World) {
    self.now = now
    programNow = now
    self.phase = phase
    self.policy = policy
    mode = .act
    self.world = world
    records = []
    changed = []
    requests = []
    events = []
    calls = []
    disturbances = []
    handiwork = []
    isUp = true
    starts = 1
  }
}

/// A changing call that the program made.
public struct ObservedCall: Sendable {
  public enum Outcome: Sendable, Hashable {
    /// Carried out, and told so.
    case done
    /// Carried out, and the answer was lost.
    case answerLost
    /// Not carried out: the error's code. Evictions that a budget refuses have `throttled`.
    case refused(PortError.Code)
  }

  public enum Call: Sendable, Hashable {
    case clone(CloneRequest)
    case configure(MachineID), start(MachineID), stop(MachineID), delete(MachineID)
    case apply(MachineID), restartKubelet(MachineID), reboot(MachineID), shutdown(MachineID), cleanDisk(MachineID)
    case pruneImages(MachineID)
    case cordon(NodeName), uncordon(NodeName), label(NodeName), removeTaint(NodeName), deleteNode(NodeName, uid: String)
    case evict(PodKey, uid: String)
  }

  /// The world's time.
  public var at: Instant
  public var call: Call
  public var outcome: Outcome
  /// The machine's owner when the call was made, of calls that name a machine; `nil`: none, or no such machine.
  public var owner: MachineOwner?
  /// Of calls that take pods away (evict, stop, shutdown, reboot, delete, deleteNode): pods that ran and were Ready on the
  /// node (of evict: the pod, if it was), DaemonSets' apart, by number in the world.
  public var readyPods: [Int]

  public init(at: Instant, _ call: Call, _ outcome: Outcome) {
    self.at = at
    self.call = call
    self.outcome = outcome
    readyPods = []
  }
}

extension ObservedCall.Call: CustomStringConvertible {
  /// One line, the same in every process.
  public var description: String {
    switch self {
    case .clone(let request):
      "clone \(request.owner.worker) (\(request.owner.id)) of \(request.template.name) on \(request.host?.rawValue ?? "any host")"
    case .configure(let machine): "configure \(machine)"
    case .start(let machine): "start \(machine)"
    case .stop(let machine): "stop \(machine)"
    case .delete(let machine): "delete \(machine)"
    case .apply(let machine): "apply \(machine)"
    case .restartKubelet(let machine): "restart the kubelet of \(machine)"
    case .reboot(let machine): "reboot \(machine)"
    case .shutdown(let machine): "shut down \(machine)"
    case .cleanDisk(let machine): "clean the disk of \(machine)"
    case .pruneImages(let machine): "prune images of \(machine)"
    case .cordon(let node): "cordon \(node)"
    case .uncordon(let node): "uncordon \(node)"
    case .label(let node): "label \(node)"
    case .removeTaint(let node): "remove the taint of \(node)"
    case .deleteNode(let node, _): "delete node \(node)"
    case .evict(let pod, _): "evict \(pod)"
    }
  }
}
