import Model

/// What a record says of a worker, read here anew.
extension WorkerRecord {
  /// Wanted: neither on its way out nor asked to go.
  var stands: Bool {
    switch state {
    case .draining, .failed, .terminating, .terminated: false
    case .requested, .provisioning, .standby, .joining, .ready, .unhealthy, .repairing: removal == nil
    }
  }

  /// Made in advance and not in use: no capacity of its pool.
  var isSpare: Bool {
    if let standby { return standby.activatedAt == nil }
    return state == .standby
  }

  /// On its way to being capacity.
  var isComing: Bool { state == .requested || state == .provisioning || state == .joining }

  /// Leaving, within the limits of a removal: so many do at once as may.
  func isLeaving(_ policy: Policy, now: Instant) -> Bool {
    switch state {
    case .draining: return removal?.drainStartedAt.map { now - $0 < policy.draining.limit } ?? true
    case .terminating: return now - stateSince < policy.termination.limit + policy.termination.forceShutdownAfter
    default: return !stands && state != .failed && state != .terminated
    }
  }

  /// Since when it is wanted as a worker.
  var beganAt: Instant { standby?.activatedAt ?? createdAt }

  /// What it costs an hour at present.
  var hourlyCost: HourlyPrice { isSpare ? standby?.price ?? price : price }

  /// A record that was made of a machine or node that was there already.
  var wasFound: Bool { reason.code == "adopted" || reason.code == "orphan_node" }

  /// By the reason that the removal bears.
  var cause: RemovalCause? { removal.map { RemovalCause($0.reason.code) } }
}

/// On whose account a worker goes.
enum RemovalCause: Hashable {
  /// The program could as well have kept it: idleness, savings, upgrades.
  case choice
  /// It is broken and is replaced.
  case replacement
  case expiry
  case budget
  /// It makes room for others.
  case preemption
  case standby
  case poolIsGone
  /// Somebody asked for it.
  case order
  /// It failed, or is a leftover.
  case failure

  init(_ code: String) {
    switch code {
    case "replaced": self = .replacement
    case "expired": self = .expiry
    case "budget_exhausted", "hourly_budget_exceeded": self = .budget
    case "preempted": self = .preemption
    case "standby_removed", "standby": self = .standby
    case "pool_removed": self = .poolIsGone
    case "operator": self = .order
    case "worker_failed", "orphan_machine", "orphan_node", "removal": self = .failure
    default: self = .choice
    }
  }
}
