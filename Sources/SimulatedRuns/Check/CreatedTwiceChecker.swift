import Model
import Ports
import Simulator

/// Nothing is made twice.
///
/// Promised: at no time are there two machines of one worker or of one worker's name; an id is never given to a second
/// worker; an order of N workers gets N records at most, however often it was sent, whatever was lost or died in between;
/// and pods that wait are not answered with another worker while workers of the same kind are on their way for them already
/// that hold all of them.
///
/// Not counted: the clone that follows one whose machine is gone; names that are given again after lists of machines that
/// lied. A worker that has a node already is judged by nobody: the scheduler may have used it.
public struct CreatedTwiceChecker: Checker {
  public static let name = "created_twice"

  private struct Birth: Hashable {
    var name: WorkerName
    var pool: PoolName
    var createdAt: Instant
  }

  private var afterwards = Afterwards()
  private var births: [WorkerID: Birth] = [:]
  private var meters = 0
  private var doubled = 0
  /// Workers asked for, by order.
  private var orders: [RequestID: Int] = [:]
  private var served: [RequestID: Set<WorkerID>] = [:]
  private var told: Set<RequestID> = []
  /// Made for pods that wait, and not there yet; by id.
  private var coming: [WorkerID: WorkerRecord] = [:]

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    afterwards.see(moment)
    var violations = machines(moment)
    for request in moment.requests { orders[request.id] = request.workers }
    for disturbance in moment.disturbances {
      if case .order(let order) = disturbance, let id = order.id, orders[id] == nil { orders[id] = order.workers }
    }
    for record in moment.changed {
      violations += identity(record, moment)
      violations += order(record, moment)
    }
    violations += demand(moment)
    return violations
  }

  // MARK: - Machines

  private mutating func machines(_ moment: Moment) -> [Violation] {
    guard !moment.calls.isEmpty else { return [] }
    let report = moment.world.report
    defer {
      meters = report.machines.count
      doubled = report.doubleCreations.count
    }
    var violations: [Violation] = []
    for meter in report.machines.dropFirst(meters) {
      let twin = report.machines.first {
        $0.owner.id == meter.owner.id && $0 != meter && ($0.deletedAt ?? moment.now) > meter.cloneBeganAt
          && $0.cloneBeganAt <= meter.cloneBeganAt
      }
      guard let twin else { continue }
      violations.append(
        violation(
          moment,
          "Machine \(meter.machine) was made for \(meter.owner.worker) (\(meter.owner.id)), which has machine "
            + "\(twin.machine) already."))
    }
    guard violations.isEmpty, report.doubleCreations.count > doubled,
      !afterwards.lied(.hypervisor, within: .hours(1), before: moment.now)
    else { return violations }
    return [
      violation(
        moment, "A machine was made for worker \(report.doubleCreations[doubled]) while another bears its name.")
    ]
  }

  // MARK: - Records

  private mutating func identity(_ record: WorkerRecord, _ moment: Moment) -> [Violation] {
    let birth = Birth(name: record.name, pool: record.pool, createdAt: record.createdAt)
    guard let known = births.updateValue(birth, forKey: record.id), known != birth else { return [] }
    return [
      violation(
        moment,
        "Id \(record.id) was \(known.name) of \(known.createdAt) and is given to \(record.name) of \(record.createdAt)."
      )
    ]
  }

  private mutating func order(_ record: WorkerRecord, _ moment: Moment) -> [Violation] {
    guard let id = record.request, served[id, default: []].insert(record.id).inserted, let wanted = orders[id],
      served[id]!.count > wanted, told.insert(id).inserted
    else { return [] }
    return [
      violation(moment, "Order \(id) asked for \(wanted) workers and has got \(served[id]!.count) by \(record.name).")
    ]
  }

  // MARK: - Pods that wait

  private mutating func demand(_ moment: Moment) -> [Violation] {
    let fresh = moment.changed.filter {
      $0.reason.code == "pending_pods" && !$0.isSpare && $0.stands && $0.isComing && coming[$0.id] == nil
    }
    var before = coming
    for record in moment.changed {
      let waits = record.reason.code == "pending_pods" && !record.isSpare && record.stands && record.isComing
      coming[record.id] = waits ? record : nil
      // It may have been under way when this step decided.
      if !waits { before[record.id] = nil }
    }
    guard !fresh.isEmpty, let snapshot = moment.decision?.snapshot, let pods = snapshot.pods.value,
      moment.policy.placement.zoneLabel == nil
    else { return [] }
    let waiting = pods.filter { $0.node == nil && $0.phase == .pending && !$0.belongsToNode && !$0.isTerminating }
    guard waiting.allSatisfy({ $0.constraints.isPlain }) else { return [] }
    for record in fresh {
      let alike = before.values.count {
        $0.pool == record.pool && $0.template == record.template
          && moment.world.nodes[NodeName($0.name.rawValue)] == nil
      }
      guard alike > 0, alike * podsHeld(by: record, waiting, moment) >= waiting.count else { continue }
      return [
        violation(
          moment,
          "\(record.name) was asked for while \(alike) \(record.template) workers of pool \(record.pool) are on their "
            + "way for the \(waiting.count) pods that wait.")
      ]
    }
    return []
  }
}

extension CreatedTwiceChecker {
  /// How many of these pods a worker holds at least, whichever they are; 1 where it was made for one of them.
  private func podsHeld(by record: WorkerRecord, _ pods: [PodObservation], _ moment: Moment) -> Int {
    guard let room = moment.policy.template(record.template)?.allocatable else { return 1 }
    let daemons = moment.world.workloads.values.filter { $0.kind == .daemonSet }.map(\.pod.requests)
    let left = daemons.reduce(room) { $0 - $1 }
    func most(_ amount: KeyPath<Resources, Int64>) -> Int64 {
      let largest = pods.map { $0.requests[keyPath: amount] }.max() ?? 0
      return largest > 0 ? left[keyPath: amount] / largest : .max
    }
    guard pods.allSatisfy({ $0.requests.extended.isEmpty && $0.constraints.hostPorts.isEmpty }) else { return 1 }
    return Int(
      max(1, min(most(\.cpuMillicores), most(\.memoryBytes), most(\.ephemeralStorageBytes), left.pods / 1, 1000)))
  }
}

extension PodConstraints {
  /// Nothing about other pods, so that each pod may run on a worker of its own.
  var isPlain: Bool { podAffinity.isEmpty && podAntiAffinity.isEmpty && topologySpread.isEmpty }
}
