public import Model

extension WorkerLifecycle {
  /// Which states may follow a state. The one table that `Progression.enter` checks.
  ///
  /// A ready, unhealthy or repairing worker fails only when its machine has vanished: there is nothing left to drain.
  /// A terminating one is drained again when its node turns out to serve pods that nobody asked to go.
  public static func legalSuccessors(of state: WorkerState) -> [WorkerState] {
    switch state {
    case .requested: [.provisioning, .terminating]
    case .provisioning: [.joining, .standby, .failed, .draining, .terminating]
    case .standby: [.provisioning, .terminating, .failed]
    case .joining: [.ready, .failed, .draining, .terminating]
    case .ready: [.unhealthy, .draining, .terminating, .failed]
    case .unhealthy: [.ready, .repairing, .draining, .terminating, .failed]
    case .repairing: [.unhealthy, .draining, .terminating, .failed]
    case .draining: [.terminating, .ready]
    case .failed: [.terminating]
    case .terminating: [.terminated, .draining]
    case .terminated: []
    }
  }
}

extension Progression {
  /// The only place where a worker's state changes. Traps on a transition that the table does not hold: that is an
  /// error of this module, never of the data that came from outside.
  mutating func enter(_ state: WorkerState) {
    let legal = WorkerLifecycle.legalSuccessors(of: record.state)
    precondition(
      legal.contains(state),
      "worker \(record.name): \(record.state.rawValue) cannot become \(state.rawValue); step \(record.step?.name ?? "none")"
    )
    record.state = state
    record.stateSince = now
  }
}
