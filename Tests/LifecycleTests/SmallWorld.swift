import Lifecycle
import Model

/// SplitMix64: the same numbers for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
  mutating func seconds(_ range: ClosedRange<Int>) -> Duration { .seconds(Int.random(in: range, using: &self)) }
}

/// A hypervisor, a node and its pods, just large enough for one worker: every call takes time, and may fail, lose its
/// answer, or take effect late. Clones are *not* idempotent here, so that a doubled call shows.
struct SmallWorld {
  struct Machine {
    var id: MachineID
    var owner: MachineOwner
    var power = MachineObservation.Power.stopped
    var locked = true
    var configured = false
    var hasConfiguration = false
  }

  enum Effect {
    case cloneBegins(task: String), cloneEnds(MachineID, task: String, well: Bool)
    case configured, started, answers, applied, nodeComes, nodeReady, stopped, machineGone, nodeGone(String)
    case cordoned(Bool), labelled([String: String]), untainted, podGone(PodKey), wentDown, cameBack
  }

  var now: Instant
  var random: SeededGenerator
  var faults = true
  let record: WorkerRecord
  var machines: [Machine] = []
  var tasks: [String: TaskState] = [:]
  var node: NodeObservation?
  var pods: [PodObservation] = []
  var system: SystemObservation?
  private(set) var pending: [(at: Instant, order: Int, effect: Effect)] = []
  private var counter = 0
  private var past: [(at: Instant, machine: MachineObservation?, node: NodeObservation?, pods: [PodObservation])] = []
  /// What must never happen, when it did.
  var violations: [String] = []

  init(record: WorkerRecord, seed: UInt64, now: Instant) {
    self.record = record
    self.now = now
    random = SeededGenerator(seed: seed)
    remember()
  }

  // MARK: Time

  mutating func pass(_ duration: Duration) {
    let end = now.advanced(by: duration)
    while let index = pending.indices.min(by: {
      (pending[$0].at, pending[$0].order) < (pending[$1].at, pending[$1].order)
    }),
      pending[index].at <= end
    {
      let due = pending.remove(at: index)
      now = max(now, due.at)
      happen(due.effect)
    }
    now = end
    remember()
  }

  private mutating func later(_ delay: Duration, _ effect: Effect) {
    counter += 1
    pending.append((now.advanced(by: delay), counter, effect))
  }

  private mutating func remember() {
    past.append((now, machines.first.map(observe), node, pods))
    if past.count > 8 { past.removeFirst() }
  }

  private func observe(_ machine: Machine) -> MachineObservation {
    var seen = MachineObservation(
      id: machine.id, name: record.name.rawValue, host: "pve1", power: machine.power, owner: machine.owner)
    seen.locked = machine.locked
    seen.configured = machine.configured
    return seen
  }

  // MARK: Looking

  /// A look that may be up to 10 s old, and parts of which may be missing.
  mutating func look(for record: WorkerRecord) -> WorkerObservation {
    var usable = past.filter { now - $0.at <= .seconds(10) }
    if !faults || usable.isEmpty { usable = Array(past.suffix(1)) }
    let seen = usable[Int.random(in: 0..<usable.count, using: &random)]
    var observation = WorkerObservation(
      machine: .known(seen.machine, at: seen.at), node: .known(seen.node, at: seen.at),
      pods: .known(seen.pods, at: seen.at))
    observation.system = system
    observation.task = record.step?.task.flatMap { tasks[$0] }
    guard faults else { return observation }
    if random.chance(10) { observation.machine = .unknown("no answer") }
    if random.chance(10) { observation.node = .unknown("no answer") }
    if random.chance(10) { observation.pods = .unknown("no answer") }
    if random.chance(10) { observation.system = nil }
    if random.chance(20) { observation.task = nil }
    return observation
  }

  // MARK: Calls

  /// - Returns: the answer, or `nil` when it was lost.
  mutating func perform(_ action: WorkerAction) -> ActionOutcome? {
    if faults, random.chance(8) { return .failed(code: "busy", message: "It is busy.", retryable: true) }
    if faults, random.chance(8) { return .failed(code: "unreachable", message: "No answer came.", retryable: true) }
    let late = faults && random.chance(10)
    let outcome = carryOut(action, late ? random.seconds(1...30) : .zero)
    return late ? (random.chance(50) ? nil : .failed(code: "uncertain", message: "Cut.", retryable: true)) : outcome
  }

