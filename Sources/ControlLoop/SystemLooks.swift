import Model
import Synchronization

/// How often operating systems are asked.
///
/// A worker that stands well is asked once in the interval of health checks, and in between its last answer stands: with
/// many workers nothing else would cost as much. Whatever is on its way, or does not look well from outside, is asked at
/// each look.
final class SystemLooks: Sendable {
  /// What was learnt of a worker when it was last asked.
  struct Look: Sendable {
    var worker: WorkerID
    var machine: MachineID
    var at: Instant
    var system: SystemObservation?
    var address: String?
  }

  private let looks = Mutex<[WorkerName: Look]>([:])

  /// The answer that still stands for a worker; `nil`: it is to be asked.
  func standing(of record: WorkerRecord, in sight: Sight, now: Instant, interval: Duration) -> Look? {
    guard record.state == .ready, record.step?.task == nil, sight.isWell(record),
      let look = looks.withLock({ $0[record.name] }), look.worker == record.id, look.machine == record.machine,
      look.at <= now, now - look.at < interval, look.system?.stage == .running, look.system?.kubeletRunning == true
    else { return nil }
    return look
  }

  /// Keeps what ready workers answered, and forgets all others.
  func keep(_ answers: [WorkerName: Look], of workers: [WorkerRecord]) {
    let ready = Set(workers.lazy.filter { $0.state == .ready }.map(\.name))
    looks.withLock { looks in
      looks.merge(answers) { _, new in new }
      looks = looks.filter { ready.contains($0.key) }
    }
  }

  /// What cluster and hypervisor show of workers.
  struct Sight: Sendable {
    private let readyNodes: Set<String>
    private let running: Set<MachineID>

    init(nodes: Observed<[NodeObservation]>, machines: Observed<[MachineObservation]>) {
      readyNodes = Set((nodes.value ?? []).lazy.filter { $0.isReady }.map(\.name.rawValue))
      running = Set((machines.value ?? []).lazy.filter { $0.power == .running }.map(\.id))
    }

    /// Whether the worker's node is ready and its machine runs.
    func isWell(_ record: WorkerRecord) -> Bool {
      readyNodes.contains(record.name.rawValue) && record.machine.map(running.contains) == true
    }
  }
}
