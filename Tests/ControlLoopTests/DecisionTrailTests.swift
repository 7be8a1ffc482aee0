import Model
import Ports
import Testing

@testable import ControlLoop

@Suite struct DecisionTrailTests {
  private static let start = Instant(rfc3339: "2026-03-01T08:00:00Z")!

  private static func report(
    _ second: Int64, _ summary: String = "Nothing to do.", verdict: PoolReport.Verdict = .hold, desired: Int = 2,
    code: String = "nothing_asked", sentence: String = "It holds."
  ) -> Report {
    var report = Report(at: start.advanced(by: .seconds(second)))
    report.summary = summary
    var burst = PoolReport(pool: "burst", verdict: verdict, minimum: 0, maximum: 10)
    burst.desired = desired
    burst.reasons = [Reason(code, sentence)]
    report.pools = [burst, PoolReport(pool: "spot", verdict: .hold, minimum: 0, maximum: 3)]
    return report
  }

  @Test func keepsOneNoteOfADecisionThatStands() {
    var trail = DecisionTrail()
    for second in 0..<10 { trail.add(Self.report(Int64(second), sentence: "It holds at \(second) %.")) }
    #expect(trail.notes.count == 1)
    #expect(trail.notes[0].at == Self.start)
    #expect(trail.notes[0].until == Self.start.advanced(by: .seconds(9)))
    #expect(trail.notes[0].pools.map(\.changed) == [true, true])
    #expect(trail.notes[0].pools[0].reasons[0].sentence == "It holds at 0 %.")
  }

  @Test(arguments: [
    report(1, "Create 1."), report(1, verdict: .grow), report(1, desired: 3), report(1, code: "cooldown"),
  ])
  func notesADecisionThatDiffersWithThePoolsThatDo(next: Report) {
    var trail = DecisionTrail()
    trail.add(Self.report(0))
    trail.add(next)
    #expect(trail.notes.map(\.summary) == ["Nothing to do.", next.summary])
    #expect(trail.notes[1].pools.map(\.changed) == [next.summary == "Nothing to do.", false])
    #expect(trail.notes[0].until == Self.start)
  }

  @Test func forgetsTheOldestBeyondItsBound() {
    var trail = DecisionTrail()
    for second in 0..<700 { trail.add(Self.report(Int64(second), "Decision \(second).")) }
    #expect(trail.notes.count == DecisionTrail.kept)
    #expect(trail.notes.first?.summary == "Decision 200.")
    #expect(trail.notes.last?.summary == "Decision 699.")
  }
}
