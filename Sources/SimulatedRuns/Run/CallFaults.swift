import Model
import Ports
import Simulator
import Synchronization

/// What is wrong between the program and the outside, and a list of what the program called.
final class CallFaults: Sendable {
  /// Lists as they were once.
  struct Lists: Sendable {
    var nodes: [NodeObservation]?
    var pods: [PodObservation]?
    var budgets: [DisruptionBudgetObservation]?
    var daemonSets: [DaemonSetObservation]?
    var hosts: [HostObservation]?
    var machines: [MachineObservation]?
  }

  private struct State {
    var random: SplitMix64
    /// Single calls may go wrong now.
    var isRough = false
    var away: Set<Disturbance.System> = []
    var stale: [Disturbance.System: Lists] = [:]
    /// Of each hundred rows, so many are missing.
    var missing: [Disturbance.System: Int] = [:]
    var calls: [ObservedCall] = []
  }

  private let state: Mutex<State>
  private let habits: CallHabits

  init(seed: UInt64, habits: CallHabits) {
    state = Mutex(State(random: SplitMix64(seed: seed)))
    self.habits = habits
  }

  // MARK: - What the run sets

  func setRough(_ isRough: Bool) { state.withLock { $0.isRough = isRough } }
  func setAway(_ systems: Set<Disturbance.System>) { state.withLock { $0.away = systems } }
  func setStale(_ lists: [Disturbance.System: Lists]) { state.withLock { $0.stale = lists } }
  func setMissing(_ shares: [Disturbance.System: Int]) { state.withLock { $0.missing = shares } }

  /// Calls since this was asked last, in order.
  func takeCalls() -> [ObservedCall] {
    state.withLock { state in
      defer { state.calls.removeAll(keepingCapacity: true) }
      return state.calls
    }
  }

  // MARK: - What calls meet

  /// What becomes of a changing call.
  enum Fate {
    case goesThrough
    case answerIsLost
    case refused(PortError)
  }

  func fate(of operation: String, to system: Disturbance.System) -> (fate: Fate, delay: Duration) {
    state.withLock { state in
      if state.away.contains(system) { return (.refused(Self.nobody(operation)), .zero) }
      guard state.isRough else { return (.goesThrough, .zero) }
      let delay: Duration =
        state.random.fraction() < habits.slow ? state.random.duration(in: .seconds(1, to: 25)) : .zero
      let draw = state.random.fraction()
      if draw < habits.unreachable { return (.refused(Self.nobody(operation)), delay) }
      if draw < habits.unreachable + habits.refused {
        let code: PortError.Code = state.random.next() % 2 == 0 ? .throttled : .busy
        return (.refused(PortError(code, "Too much is asked at once; try again.", operation: operation)), delay)
      }
      if draw < habits.unreachable + habits.refused + habits.lostAnswer { return (.answerIsLost, delay) }
      return (.goesThrough, delay)
    }
  }

  /// Throws when a reading call gets no answer.
  func checkReadable(_ operation: String, of system: Disturbance.System) throws {
    try state.withLock { state in
      if state.away.contains(system) { throw Self.nobody(operation) }
      if state.isRough, habits.unreadable > 0, state.random.fraction() < habits.unreadable {
        throw Self.nobody(operation)
      }
    }
  }

  func staleLists(of system: Disturbance.System) -> Lists? { state.withLock { $0.stale[system] } }

  /// Without the rows that are missing now, which follows from their names.
  func thinned<Row>(_ rows: [Row], of system: Disturbance.System, name: (Row) -> String) -> [Row] {
    guard let percent = state.withLock({ $0.missing[system] }) else { return rows }
    return rows.filter { row in
      let sum = name(row).utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
      return Int((sum >> 20) % 100) >= percent
    }
  }

  func note(_ call: ObservedCall) { state.withLock { $0.calls.append(call) } }

  static func nobody(_ operation: String) -> PortError {
    PortError(.unreachable, "Nobody answered within the time limit; try again.", operation: operation)
  }
}
