import Foundation
import Model
import Testing

@Suite struct DecisionMemoryTests {
  /// What a journal of an earlier version holds.
  @Test func memoriesOfOldAreRead() throws {
    let text = """
      {"triggers":{"queue":{"phase":"firing","since":"2026-11-10T12:00:00.000Z"}},
      "pools":{"burst":{"retirements":["2026-11-10T11:50:00.000Z"],"grownAt":"2026-11-10T11:00:00.000Z"}},
      "idleSince":{"worker-burst-001":"2026-11-10T11:55:00.000Z"}}
      """
    let memory = try JSONDecoder().decode(DecisionMemory.self, from: Data(text.utf8))
    #expect(memory.triggers["queue"]?.phase == .firing)
    #expect(memory.pools["burst"]?.retirements.count == 1)
    #expect(memory.forecasts == nil && memory.alerts == nil && memory.alertWorkers == nil)
    #expect(memory.pools["burst"]?.preemptions == nil)
  }

  @Test func whatIsNewComesBackFromJSON() throws {
    let start = Instant(rfc3339: "2026-11-10T12:00:00Z")!
    var memory = DecisionMemory()
    memory.forecasts = ["burst/cpu_pressure": TriggerState(phase: .pending, since: start)]
    memory.alerts = [
      AlertSignal(fingerprint: "f1", name: "Queue", pool: "burst", workers: 3, startsAt: start, seenAt: start)
    ]
    memory.alertWorkers = ["f1": ["id-1", "id-2"]]
    var pool = PoolMemory()
    pool.preemptions = [start]
    memory.pools = ["spot": pool]
    let text = try JSONEncoder().encode(memory)
    #expect(try JSONDecoder().decode(DecisionMemory.self, from: text) == memory)
  }
}
