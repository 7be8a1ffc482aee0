import Lifecycle
import Model
import Ports

/// What one look at the outside world showed. Each list is known or unknown as a whole.
struct WorldView: Sendable {
  var nodes: Observed<[NodeObservation]>
  var pods: Observed<[PodObservation]>
  var disruptionBudgets: Observed<[DisruptionBudgetObservation]>
  var daemonSets: Observed<[DaemonSetObservation]>
  var namespaceLabels: [String: [String: String]] = [:]
  var hosts: Observed<[HostObservation]>
  var machines: Observed<[MachineObservation]>
  /// Of workers whose operating system answered.
  var systems: [WorkerName: SystemObservation]
  var addresses: [WorkerName: String]
  /// Of tasks that records refer to.
  var tasks: [WorkerName: TaskState]
  /// Pods on the nodes of workers that are being drained, past any cache: what is not seen here is gone.
  var freshPods: [WorkerName: Observed<[PodObservation]>] = [:]
  /// What the places that the lists come from cannot tell, one sentence each.
  var untold: [String] = []

  /// The view of a program to which nothing is connected.
  static let disconnected: WorldView = {
    let reason = "No infrastructure is connected (infrastructure.kind is \"none\")."
    return WorldView(
      nodes: .unknown(reason), pods: .unknown(reason), disruptionBudgets: .unknown(reason),
      daemonSets: .unknown(reason), hosts: .unknown(reason), machines: .unknown(reason), systems: [:], addresses: [:],
      tasks: [:])
  }()
}

/// Everything that was looked up for one decision.
struct Outlook: Sendable {
  var view: WorldView
  var readings: [TriggerName: Observed<Reading>] = [:]
  var forecasts: [TriggerName: Observed<Forecast>] = [:]
}

/// A view by worker: made once a tick, so that looking up a worker's parts does not walk the lists again and again.
struct WorkerViews {
  private let view: WorldView
  private let machinesByOwner: [WorkerID: MachineObservation]
  private let machinesByNumber: [MachineID: MachineObservation]
  private let nodes: [String: NodeObservation]
  private let pods: [String: [PodObservation]]
  private let absenceIsDoubted: Bool

