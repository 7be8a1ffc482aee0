import Foundation
import Testing

@testable import poolkeeper

@Suite struct SoakJudgeTests {
  private func world(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> WorldAccount {
    var object: [String: Any] = [
      "now": 1000, "nodes": 1, "pods": 4, "double_creations": [], "foreign_touches": [], "budget_violations": [],
      "owner_refusals": 0, "pods_pending": 0, "pods_evicted": 0, "evictions_refused": 0, "contradictions": [],
      "machines": [
        ["machine": 700, "worker": "burst-1", "id": "a", "cloned_at": 10],
        ["machine": 701, "worker": "burst-2", "id": "b", "cloned_at": 10, "deleted_at": 20],
      ],
    ]
    change(&object)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(WorldAccount.self, from: JSONSerialization.data(withJSONObject: object))
  }

  private let worker = SoakJudge.Worker(id: "a", name: "burst-1", machine: 700, isReady: true)

  @Test func aWorldWithoutHarmAndAWorkerWithItsMachineAreWell() throws {
    let world = try world()
    #expect(SoakJudge.harm(world).isEmpty)
    #expect(SoakJudge.pairing(world, [worker]).isEmpty)
    #expect(SoakJudge.missing(world, [worker]) == nil)
  }

  @Test(
    arguments: [
      ("double_creations", #"["a"]"#, SoakCheck.once), ("owner_refusals", "1", .foreign),
      ("foreign_touches", #"[{"machine":100,"operation":"hypervisor.stop"}]"#, .foreign),
      ("budget_violations", #"[{"budget":"default/shop","operation":"hypervisor.stop"}]"#, .budgets),
      ("contradictions", #"["a pod on a node that is not there"]"#, .world),
    ] as [(String, String, SoakCheck)])
  func whatTheWorldCountsAgainstTheServerIsFound(key: String, value: String, check: SoakCheck) throws {
    let told = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
    let found = SoakJudge.harm(try world { $0[key] = told })
    #expect(found.map(\.check) == [check])
  }

  @Test func machinesAndWorkersWithoutEachOtherAreFound() throws {
    let world = try world()
    #expect(SoakJudge.pairing(world, []).map(\.check) == [.orphans])
    var lost = worker
    (lost.id, lost.machine) = ("b", 701)
    #expect(SoakJudge.pairing(world, [worker, lost]).map(\.check) == [.records])
    lost.machine = nil
    #expect(SoakJudge.pairing(world, [worker, lost]).map(\.check) == [.records])
    // One that is being made has no machine yet.
    lost.isReady = false
    #expect(SoakJudge.pairing(world, [worker, lost]).isEmpty)
    #expect(SoakJudge.missing(world, [worker, lost])?.contains("not ready") == true)
  }

  @Test func aNodeTooManyOrTooFewIsNotWell() throws {
    #expect(SoakJudge.missing(try world { $0["nodes"] = 2 }, [worker]) == "2 nodes for 1 workers")
  }

  @Test func anythingThatIsFoundIsToldAndEndsWithAnotherExitCode() {
    var report = SoakReport(seed: 7, length: .seconds(60))
    #expect(report.isGood)
    #expect(!report.lines.joined(separator: "\n").contains("FOUND"))
    for number in 0..<15 { report.findings.append(SoakFinding(check: .samples, sentence: "sample \(number)")) }
    let text = report.lines.joined(separator: "\n")
    #expect(!report.isGood)
    #expect(text.contains(/no acknowledged sample was lost +15 FOUND/))
    #expect(text.contains("sample 9\n… and 5 more of this check") && !text.contains("sample 10"))
  }
}

@Suite struct AcknowledgedSamplesTests {
  @Test(
    arguments: [(200, true), (204, true), (503, false), (429, false), (400, false), (nil, false)] as [(Int?, Bool)])
  func onlyWhatWasAnsweredWith2xxMustBeThere(status: Int?, isAcknowledged: Bool) {
    var samples = AcknowledgedSamples()
    samples.note(1, at: 1_000, status: status)
    #expect(samples.values == (isAcknowledged ? [1_000: 1] : [:]))
    #expect(samples.unknown == (isAcknowledged ? 0 : 1))
    #expect(samples.lost(in: 0...2_000, found: [:]) == (isAcknowledged ? [1_000] : []))
  }

  @Test func whatIsMissingOrAnotherValueIsLostAndWhatIsThereBesideIsNot() {
    var samples = AcknowledgedSamples()
    for number in 1...5 as ClosedRange<Int64> { samples.note(Double(number), at: number * 100, status: 204) }
    #expect(samples.lost(in: 100...500, found: [100: 1, 200: 9, 300: 3, 350: 7, 500: 5]) == [200, 400])
    #expect(samples.lost(in: 100...199, found: [100: 1]).isEmpty)
  }

  @Test func spansCoverEverythingOnce() {
    var samples = AcknowledgedSamples()
    #expect(samples.spans(of: 100).isEmpty)
    for time in [1_000, 1_099, 1_100, 1_350] as [Int64] { samples.note(1, at: time, status: 204) }
    #expect(samples.spans(of: 100) == [1_000...1_099, 1_100...1_199, 1_200...1_299, 1_300...1_350])
  }
}
