/// Kinds of disturbances that a run turns on or off together.
enum FaultFamily: String, Hashable, Sendable, CaseIterable {
  /// The process dies and comes back.
  case crashes
  /// A system does not answer, answers what was true before, or leaves rows out.
  case outages, staleLists, missingRows
  /// Metrics are silent, stale or wrong.
  case wrongMetrics
  /// The program's clock is ahead or behind.
  case clock
  /// The configuration is edited and loaded anew.
  case reloads
  /// The journal cannot be written.
  case journal
  /// Machines of other people take the hosts' memory.
  case fullHosts
  /// Clones fail, lose their number, stay locked.
  case cloning
  /// Machines do not start, do not boot, do not join.
  case booting
  /// Answers are lost, calls do not arrive.
  case answers
  /// The hypervisor's cluster has no quorum, or forgets its tasks.
  case quorum
  /// Hosts fail, machines move.
  case hosts
  /// Kubelets die or crash again and again.
  case kubelets
  /// Container runtimes crash again and again.
  case runtimes
  /// Disk and memory pressure.
  case pressure
  /// Operators cordon nodes.
  case cordons
  /// People work on nodes and machines by hand, past the program.
  case hands
  /// Single calls go wrong.
  case habits
}
