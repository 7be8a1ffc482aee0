import Foundation
import RemoteWrite
import TimeSeries

/// How long it takes from a sample's acknowledgement until the trigger that rests on it has been evaluated, while the
/// server, held to one core, takes 100,000 other samples a second.
struct TriggerDelay {
  let options: Options
  /// A server of its own, pinned to one core.
  let server: PeerServer

  /// Readings that are waited for.
  static let repetitions = 20
  static let samplesPerSecond = 100_000

  /// - Returns: seconds, ascending.
  func measure() async throws -> [Double] {
    try await server.ready()
    let bodies = SampleBodies(seriesCount: Self.samplesPerSecond)
    // Encoding takes longer than sending, so a few rounds are made before and their times lie in the past.
    let rounds = (0..<Self.repetitions).map { bodies.round($0, at: options.end - Int64(60 - $0) * 1000) }
    return try await withThrowingTaskGroup(of: [Double].self) { group in
      group.addTask {
        try await load(rounds)
        return []
      }
      group.addTask { try await readings() }
      return try await group.reduce(into: []) { $0 += $1 }.sorted()
    }
  }

  /// A round each second, its requests spread over the second.
  private func load(_ rounds: [[[UInt8]]]) async throws {
    let begun = ContinuousClock.now
    for (number, round) in rounds.enumerated() {
      for (index, body) in round.enumerated() {
        let due = begun + .seconds(number) + .seconds(1) * (Double(index) / Double(round.count))
        try await Task.sleep(until: due)
        try await server.write(body)
      }
    }
  }

  private func readings() async throws -> [Double] {
    let labels = Labels(["__name__": "kube_pod_status_unschedulable", "namespace": "web", "pod": "web-1"])
    var seconds: [Double] = []
    for number in 1...Self.repetitions {
      // At another place of the interval between two evaluations each time.
      try await Task.sleep(for: .milliseconds(300 + number * 37 % 500))
      let now = Int64(Date().timeIntervalSince1970 * 1000)
      let wanted = "poolkeeper_trigger_value{trigger=\"burst/pending_pods\",pool=\"burst\"} \(number)\n"
      try await server.write(RemoteWriteEncoder.body([(labels, [(timestamp: now, value: Double(number))])]))
      let begun = ContinuousClock.now
      while try await !server.get("/metrics").contains(wanted) {
        guard ContinuousClock.now - begun < .seconds(20) else {
          throw BenchmarkError("the trigger's reading \(number) was not seen within 20 s")
        }
        try await Task.sleep(for: .milliseconds(10))
      }
      seconds.append((ContinuousClock.now - begun) / .seconds(1))
    }
    return seconds
  }
}
