public import Model

/// What is there beside the records: machines of ours that no record knows, and nodes of ours that no machine stands behind.
///
/// Each decision's lists are reviewed, and what has been found lasts from review to review in this value. A worker that
/// serves is adopted: a record is made of its mark, its labels and its node. What serves nobody is handed to the
/// lifecycle as a record that is on its way out, so that identity, order and repetition are those of every removal.
/// Machines and nodes of others are never looked at twice.
public struct Inventory: Hashable, Sendable {
  /// Something that no record accounts for.
  public struct Finding: Hashable, Sendable {
    /// What it is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      case machine, node
    }

    /// A machine or a node.
    public var kind: Kind
    /// The machine's number, or the node's name.
    public var key: String
    /// The worker that it says it is.
    public var worker: WorkerName
    /// Since when it has been found in every review.
    public var since: Instant
    /// Of a machine: since when no review has found a node that stands on it; `nil`: one does.
    public var withoutNodeSince: Instant?
    /// What it is, and what is done about it or is to be done by a person.
    public var sentence: String
  }

  /// What is known of the world and of the records.
  public struct Look: Sendable {
    /// All that are not terminated.
    public var workers: [WorkerRecord]
    /// As seen in this tick.
    public var machines: Observed<[MachineObservation]>
    /// As seen in this tick.
    public var nodes: Observed<[NodeObservation]>
    /// As seen in this tick.
    public var pods: Observed<[PodObservation]>

    /// The records and three lists.
    public init(
      workers: [WorkerRecord], machines: Observed<[MachineObservation]>, nodes: Observed<[NodeObservation]>,
      pods: Observed<[PodObservation]>
    ) {
      self.workers = workers
      self.machines = machines
      self.nodes = nodes
      self.pods = pods
    }
  }

  /// Sorted by kind and key.
  public private(set) var findings: [Finding] = []
  private var told: [String: String] = [:]
  /// Removals that were begun within the last hour.
  private var removals: [Instant] = []
  private var machinesBefore = 0
  private var nodesBefore = 0
  private var suspectUntil: Instant?
  /// For how long the list of machines has not shown most of those that the records know, whoever's mark they bear; `nil`
  /// while it shows them. Counted look by look, so that a clock that is set does not pass for time.
  private var mostMissedFor: Duration?
  private var lookedAt: Instant?

  /// Nothing has been reviewed yet.
  public init() {}

  /// Reviews a look. New records are returned as transitions without actions; the next `advance` begins their work.
  /// - Parameter newID: gives ids for records of nodes, which say none themselves.
  public mutating func review(
    _ look: Look, now: Instant, policy: Policy, newID: () -> WorkerID
  ) -> [WorkerTransition] {
    guard case .known(let machines, _) = look.machines else { return [] }
    let shown = Shown(machines)
    noteWhetherMostAreMissed(shown, look.workers, now, policy)
    guard case .known(let nodes, _) = look.nodes, case .known(let pods, _) = look.pods else { return [] }
    let ours = machines.filter {
      let isOurs = $0.owner?.cluster == policy.clusterName || SeededBug.adoptsFromOtherClusters.isOn
      return $0.owner != nil && isOurs && !$0.isTemplate
    }
    noteSizes(shown, ours, nodes, look.workers, now)
    if let until = suspectUntil, now < until {
      findings = []
      return []
    }
    var review = Review(
      workers: look.workers, machines: machines, ours: ours, nodes: nodes, pods: pods, now: now, policy: policy)
    review.before = Dictionary(findings.map { ($0.kind.rawValue + $0.key, $0) }) { first, _ in first }
    removals.removeAll { now - $0 >= .hours(1) }
    review.removalsLeft = min(
      LifecycleLimits.orphansRemovedPerReview, LifecycleLimits.orphansRemovedPerHour - removals.count)
    review.lookAtMachines()
    review.lookAtNodes(newID)
    findings = review.findings.sorted { ($0.kind.rawValue, $0.key) < ($1.kind.rawValue, $1.key) }
    removals += Array(repeating: now, count: review.removed)
    return review.transitions
  }

  /// Findings that are new or about which something else is to be told, as events; each is told once.
  public mutating func news() -> [(worker: WorkerName, event: WorkerEvent)] {
    var news: [(worker: WorkerName, event: WorkerEvent)] = []
    for finding in findings where told[finding.kind.rawValue + finding.key] != finding.sentence {
      news.append((finding.worker, WorkerEvent("orphan_\(finding.kind.rawValue)", finding.sentence)))
    }
    told = Dictionary(findings.map { ($0.kind.rawValue + $0.key, $0.sentence) }) { first, _ in first }
    return news
  }

  /// Whether lists that look broken hold everything.
  public func isSuspicious(at now: Instant) -> Bool { suspectUntil.map { now < $0 } ?? false }

  /// Whether what the list of machines lacks is not taken for gone: it does not show most of the machines that the records
  /// know. After so long it is believed, as otherwise nothing would ever take the place of what is gone.
  public var doubtsAbsence: Bool {
    if SeededBug.believesEmptyLists.isOn { return false }
    return mostMissedFor.map { $0 < LifecycleLimits.brokenReading } ?? false
  }

  /// A list that lost most of its rows at once is a broken reading (a token without rights, an API that starts), and so
  /// is one that does not show most of what the records know.
  private mutating func noteSizes(
    _ shown: Shown, _ ours: [MachineObservation], _ nodes: [NodeObservation], _ workers: [WorkerRecord],
    _ now: Instant
  ) {
    let expected = workers.filter { $0.machine != nil && !$0.state.isLeaving }
    if isMostlyLost(machinesBefore, ours.count) || isMostlyLost(nodesBefore, nodes.count)
      || isMostlyLost(expected.count, expected.count(where: shown.has))
    {
      suspectUntil = now.advanced(by: LifecycleLimits.brokenReading)
    }
    machinesBefore = ours.count
    nodesBefore = nodes.count
  }

  private mutating func noteWhetherMostAreMissed(
    _ shown: Shown, _ workers: [WorkerRecord], _ now: Instant, _ policy: Policy
  ) {
    // A clone that was called for may not be in the list yet, and what is being deleted may not be any more.
    let known = workers.filter { $0.machine != nil && $0.billedFrom != nil && !$0.isBeingDeleted }
    let passed = lookedAt.map { min(max(.zero, now - $0), max(policy.pace.tick, LifecycleLimits.looksApart)) }
    lookedAt = now
    let before = mostMissedFor.map { $0 + (passed ?? .zero) }
    mostMissedFor = isMostlyLost(known.count, known.count(where: shown.has)) ? before ?? .zero : nil
  }

  /// Which workers' machines a list shows. One that has lost its mark is there all the same.
  private struct Shown {
    private let owned: Set<WorkerID>
    private let unmarked: Set<MachineID>

    init(_ machines: [MachineObservation]) {
      owned = Set(machines.compactMap { $0.owner?.id })
      unmarked = Set(machines.lazy.filter { $0.owner == nil }.map(\.id))
    }

    func has(_ worker: WorkerRecord) -> Bool {
      owned.contains(worker.id) || worker.machine.map(unmarked.contains) ?? false
    }
  }

  private func isMostlyLost(_ before: Int, _ after: Int) -> Bool {
    before >= LifecycleLimits.fewestRowsToJudge && after * 2 < before
  }
}

extension WorkerRecord {
  /// Its machine's deletion has been asked for.
  fileprivate var isBeingDeleted: Bool {
    state == .terminated || state == .terminating && step?.name == LifecycleStep.deleteMachine.rawValue
  }
}