  /// - Parameters:
  ///   - cluster: machines whose owner names another are not ours.
  ///   - absenceIsDoubted: what the list of machines lacks does not count as gone.
  init(_ view: WorldView, cluster: String, absenceIsDoubted: Bool = false) {
    self.view = view
    self.absenceIsDoubted = absenceIsDoubted
    let machines = view.machines.value ?? []
    let ours = machines.compactMap { machine in
      machine.owner.flatMap {
        $0.cluster == cluster || SeededBug.adoptsFromOtherClusters.isOn ? ($0.id, machine) : nil
      }
    }
    machinesByOwner = Dictionary(ours, uniquingKeysWith: { first, _ in first })
    machinesByNumber = Dictionary(machines.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    nodes = Dictionary(
      (view.nodes.value ?? []).map { ($0.name.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
    pods = Dictionary(grouping: (view.pods.value ?? []).filter { $0.node != nil }) { $0.node?.rawValue ?? "" }
  }

  /// What is known of one worker's parts.
  func observation(of record: WorkerRecord) -> WorkerObservation {
    let name = record.name.rawValue
    // By owner first; by number only to see that a machine of ours has become somebody else's.
    let machine = view.machines.map { _ in
      machinesByOwner[record.id] ?? record.machine.flatMap { machinesByNumber[$0] }
    }
    var observation = WorkerObservation(
      machine: machine, node: view.nodes.map { _ in nodes[name] },
      pods: view.freshPods[record.name] ?? view.pods.map { _ in pods[name] ?? [] })
    observation.absenceIsDoubted = absenceIsDoubted
    observation.system = view.systems[record.name]
    observation.address = view.addresses[record.name] ?? record.address
    observation.task = view.tasks[record.name]
    return observation
  }
}

/// Looks at the outside world through the ports. A port that fails makes its list unknown, with the port's sentence.
struct Observer: Sendable {
  let infrastructure: Infrastructure
  let looks: SystemLooks
  /// How long a healthy worker's answer stands.
  let interval: Duration

  /// Operating systems asked at once.
  static let parallelCalls = 8

  func look(for workers: [WorkerRecord], now: Instant) async -> WorldView {
    async let nodes = read(now) { try await infrastructure.cluster.nodes() }
    async let pods = read(now) { try await infrastructure.cluster.pods() }
    async let budgets = read(now) { try await infrastructure.cluster.disruptionBudgets() }
    async let daemonSets = read(now) { try await infrastructure.cluster.daemonSets() }
    async let namespaces = read(now) { try await infrastructure.cluster.namespaceLabels() }
    async let hosts = read(now) { try await infrastructure.hypervisor.hosts() }
    async let machines = read(now) { try await infrastructure.hypervisor.machines() }
    var view = await WorldView(
      nodes: nodes, pods: pods, disruptionBudgets: budgets, daemonSets: daemonSets, hosts: hosts, machines: machines,
      systems: [:], addresses: [:], tasks: [:])
    switch await namespaces {
    case .known(let labels, _): view.namespaceLabels = labels
    case .unknown(let reason):
      view.untold.append("The labels of namespaces are not known, so that no pod's term chooses by them: \(reason)")
    }
    view.freshPods = await freshPods(of: workers, now)
    let sight = SystemLooks.Sight(nodes: view.nodes, machines: view.machines)
    var due: [WorkerRecord] = []
    for worker in workers {
      if let look = looks.standing(of: worker, in: sight, now: now, interval: interval) {
        view.systems[worker.name] = look.system
        view.addresses[worker.name] = look.address
      } else {
        due.append(worker)
      }
    }
    var learnt: [WorkerName: SystemLooks.Look] = [:]
    for answer in await systems(of: due) {
      let name = answer.record.name
      view.systems[name] = answer.system
      view.addresses[name] = answer.address
      view.tasks[name] = answer.task
      guard let machine = answer.record.machine else { continue }
      learnt[name] = SystemLooks.Look(
        worker: answer.record.id, machine: machine, at: now, system: answer.system, address: answer.address)
    }
    looks.keep(learnt, of: workers)
    return view
  }

  /// The pods of workers that are being drained, as the API server holds them. A drain is over when there are none, and
  /// a list from a cache may be from before the last one came. Few are drained at once, so they are asked one by one.
  private func freshPods(
    of workers: [WorkerRecord], _ now: Instant
  ) async -> [WorkerName: Observed<[PodObservation]>] {
    var pods: [WorkerName: Observed<[PodObservation]>] = [:]
    for worker in workers where worker.isBeingDrained {
      let node = NodeName(worker.name.rawValue)
      pods[worker.name] = await read(now) { try await infrastructure.cluster.pods(on: node) }
    }
    return pods
  }

  private func read<Value: Sendable>(
    _ now: Instant, _ call: () async throws -> Value
  ) async -> Observed<Value> {
    do { return .known(try await call(), at: now) } catch let error as PortError {
      return .unknown("\(error.operation) failed: \(error.message)")
    } catch { return .unknown("A reading of the infrastructure failed: \(error).") }
  }

  private struct Answer: Sendable {
    var record: WorkerRecord
    var system: SystemObservation?
    var address: String?
    var task: TaskState?
  }

  private func systems(of workers: [WorkerRecord]) async -> [Answer] {
    // What stands still does not answer.
    let asked = workers.filter { $0.machine != nil && $0.state != .standby }
    return await withTaskGroup(of: Answer.self) { group in
      var answers: [Answer] = []
      for (index, record) in asked.enumerated() {
        if index >= Self.parallelCalls, let answer = await group.next() { answers.append(answer) }
        group.addTask { await ask(record) }
      }
      for await answer in group { answers.append(answer) }
      return answers
    }
  }

  /// An answer that does not come is no answer: what is unknown stays `nil`.
  private func ask(_ record: WorkerRecord) async -> Answer {
    var answer = Answer(record: record)
    guard let machine = record.machine else { return answer }
    answer.system = try? await infrastructure.nodeOS.observe(machine)
    answer.address = try? await infrastructure.nodeOS.address(of: machine)
    if let task = record.step?.task { answer.task = try? await infrastructure.hypervisor.task(task) }
    return answer
  }
}

extension WorkerRecord {
  /// Whether pods are to leave its node, because it is to go or for a repair, or must have left it: until its power is off
  /// a list from a cache must not say that they are there still.
  fileprivate var isBeingDrained: Bool {
    switch state {
    case .draining: true
    case .repairing: repair?.inWork == .drainAndReboot
    case .terminating: removal?.force != true
    default: false
    }
  }
}
