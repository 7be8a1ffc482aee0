import Model
import Ports
import Simulator

/// What a step could not rely on: what excuses the program for doing nothing, or for doing it late.
struct Troubles {
  /// Nobody answered.
  private(set) var away: Set<Disturbance.System> = []
  /// Lists were old or lacked rows, which nobody can see from within.
  private(set) var lying: Set<Disturbance.System> = []
  private(set) var metricsAreWrong = false
  private(set) var journalFails = false

  init(_ moment: borrowing Moment) {
    for disturbance in moment.disturbances {
      switch disturbance {
      case .outage(let system, _): away.insert(system)
      case .staleLists(let system, _), .missingRows(let system, _, _): lying.insert(system)
      case .wrongMetrics: metricsAreWrong = true
      case .journalFails: journalFails = true
      default: break
      }
    }
  }

  /// Whether all these systems could be asked and told the truth.
  func spare(_ systems: Disturbance.System...) -> Bool {
    systems.allSatisfy { !away.contains($0) && !lying.contains($0) }
  }
}

extension Moment {
  /// A step in which the program could look, decide, write and act: in such steps what is due must get on.
  var isFair: Bool {
    guard isUp, mode == .act, let snapshot = decision?.snapshot, snapshot.machines.value != nil,
      snapshot.nodes.value != nil, snapshot.pods.value != nil
    else { return false }
    if world.faults != WorldFaults() { return false }
    if disturbances.isEmpty { return true }
    let troubles = Troubles(self)
    return troubles.spare(.hypervisor, .nodeOS, .cluster) && !troubles.journalFails
  }

  /// The world's time at which this step's decision looked; the calls of a step take time, too.
  var lookedAt: Instant? { decision.map { $0.snapshot.now.advanced(by: now - programNow) } }
}

/// When each kind of trouble was last there, for what is excused a while after it as well.
struct Afterwards {
  private var lyingUntil: [Disturbance.System: Instant] = [:]
  private var awayUntil: [Disturbance.System: Instant] = [:]
  private(set) var handAt: [WorkerID: Instant] = [:]
  private(set) var offset: Duration?
  private(set) var clockChangedAt: Instant?

  mutating func see(_ moment: Moment) {
    if !moment.disturbances.isEmpty {
      let troubles = Troubles(moment)
      for system in troubles.lying { lyingUntil[system] = moment.now }
      for system in troubles.away { awayUntil[system] = moment.now }
    }
    for (_, worker) in moment.handiwork { handAt[worker] = moment.now }
    let now = moment.programNow - moment.now
    if let offset, offset != now { clockChangedAt = moment.now }
    offset = now
  }

  /// Whether a system's lists were wrong within so long before `now`.
  func lied(_ system: Disturbance.System, within length: Duration, before now: Instant) -> Bool {
    lyingUntil[system].map { now - $0 <= length } ?? false
  }

  /// Whether a system was away or its lists were wrong within so long before `now`.
  func troubled(_ system: Disturbance.System, within length: Duration, before now: Instant) -> Bool {
    lied(system, within: length, before: now) || awayUntil[system].map { now - $0 <= length } ?? false
  }

  /// Whether the program's clock was set within so long before `now`.
  func clockChanged(within length: Duration, before now: Instant) -> Bool {
    clockChangedAt.map { now - $0 <= length } ?? false
  }
}
