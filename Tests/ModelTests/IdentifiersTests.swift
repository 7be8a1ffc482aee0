import Foundation
import Model
import Testing

@Suite struct IdentifiersTests {
  @Test(arguments: [
    (1, "worker-burst-001"), (42, "worker-burst-042"), (999, "worker-burst-999"), (1000, "worker-burst-1000"),
  ])
  func workersAreNamedByPoolAndNumber(number: Int, name: String) {
    #expect(WorkerName(pool: "burst", number: number).rawValue == name)
    #expect(WorkerName(name).number(in: "burst") == number)
  }

  @Test(arguments: [
    "worker-spot-001", "worker-burst-", "worker-burst-x", "worker-burst-large-001", "node-1", "burst-001",
  ])
  func otherNamesHaveNoNumber(name: String) {
    #expect(WorkerName(name).number(in: "burst") == nil)
  }

  @Test func areOrderedByTheirBytes() {
    let names: [PoolName] = ["é", "b", "a10", "a2", "B", ""]
    #expect(names.sorted() == ["", "B", "a10", "a2", "b", "é"])
  }

  @Test func areBareTextsInJSONAlsoAsKeys() throws {
    let table: [PoolName: [TemplateName]] = ["burst": ["medium", "small"]]
    let json = try JSONEncoder().encode(table)
    #expect(String(decoding: json, as: UTF8.self) == #"{"burst":["medium","small"]}"#)
    #expect(try JSONDecoder().decode([PoolName: [TemplateName]].self, from: json) == table)
  }

  @Test(arguments: [
    Observed.known(3, at: Instant(seconds: 5)), .known(0, at: .epoch), .unknown("Nobody answered."),
  ])
  func whatIsUnknownStaysSoThroughJSON(observed: Observed<Int>) throws {
    let read = try JSONDecoder().decode(Observed<Int>.self, from: JSONEncoder().encode(observed))
    #expect(read == observed)
    #expect((read.value == nil) == (read.unknownReason != nil))
    #expect(read.map { $0 * 2 }.value == observed.value.map { $0 * 2 })
  }

  @Test(arguments: WorkerState.allCases)
  func noStateIsBothComingAndGoing(state: WorkerState) {
    #expect(!(state.isUnderWay && state.isLeaving))
  }

  @Test(
    arguments: [
      (Comparison.atLeast, [false, true, true]), (.above, [false, false, true]), (.atMost, [true, true, false]),
      (.below, [true, false, false]),
    ] as [(Comparison, [Bool])])
  func comparesReadingsWithThresholds(comparison: Comparison, expected: [Bool]) {
    #expect([4, 5, 6].map { comparison.holds($0, 5) } == expected)
    #expect(!comparison.holds(.nan, 5))
  }
}
