import Model
import Ports
import Simulator
import Synchronization

/// Readings straight from the world, by the name of what is asked for; wrong while the run says so.
final class RunMetrics: MetricSource {
  /// Pods that the scheduler found no place for.
  static let pending = "pending_pods"
  /// The nodes' mean, in per cent.
  static let cpu = "cpu_percent"
  /// Of all nodes together, in per cent.
  static let memory = "memory_percent"
  /// Pods of jobs without a node.
  static let queue = "queue_length"

  private struct State {
    var wrong: Disturbance.WrongMetrics?
    /// By name, as they were when they began to be wrong.
    var last: [String: (value: Double?, at: Instant)] = [:]
    var isAway = false
    /// What was read at an instant is read only once.
    var read: (at: Instant, values: [String: Double?]) = (.epoch, [:])
  }

  private let world: SimulatedInfrastructure
  private let state = Mutex(State())

  init(_ world: SimulatedInfrastructure) { self.world = world }

  /// - Parameter keepsOld: whether readings are to be old, now or when what hides that has ended: what they said at first
  ///   is remembered until then.
  func set(_ wrong: Disturbance.WrongMetrics?, keepsOld: Bool, isAway: Bool) {
    let names = [Self.pending, Self.cpu, Self.memory, Self.queue]
    let now = keepsOld ? names.map { ($0, (value: value(of: $0), at: world.look { $0.now })) } : []
    state.withLock { state in
      if !keepsOld {
        state.last = [:]
      } else if state.last.isEmpty {
        state.last = Dictionary(uniqueKeysWithValues: now)
      }
      state.wrong = wrong
      state.isAway = isAway
    }
  }

  func query(_ expression: String, at now: Instant) async throws -> [MetricElement] {
    let state = state.withLock { $0 }
    if state.isAway || state.wrong == .failing { throw CallFaults.nobody("metrics.query") }
    switch state.wrong {
    case .silent: return []
    case .notANumber: return [MetricElement(labels: [:], value: .nan, at: now)]
    case .zero: return [MetricElement(labels: [:], value: 0, at: now)]
    case .stale:
      guard let last = state.last[expression], let value = last.value else { return [] }
      return [MetricElement(labels: [:], value: value, at: last.at)]
    case .failing, nil: break
    }
    return value(of: expression).map { [MetricElement(labels: [:], value: $0, at: now)] } ?? []
  }

  private func value(of name: String) -> Double? {
    world.look { world in
      state.withLock { state in
        if state.read.at != world.now { state.read = (world.now, [:]) }
        if let known = state.read.values[name] { return known }
        let value = Self.measure(name, world)
        state.read.values[name] = .some(value)
        return value
      }
    }
  }

  private static func measure(_ name: String, _ world: World) -> Double? {
    switch name {
    case pending: Double(world.unschedulablePods)
    case queue: Double(world.queuedJobPods)
    case cpu: world.meanCPUPercent
    case memory: world.memoryPercent
    default: nil
    }
  }
}
