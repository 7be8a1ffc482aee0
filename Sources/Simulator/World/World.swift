public import Model

/// The simulated world: hosts, machines, operating systems, a Kubernetes cluster and its load.
///
/// A value: copying it is a snapshot, saving it and loading it changes nothing, and the same seed with the same calls
/// gives the same world. It has no clock: every call carries the instant, and what was due by then happens first, in
/// the order of time. How often it is looked at changes nothing either.
public struct World: Sendable, Codable, Equatable {
  /// The instant that the world has come to.
  public internal(set) var now: Instant
  /// The cluster whose machines count as ours.
  public let clusterName: String
  /// How long things take.
  public var timings: WorldTimings
  /// What goes wrong.
  public var faults = WorldFaults()
  /// The lowest number that a new machine gets; the lowest free one is taken.
  public var firstMachineID = 200
  /// The first two numbers of the addresses of machines that are cloned from now on; `127.20` for a world whose machines
  /// can really be dialled.
  public var addressPrefix = "10.20"
  /// The kinds of workers that are known by name, allocatable and price; for machines that are cloned over the wire.
  public var catalogue: [Template] = []
  /// Whether the cores' counters are kept; only exporters need them, and in a long run they cost most.
  public var metersUse: Bool {
    get { leavesUseUnmetered != true }
    set { leavesUseUnmetered = newValue ? nil : true }
  }
  /// Pools of the hypervisor, with their comments.
  public var machinePools: [String: String] = [:]

  /// By name.
  public internal(set) var hosts = SortedTable<HostName, SimulatedHost>()
  /// By number.
  public internal(set) var machines = SortedTable<MachineID, SimulatedMachine>()
  /// By reference.
  public internal(set) var tasks = SortedTable<String, SimulatedTask>()
  /// By name.
  public internal(set) var nodes = SortedTable<NodeName, SimulatedNode>()
  /// By number, that is in the order of creation.
  public internal(set) var pods = SortedTable<Int, SimulatedPod>()
  /// By name.
  public internal(set) var workloads = SortedTable<String, Workload>()
  /// In the order in which they were added.
  public internal(set) var budgets: [DisruptionBudget] = []
  /// Objects that clients keep in the cluster and that the world does nothing with, as JSON, by the path of the kind,
  /// the namespace and the name: leases, custom resources, events.
  public internal(set) var keptObjects = SortedTable<String, String>()
  /// Told to the cluster, oldest first.
  public internal(set) var events: [ToldEvent] = []
  /// In the order in which they were added.
  public internal(set) var scheduledFaults: [ScheduledFault] = []

  private var leavesUseUnmetered: Bool?
  var random: SplitMix64
  var queue = EventQueue()
  var tally = WorldTally()
  /// Pods of each workload that are in the list.
  var podsOfWorkload = SortedTable<String, [Int]>()
  /// Of each job: pods that have succeeded.
  var finishedPodsOfWorkload = SortedTable<String, Int>()
  /// Pods without a node.
  var waitingPods: [Int] = []
  /// Whether a pass of the scheduler is due already.
  var schedulingIsDue = false
  /// By uid: pods of nodes that were deleted, until they are collected.
  var podsOfDeletedNodes = SortedTable<String, [Int]>()
  /// When the hypervisor told its statistics last.
  var broadcastAt: Instant
  var nextPodNumber = 1
  var nextTaskNumber = 1
  var nextToken = 1
  /// Lists that readers asked for; no part of the value.
  var memo = WorldMemo()

  /// An empty world.
  public init(seed: UInt64, start: Instant, clusterName: String, timings: WorldTimings = WorldTimings()) {
    now = start
    broadcastAt = start
    self.clusterName = clusterName
    self.timings = timings
    random = SplitMix64(seed: seed)
  }

  /// Lets everything happen that is due by `instant`. Time never goes back: an earlier instant changes nothing.
  public mutating func advance(to instant: Instant) {
    let broadcast = lastBroadcast(before: instant)
    if broadcast > broadcastAt {
      happen(until: broadcast)
      for id in machines.keys where machines[id]!.isShownWrong { machines[id]!.show() }
      broadcastAt = broadcast
    }
    happen(until: instant)
  }

  private mutating func happen(until instant: Instant) {
    while let entry = queue.next(by: instant) {
      now = max(now, entry.at)
      perform(entry.event)
    }
    now = max(now, instant)
  }

  /// The hypervisor tells its statistics at fixed instants, however often it is looked at.
  private func lastBroadcast(before instant: Instant) -> Instant {
    let interval = max(1, timings.statistics.milliseconds)
    return Instant(milliseconds: instant.milliseconds / interval * interval)
  }

  /// When the next event happens by itself; `nil` when nothing is due any more.
  public var nextEventAt: Instant? { queue.nextAt }

  private mutating func perform(_ event: WorldEvent) {
    switch event {
    case .machine(let step, let id, let token):
      if machines[id]?.token == token { performMachine(step, id) }
    case .node(let step, let uid, let token): performNode(step, uid: uid, token: token)
    case .pod(let step, let number, let token):
      if pods[number]?.token == token { performPod(step, number) }
    case .workload(let name): reviewWorkload(name)
    case .roll(let name): reconcile(name)
    case .visitorLeaves(let id): removeVisitor(id)
    case .schedule: runScheduler()
    case .fault(let index): performFault(index)
    case .hostBack(let name): bringHostBack(name)
    case .task(let step, let reference): performTask(step, reference)
    }
  }

  mutating func schedule(_ event: WorldEvent, after delay: Duration) {
    queue.schedule(event, at: now.advanced(by: delay))
  }

  mutating func newToken() -> Int {
    nextToken += 1
    return nextToken
  }

  /// The world's own account of what happened until now.
  public var report: WorldReport {
    var longest = tally.longestPending
    var longestPod = tally.longestPendingPod
    for number in waitingPods {
      guard let pod = pods[number], now - pod.createdAt > longest else { continue }
      longest = now - pod.createdAt
      longestPod = pod.key
    }
    return WorldReport(
      now: now, machines: tally.meters, doubleCreations: tally.doubleCreations,
      budgetViolations: tally.budgetViolations, foreignTouches: tally.foreignTouches,
      ownerRefusals: tally.ownerRefusals, podsCreated: tally.podsCreated, podsFinished: tally.podsFinished,
      podsEvicted: tally.podsEvicted, evictionsRefused: tally.evictionsRefused, podsLost: tally.podsLost,
      podsPending: waitingPods.count, longestPending: longest, longestPendingPod: longestPod,
      faultsInjected: tally.failuresInjected)
  }
}
