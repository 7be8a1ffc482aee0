import Model
import Ports
import Simulator

/// Nothing of other people's is touched, changed or deleted.
///
/// Promised: no call is made for a machine that the list of this step's decision, or of the last one, showed without our
/// mark, with another cluster's, or as another worker's; no call of ours reaches a machine whose mark is not ours, be it
/// that a person took it away, unless the hypervisor refuses it (which reads the machine again before each change); the
/// machines that were there before us stay as they were; and only nodes that bear the name of a worker of ours are
/// cordoned, labelled, drained or deleted.
///
/// Excused: calls to operating systems, which know no owner, after lists that were old or lacked rows, or when the mark
/// was taken away in the same step.
public struct ForeignMachinesChecker: Checker {
  public static let name = "foreign_machines"

  static let aftermath: Duration = .minutes(2)

  private struct Portrait: Equatable {
    var description: String
    var tags: [String]
    var hardware: Template.Machine
    var configured: Bool
  }

  private let cluster: String
  private let foreign: [(id: MachineID, portrait: Portrait)]
  private var afterwards = Afterwards()
  private var names: Set<String> = []
  private var told: Set<String> = []

  public init(_ scene: Scene) {
    let world = scene.world
    cluster = world.clusterName
    foreign = world.machines.keys.compactMap { id in
      guard let machine = world.machines[id], machine.isTemplate || machine.owner?.cluster != world.clusterName else {
        return nil
      }
      return (id, Self.portrait(machine))
    }
  }

  private static func portrait(_ machine: SimulatedMachine) -> Portrait {
    Portrait(
      description: machine.description, tags: machine.tags, hardware: machine.hardware, configured: machine.configured)
  }

  public mutating func see(_ moment: Moment) -> [Violation] {
    afterwards.see(moment)
    for record in moment.changed { names.insert(record.name.rawValue) }
    guard !moment.calls.isEmpty else { return [] }
    var violations = portraits(moment)
    let shown = moment.decision?.snapshot.machines.value.map { machines in
      Dictionary(machines.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }
    for call in moment.calls {
      guard let sentence = fault(of: call, shown, moment), told.insert(sentence.key).inserted else { continue }
      violations.append(violation(moment, sentence.text))
    }
    return violations
  }

  private mutating func portraits(_ moment: Moment) -> [Violation] {
    foreign.compactMap { id, portrait in
      let now = moment.world.machines[id].map(Self.portrait)
      guard now != portrait, told.insert("portrait \(id)").inserted else { return nil }
      return violation(
        moment, "Machine \(id), which is not ours, \(now == nil ? "is gone" : "is no longer what it was").")
    }
  }

  private func fault(
    of call: ObservedCall, _ shown: [MachineID: MachineObservation]?, _ moment: Moment
  ) -> (key: String, text: String)? {
    if let node = Self.node(of: call.call) {
      guard !names.contains(node.rawValue), !moment.records.contains(where: { $0.name.rawValue == node.rawValue })
      else {
        return nil
      }
      return ("node \(node)", "Node \(node) is no worker of ours and was meant by \(Self.verb(call.call)).")
    }
    guard let machine = Self.machine(of: call.call) else { return nil }
    let isOurs = call.owner?.cluster == cluster
    // What is gone by now harms nobody.
    if call.outcome == .refused(.notFound) || (call.owner == nil && moment.world.machines[machine] == nil) {
      return nil
    }
    if !isOurs, let seen = shown?[machine], seen.owner?.cluster != cluster {
      return (
        "seen \(machine)",
        "Machine \(machine) was seen without our mark and was meant by \(Self.verb(call.call)) all the same."
      )
    }
    guard !isOurs, Self.isBlind(call.call), call.outcome != .refused(.notOurs), call.outcome != .refused(.unreachable)
    else {
      return nil
    }
    if afterwards.lied(.hypervisor, within: Self.aftermath, before: moment.now) { return nil }
    if moment.handiwork.contains(where: { $0.hand == .removesOwnerMark }) { return nil }
    return ("blind \(machine)", "Machine \(machine) is not ours and \(Self.verb(call.call)) reached it.")
  }

  private static func node(of call: ObservedCall.Call) -> NodeName? {
    switch call {
    case .cordon(let node), .uncordon(let node), .label(let node), .removeTaint(let node), .deleteNode(let node, _):
      node
    default: nil
    }
  }

  private static func machine(of call: ObservedCall.Call) -> MachineID? {
    switch call {
    case .configure(let id), .start(let id), .stop(let id), .delete(let id), .apply(let id), .restartKubelet(let id),
      .reboot(let id), .shutdown(let id), .cleanDisk(let id), .pruneImages(let id):
      id
    default: nil
    }
  }

  /// Whether the called system knows no owner.
  private static func isBlind(_ call: ObservedCall.Call) -> Bool {
    switch call {
    case .apply, .restartKubelet, .reboot, .shutdown, .cleanDisk, .pruneImages: true
    default: false
    }
  }

  private static func verb(_ call: ObservedCall.Call) -> String {
    switch call {
    case .clone: "a clone"
    case .configure: "a change of its size"
    case .start: "a start"
    case .stop: "a power-off"
    case .delete: "a deletion"
    case .apply: "a configuration"
    case .restartKubelet: "a restart of its kubelet"
    case .reboot: "a reboot"
    case .shutdown: "a shutdown"
    case .cleanDisk, .pruneImages: "a cleaning of its disk"
    case .cordon: "a cordon"
    case .uncordon: "an uncordon"
    case .label: "labels"
    case .removeTaint: "the removal of a taint"
    case .deleteNode: "a deletion from the cluster"
    case .evict: "an eviction"
    }
  }
}
