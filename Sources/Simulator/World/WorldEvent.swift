import Model

/// Something that the world does by itself. Machines and pods carry a token that changes with each new intention, so
/// that an event of an intention that was given up finds another token and does nothing.
enum WorldEvent: Hashable, Sendable, Codable {
  /// What a machine does next.
  enum MachineStep: String, Hashable, Sendable, Codable {
    case cloneEnded, destroyed, booted, configured, nodeRegistered, nodeReady, kubeletBack, poweredOff, crashed,
      unlocked
  }

  /// What the cluster does about a node.
  enum NodeStep: String, Hashable, Sendable, Codable {
    case lost, evictPods, devicesReady, collectPods
  }

  /// What a pod does next.
  enum PodStep: String, Hashable, Sendable, Codable {
    case started, finished, gone, forgotten
  }

  /// What a task of the hypervisor does next.
  enum TaskStep: String, Hashable, Sendable, Codable {
    case begun, written, ended
  }

  case machine(MachineStep, MachineID, token: Int)
  case node(NodeStep, uid: String, token: Int)
  case pod(PodStep, Int, token: Int)
  case workload(String)
  /// A new version of a deployment comes.
  case roll(String)
  /// Somebody else's machine is removed by its owner.
  case visitorLeaves(MachineID)
  case schedule
  case fault(Int)
  case hostBack(HostName)
  case task(TaskStep, String)
}
