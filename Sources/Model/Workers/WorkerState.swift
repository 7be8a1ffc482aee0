/// Where a worker is in its life.
///
/// Legal next states:
/// - `requested` → `provisioning` (its first step starts), `terminating` (no longer wanted)
/// - `provisioning` → `joining` (the machine runs with its configuration), `failed`, `draining`/`terminating` (removal asked for)
///   or `standby` (cloned and configured for later: it stays stopped)
/// - `standby` → `provisioning` (activated: its start follows), `terminating`, `failed` (its machine is lost or was changed)
/// - `joining` → `ready` (node there, Ready, kubelet runs, labelled), `failed`, `draining`/`terminating`
/// - `ready` → `unhealthy` (a condition lasted), `draining` (removal asked for), `terminating` (idle: nothing to drain)
/// - `unhealthy` → `ready` (the condition passed), `repairing`, `draining`, `terminating`
/// - `repairing` → `unhealthy` (the action is done; the recheck decides), `draining`, `terminating`
/// - `draining` → `terminating` (empty, or forced), `ready` (the drain was abandoned)
/// - `failed` → `terminating` (what is left of it is removed)
/// - `terminating` → `terminated` (machine and node are gone)
/// - `terminated`: the end.
public enum WorkerState: String, Sendable, Codable, Hashable, CaseIterable, CodingKeyRepresentable {
  case requested, provisioning, standby, joining, ready, unhealthy, repairing, draining, failed, terminating, terminated

  /// On the way to being ready: counts as capacity to come.
  public var isUnderWay: Bool { self == .requested || self == .provisioning || self == .joining }
  /// On the way out: no longer counts as capacity.
  public var isLeaving: Bool {
    self == .draining || self == .failed || self == .terminating || self == .terminated
  }
}
