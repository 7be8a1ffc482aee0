import Model

/// A worker of a replay.
struct ReplayedWorker: Sendable {
  /// As Poolkeeper's own journal would hold it.
  var record: WorkerRecord
  /// Among the table's kinds.
  let kind: Int
  /// Among the table's zones.
  let zone: Int
  let host: Int
  /// Its place in the order of all workers of the replay, from 0.
  let number: Int
  /// What is left for pods, by dimension.
  var free: [Int64]
  /// On it, ascending.
  var pods: [Int] = []
  /// Of its pods, as long as its node is there.
  var usedCPU = 0.0
  /// Its node, once that is ready.
  var node: NodeObservation?

  var isStaying: Bool { !record.state.isLeaving && record.removal == nil }
  /// Takes pods.
  var isOpen: Bool { node != nil && record.state == .ready && record.removal == nil }
  var isUnderWay: Bool { isStaying && record.state.isUnderWay && !record.isReserve }
}

/// A pod of a replay.
struct ReplayedPod: Sendable {
  enum Phase: Sendable {
    case coming
    case waiting(since: Instant)
    case running(worker: Int, since: Instant)
    /// Its work is done, or it was deleted.
    case over
  }

  var phase = Phase.coming
  /// All its waits that have ended.
  var waited: Duration = .zero
  /// How often it has begun to run.
  var starts = 0

  var worker: Int? {
    if case .running(let worker, _) = phase { worker } else { nil }
  }
  var isWaiting: Bool {
    if case .waiting = phase { true } else { false }
  }
}
