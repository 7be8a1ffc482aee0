import Model

/// The snapshot in an order of its own, with what the rules look up again and again. Never changes during a decision.
///
/// A class, since every rule is handed it and it is far too large to be copied.
final class Situation: Sendable {
  let snapshot: Snapshot
  /// As given, with templates that have the limits of attached volumes that their nodes are seen to have.
  let policy: Policy
  let now: Instant
  /// Sorted by name.
  let pools: [Pool]
  let triggers: [Trigger]
  /// Workers, and what is to become one without waiting for a plan. Standby clones are in `reserves`.
  let workers: [WorkerRecord]
  /// Standby clones, ready, on their way in or out: machines that are no capacity and count for no pool's size.
  let reserves: [WorkerRecord]
  let workersByPool: [PoolName: [WorkerRecord]]
  /// Those of each pool that its minimum keeps.
  let minimums: [PoolName: Set<WorkerName>]
  /// Sorted by name; `nil` when unknown or too old to act on.
  let nodes: [NodeObservation]?
  let nodesByName: [NodeName: NodeObservation]
  /// In no particular order: whoever shows or chooses sorts first.
  let pods: [PodObservation]?
  let loads: [NodeName: NodeLoad]
  let hosts: [HostObservation]?
  /// `nil` when the DaemonSets are not known.
  let daemons: [DaemonShare]?
  /// `nil` when the ledger is unknown or speaks of another month.
  let spending: Spending?
  /// Labels of every node that a new one will have too: the system, and the architecture if all nodes agree.
  let commonLabels: [String: String]
  /// One sentence for each list that is unknown.
  let missing: [String]

  init(snapshot: Snapshot, policy: Policy) {
    self.snapshot = snapshot
    now = snapshot.now
    pools = policy.pools.sorted { $0.name < $1.name }
    triggers = policy.triggers.sorted { $0.name < $1.name }
    let known = snapshot.workers.filter { $0.state != .terminated }.sorted { $0.name < $1.name }
    workers = known.filter { !$0.isReserve }
    reserves = known.filter(\.isReserve)
    workersByPool = Dictionary(grouping: workers, by: \.pool)
    minimums = Self.minimums(pools, workersByPool)
    var missing: [String] = []
    let limit = policy.pace.observationLimit
    nodes = Self.current(snapshot.nodes, "nodes", snapshot.now, limit, &missing)?.sorted { $0.name < $1.name }
    pods = Self.current(snapshot.pods, "pods", snapshot.now, limit, &missing)
    hosts = Self.current(snapshot.hosts, "hosts", snapshot.now, limit, &missing)?.sorted { $0.name < $1.name }
    daemons = snapshot.daemonSets.value?.map(DaemonShare.init)
    nodesByName = Dictionary((nodes ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    loads = NodeLoad.byNode(pods ?? [])
    var completed = policy
    completed.templates = AttachmentLimits.completing(
      policy.templates, nodes: nodes ?? [], pods: pods ?? [], workers: workers)
    self.policy = completed
    let architecture = "kubernetes.io/arch"
    let architectures = Set((nodes ?? []).compactMap { $0.labels[architecture] })
    commonLabels = [
      "kubernetes.io/os": "linux", architecture: architectures.count == 1 ? architectures.first! : "amd64",
    ]
    spending = Self.spending(snapshot, &missing)
    self.missing = missing
  }

  private static func minimums(
    _ pools: [Pool], _ workers: [PoolName: [WorkerRecord]]
  ) -> [PoolName: Set<WorkerName>] {
    var minimums: [PoolName: Set<WorkerName>] = [:]
    for pool in pools where pool.minimum > 0 {
      let staying = (workers[pool.name] ?? []).filter(\.isStaying)
      let oldest = staying.sorted { $0.seniority < $1.seniority }
      minimums[pool.name] = Set(oldest.prefix(pool.minimum).map(\.name))
    }
    return minimums
  }

  private static func current<Value>(
    _ observed: Observed<Value>, _ what: String, _ now: Instant, _ limit: Duration, _ missing: inout [String]
  ) -> Value? {
    switch observed {
    case .unknown(let reason):
      missing.append("The \(what) are not known: \(reason)")
      return nil
    case .known(let value, let at):
      guard now - at <= limit else {
        missing.append("The \(what) were last read \((now - at).text) ago, which is too long to act on.")
        return nil
      }
      return value
    }
  }

  private static func spending(_ snapshot: Snapshot, _ missing: inout [String]) -> Spending? {
    switch snapshot.spending {
    case .unknown(let reason):
      missing.append("What has been spent is not known: \(reason)")
      return nil
    case .known(let spending, _):
      guard spending.monthStart <= snapshot.now, snapshot.now < spending.monthEnd else {
        missing.append("What has been spent is known for \(spending.month) only, which is not the present month.")
        return nil
      }
      return spending
    }
  }

  func workers(of pool: PoolName) -> [WorkerRecord] { workersByPool[pool] ?? [] }

  /// Standby clones of a pool that are kept or are being made for it.
  func keptReserves(of pool: PoolName) -> [WorkerRecord] { reserves.filter { $0.pool == pool && $0.isStaying } }

  /// The node that a worker is, by its name.
  func node(of worker: WorkerRecord) -> NodeObservation? { nodesByName[NodeName(worker.name.rawValue)] }

  func load(of node: NodeName) -> NodeLoad { loads[node] ?? NodeLoad() }

  /// Machine hours that are paid for a worker's last way out.
  var retirementSpan: Duration { policy.draining.limit + policy.termination.limit }
}

extension WorkerRecord {
  /// Still wanted: neither on its way out nor asked to go.
  var isStaying: Bool { !state.isLeaving && removal == nil }

  /// On its way out for longer than that may take: a disruption budget keeps its pods, or its machine lacks its mark, until a
  /// person does something about it. Such a one takes nobody else's turn to leave.
  func isHeldUp(_ policy: Policy, now: Instant) -> Bool {
    switch state {
    case .draining: removal?.drainStartedAt.map { now - $0 >= policy.draining.limit } ?? false
    case .terminating: now - stateSince >= policy.termination.limit + policy.termination.forceShutdownAfter
    default: false
    }
  }
}

extension PacePolicy {
  /// A reading older than this is missing, and a gap longer than this breaks a hold time.
  var readingLimit: Duration { max(expectedSampleInterval * 2, tick * 2) }
  /// Lists are read less often than metrics are sampled: older than this they are unknown.
  var observationLimit: Duration { readingLimit * 2 }
}

extension WorkerRecord {
  /// By which a minimum keeps workers, the least first. A standby clone counts from when it was wanted, or it would push out
  /// whoever is kept already; of several that were wanted at once those for the minimum's sake come first.
  fileprivate var seniority: (Instant, Int, WorkerName) { (wantedSince, reason.has(.belowMinimum) ? 0 : 1, name) }
}
