import Model
import Ports
import Simulator

/// Nothing of ours is left behind.
///
/// Promised at any time: no machine is made for a worker of which the journal does not know yet, for then nobody would know
/// of the machine after a crash.
///
/// Promised, once faults have ended and what they left has had its time: every machine that bears our cluster's mark
/// belongs to a record that is not terminated, within `bound`; every record that is to have a machine has one, or goes; and a
/// node of ours whose machine is gone, whose name no other machine bears, and that nobody has a record of, is gone as well.
///
/// Excused: while tidying up is switched off, or is left to a person on purpose (a machine of a pool that is not in the
/// configuration, or of a name that two machines bear); time in which the program could not look, write or act.
public struct OrphansChecker: Checker {
  public static let name = "orphans"

  /// In fair time: what is young is left alone for half an hour or for what a clone may take, and one leftover is removed
  /// in a step, at most ten an hour.
  static func bound(_ policy: Policy) -> Duration {
    let clone = policy.provisioning.limit(of: .clone) * policy.provisioning.attempts * 2
    return max(.minutes(30), clone) + .minutes(60)
  }

  private var last: Instant?
  /// Fair time for which a machine has had no record.
  private var strays: [MachineID: (owner: WorkerID, time: Duration)] = [:]
  /// Fair time for which a record has had no machine.
  private var empty: [WorkerID: Duration] = [:]
  /// Fair time for which a node has had neither.
  private var left: [NodeName: Duration] = [:]
  private var open: [WorkerID: WorkerRecord] = [:]
  private var known: Set<WorkerID> = []
  private var told: Set<WorkerID> = []
  private var toldNodes: Set<NodeName> = []

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    for record in moment.changed {
      open[record.id] = record.state == .terminated ? nil : record
      known.insert(record.id)
    }
    defer { last = moment.now }
    let violations = moment.calls.isEmpty ? [] : unwritten(moment)
    guard moment.phase == .liveness, let last, moment.isFair else { return violations }
    let step = moment.now - last
    return violations + strays(moment, step) + vacancies(moment, step) + leftNodes(moment, step)
  }

  private mutating func unwritten(_ moment: Moment) -> [Violation] {
    moment.calls.compactMap { call in
      guard case .clone(let request) = call.call, call.outcome == .done || call.outcome == .answerLost else {
        return nil
      }
      let owner = request.owner
      guard !known.contains(owner.id), told.insert(owner.id).inserted else { return nil }
      return violation(
        moment, "A machine was made for \(owner.worker) (\(owner.id)), of which nothing is in the journal.")
    }
  }

  private mutating func strays(_ moment: Moment, _ step: Duration) -> [Violation] {
    guard moment.policy.cleanup.removesOrphans else { return [] }
    var found: [MachineID: (owner: WorkerID, time: Duration)] = [:]
    var violations: [Violation] = []
    for id in moment.world.machines.keys {
      guard let owner = moment.world.machines.look(at: id, { $0.isTemplate ? nil : $0.owner }) ?? nil,
        owner.cluster == moment.world.clusterName, open[owner.id] == nil, moment.policy.pool(owner.pool) != nil
      else { continue }
      let before = strays[id].flatMap { $0.owner == owner.id ? $0.time : nil } ?? .zero
      found[id] = (owner.id, before + step)
      guard before + step > Self.bound(moment.policy), !isShared(owner.worker, moment.world),
        told.insert(owner.id).inserted
      else { continue }
      violations.append(
        violation(
          moment,
          "Machine \(id) bears the mark of \(owner.worker) (\(owner.id)) and belongs to no record since "
            + "\((before + step).text)."))
    }
    strays = found
    return violations
  }

  /// Which of two machines of one name is to stay, a person decides.
  private func isShared(_ name: WorkerName, _ world: World) -> Bool {
    if open.values.contains(where: { $0.name == name }) { return true }
    return world.machines.keys.count { world.machines[$0]?.owner?.worker == name } > 1
  }

  private mutating func leftNodes(_ moment: Moment, _ step: Duration) -> [Violation] {
    guard moment.policy.cleanup.removesOrphans else { return [] }
    let before = left
    left = [:]
    var violations: [Violation] = []
    let world = moment.world
    for name in world.nodes.keys {
      guard let node = world.nodes.look(at: name, { $0.isReady ? nil : $0 }) ?? nil,
        let pool = node.labels["node-pool"].flatMap({ moment.policy.pool(PoolName($0)) }),
        case let worker = WorkerName(name.rawValue), worker.number(in: pool.name) != nil,
        world.machines[node.machine] == nil, !open.values.contains(where: { $0.name == worker }),
        !bears(worker, world)
      else { continue }
      let time = (before[name] ?? .zero) + step
      left[name] = time
      guard time > Self.bound(moment.policy), toldNodes.insert(name).inserted else { continue }
      violations.append(
        violation(
          moment, "Node \(name) is in the cluster, and neither a machine nor a record of it since \(time.text)."))
    }
    return violations
  }

  /// Whether a machine has a name, marked or not: then a person must say what the node is.
  private func bears(_ name: WorkerName, _ world: World) -> Bool {
    world.machines.keys.contains { id in
      world.machines.look(at: id) { $0.owner?.worker == name || $0.name == name.rawValue } ?? false
    }
  }

  private mutating func vacancies(_ moment: Moment, _ step: Duration) -> [Violation] {
    guard !open.isEmpty else { return [] }
    var owned: Set<WorkerID> = []
    for id in moment.world.machines.keys {
      if let owner = moment.world.machines.look(at: id, \.owner) ?? nil { owned.insert(owner.id) }
    }
    var violations: [Violation] = []
    for id in open.keys.sorted() {
      guard !owned.contains(id), let record = open[id] else {
        empty[id] = nil
        continue
      }
      let time = (empty[id] ?? .zero) + step
      empty[id] = time
      // An unmarked machine is a person's to deal with; the record waits for it.
      let isUnmarked = record.machine.map { moment.world.machines[$0] != nil } ?? false
      guard time > Self.bound(moment.policy), !isUnmarked, told.insert(id).inserted else { continue }
      violations.append(
        violation(moment, "\(record.name) is \(record.state.rawValue) and has no machine since \(time.text)."))
    }
    return violations
  }
}
