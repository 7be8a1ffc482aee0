import Model

/// A worker of a replay. One object for as long as it is there: it is large, and looked at very often. Only the cluster
/// that it belongs to changes it.
final class ReplayedWorker {
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
  /// Nobody has asked it to go.
  var isStaying = true
  /// Its node takes pods.
  var isOpen = false

  init(record: WorkerRecord, kind: Int, zone: Int, host: Int, number: Int, free: [Int64]) {
    self.record = record
    self.kind = kind
    self.zone = zone
    self.host = host
    self.number = number
    self.free = free
  }

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
