import Model
import Ports
import Simulator
import Synchronization

/// Readings straight from the world, by the name of what is asked for, without a Prometheus in between.
final class WorldMetrics: MetricSource {
  static let pending = "pending_pods"
  static let cpu = "cpu_percent"
  static let memory = "memory_percent"

  private let world: SimulatedInfrastructure
  private let isSilent = Mutex(false)

  init(_ world: SimulatedInfrastructure) { self.world = world }

  /// Answers nothing, as after Prometheus has died.
  func setSilent(_ silent: Bool) { isSilent.withLock { $0 = silent } }

  func query(_ expression: String, at now: Instant) async throws -> [MetricElement] {
    if isSilent.withLock({ $0 }) { return [] }
    let value: Double?
    switch expression {
    case Self.pending: value = Double(try await world.pods().count { $0.unschedulable })
    case Self.cpu:
      let shares = try await world.nodes().compactMap(\.cpuPercent)
      value = shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    case Self.memory:
      let samples = world.look { $0.nodeExporterMetrics() }
      let total = samples.filter { $0.family == "node_memory_MemTotal_bytes" }.reduce(0) { $0 + $1.value }
      let free = samples.filter { $0.family == "node_memory_MemAvailable_bytes" }.reduce(0) { $0 + $1.value }
      value = total > 0 ? 100 * (1 - free / total) : nil
    default: throw PortError(.invalid, "Nobody knows \(expression).", operation: "metrics.query")
    }
    return value.map { [MetricElement(labels: [:], value: $0, at: now)] } ?? []
  }
}