  private mutating func carryOut(_ action: WorkerAction, _ delay: Duration) -> ActionOutcome {
    switch action {
    case .clone:
      counter += 1
      let task = "task-\(counter)"
      if delay == .zero {
        happen(.cloneBegins(task: task))
        return .cloned(machine: machines.last!.id, task: task)
      }
      later(delay, .cloneBegins(task: task))
      return .succeeded
    case .configure: later(delay + random.seconds(0...10), .configured)
    case .start: later(delay + random.seconds(1...20), .started)
    case .applyConfiguration:
      guard delay > .zero || system?.stage == .maintenance else {
        return .failed(code: "unreachable", message: "It does not answer.", retryable: true)
      }
      later(delay, .applied)
    case .label(let labels): later(delay, .labelled(labels))
    case .removeStartUpTaint: later(delay, .untainted)
    case .cordon: later(delay, .cordoned(true))
    case .uncordon: later(delay, .cordoned(false))
    case .evict(let pod, _, _):
      if faults, random.chance(40) { return .evictionRefused(by: "web-budget") }
      if let index = pods.firstIndex(where: { $0.key == pod }) {
        pods[index].isTerminating = true
        later(random.seconds(1...30), .podGone(pod))
      }
    case .deleteNode(let uid):
      if machines.contains(where: { $0.power == .running }) {
        violations.append("node deleted under a running machine")
      }
      later(delay, .nodeGone(uid))
    case .shutdown:
      guard system?.stage == .running else {
        return .failed(code: "unreachable", message: "It does not answer.", retryable: true)
      }
      if !faults || random.chance(70) { later(delay + random.seconds(5...60), .stopped) }
    case .powerOff: later(delay + random.seconds(0...5), .stopped)
    case .deleteMachine:
      guard let machine = machines.first else { return .succeeded }
      if machine.locked { return .failed(code: "busy", message: "VM is locked (clone).", retryable: true) }
      if machine.power == .running { return .failed(code: "conflict", message: "VM is running.", retryable: true) }
      later(delay + random.seconds(0...5), .machineGone)
    case .restartKubelet, .cleanDisk, .pruneImages: later(delay, .nodeReady)
    case .reboot: later(delay, .wentDown)
    }
    return .succeeded
  }

  // MARK: Effects

  private mutating func happen(_ effect: Effect) {
    switch effect {
    case .cloneBegins(let task):
      counter += 1
      let owner = MachineOwner(cluster: "home", pool: record.pool, worker: record.name, id: record.id)
      machines.append(Machine(id: MachineID(20000 + counter), owner: owner))
      if machines.count > 1 { violations.append("two machines for one worker") }
      tasks[task] = .running
      let well = !faults || random.chance(85)
      later(random.seconds(20...(faults ? 150 : 60)), .cloneEnds(machines.last!.id, task: task, well: well))
    case .cloneEnds(let id, let task, let well):
      guard let index = machines.firstIndex(where: { $0.id == id }) else { return }
      tasks[task] = well ? .succeeded : .failed("storage lock timeout")
      machines[index].locked = false
      if !well, random.chance(50) { machines.remove(at: index) }
    case .configured: change { $0.configured = true }
    case .machineGone: if machines.first?.power == .stopped { machines.removeAll { !$0.locked } }
    case .nodeGone(let uid): if node?.uid == uid { (node, pods) = (nil, []) }
    case .cordoned(let cordoned):
      node?.unschedulable = cordoned
      node?.annotations[NodeObservation.cordonMark] = cordoned ? "true" : nil
    case .labelled(let labels): node?.labels.merge(labels) { _, new in new }
    case .untainted:
      node?.taints = []
      scheduleSomePods()
    case .podGone(let key): pods.removeAll { $0.key == key }
    default: happenInside(effect)
    }
  }

  private mutating func happenInside(_ effect: Effect) {
    let runs = machines.first?.power == .running
    switch effect {
    case .started:
      guard machines.first?.power == .stopped, machines.first?.locked == false else { return }
      change { $0.power = .running }
      if !faults || random.chance(90) { later(random.seconds(5...60), .answers) }
    case .answers:
      guard runs else { return }
      let configured = machines[0].hasConfiguration
      system = SystemObservation(stage: configured ? .running : .maintenance, kubeletRunning: configured)
      if configured { later(.seconds(5), .nodeReady) }
    case .applied:
      guard runs, system?.stage == .maintenance else { return }
      change { $0.hasConfiguration = true }
      system = nil
      if !faults || random.chance(90) { later(random.seconds(20...100), .nodeComes) }
    case .nodeComes:
      guard runs else { return }
      system = SystemObservation(stage: .running, kubeletRunning: true)
      counter += 1
      if node == nil {
        node = NodeObservation(
          name: NodeName(record.name.rawValue), uid: "uid-\(counter)", createdAt: now, allocatable: .zero)
        node?.conditions["Ready"] = .init(status: .no, since: now)
        node?.taints = [.starting]
      }
      later(random.seconds(1...60), .nodeReady)
    case .nodeReady:
      guard runs, node != nil, node?.isReady == false, system?.stage == .running else { return }
      node?.conditions["Ready"] = .init(status: .yes, since: now)
      scheduleSomePods()
    case .stopped: stop()
    case .wentDown:
      guard runs else { return }
      stop()
      change { $0.power = .running }
      later(random.seconds(20...60), .cameBack)
    case .cameBack:
      guard runs else { return }
      system = SystemObservation(stage: .running, kubeletRunning: true)
      later(.seconds(10), .nodeReady)
    default: break
    }
  }

  private mutating func scheduleSomePods() {
    guard let node, node.isReady, !node.unschedulable, !node.isStarting, pods.isEmpty else { return }
    pods = (1...8).map { Fixture.pod("p\($0)", priority: $0 % 3) }
  }

  private mutating func stop() {
    change { $0.power = .stopped }
    system = nil
    node?.conditions["Ready"] = .init(status: .unknown, since: now)
  }

  private mutating func change(_ body: (inout Machine) -> Void) {
    guard !machines.isEmpty else { return }
    body(&machines[0])
  }

  // MARK: Mischief

  /// The node stops reporting, or the whole machine is gone.
  mutating func harm() {
    if random.chance(50) {
      node?.conditions["Ready"] = .init(status: .unknown, since: now)
    } else if random.chance(30), machines.first?.locked == false {
      stop()
      machines.removeAll()
    }
  }
}
