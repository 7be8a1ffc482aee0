import Model
import Testing

@testable import Backtest

@Suite struct TuningTextTests {
  private static let start = Instant(rfc3339: "2026-10-01T00:00:00Z")!

  private static func judgement(_ cost: Double, _ wait: Double) -> Judgement {
    var result = BacktestResult(name: "a", kind: .poolkeeper, start: start)
    result.cost = Money(cost)
    result.waits.percentile95 = wait
    result.waits.longest = wait * 4
    result.churn.podsMoved = 3
    return Judgement(result)
  }

  private static func result(holds: Bool, proposals: Int = 1) -> TuningResult {
    var pool = Pool(
      name: "burst", kind: .burst, maximum: 9, defaultTemplate: "medium", templates: ["medium"])
    pool.idleTimeout = .minutes(5)
    let proposal = TuningResult.Proposal(
      knob: Knob(.idleTimeout("burst"), values: [300, 1_200]), from: 1_200, to: 300, saving: Money(12.5), sentence: "")
    return TuningResult(
      proposals: Array(repeating: proposal, count: proposals),
      policy: Policy(clusterName: "c", pools: [pool], templates: []),
      searched: .init(before: judgement(100, 60), after: judgement(87.5, 65)),
      heldOut: .init(before: judgement(40, 60), after: judgement(holds ? 36 : 41, 61)), holds: holds,
      split: start.advanced(by: .hours(70)), evaluations: 57, isComplete: holds)
  }

  private static func text(_ result: TuningResult) -> String {
    TuningText(result, facts: ComparisonFixture.comparison.facts, currency: "USD").text
  }

  @Test func showsSettingsAndWhatTheyComeTo() {
    let golden = """
      History: a made-up week, 1200 pods.
      Searched from 2026-10-01 00:00 to 2026-10-03 22:00 UTC by 57 replays, judged on what came then until 2026-10-08 00:00.

      SETTING                  NOW  PROPOSED  SAVES USD
      idle time of pool burst  20m        5m      12.50

      TIME                    COST USD  WAIT P50   P95  LONGEST  NEVER RAN  PODS MOVED
      searched, as it is        100.00        0s    1m       4m          0           3
      searched, proposed         87.50        0s  1m5s    4m20s          0           3
      not searched, as it is     40.00        0s    1m       4m          0           3
      not searched, proposed     36.00        0s  1m1s     4m4s          0           3

      On time that the search has not seen the proposals save 10.0 %, and pods wait within the limits.
      """
    #expect(Self.text(Self.result(holds: true)) == golden)
  }

  @Test func saysWhenProposalsDoNotHoldOrThereAreNone() {
    let text = Self.text(Self.result(holds: false))
    #expect(text.contains("the proposals do not hold (saving -2.5 %)"))
    #expect(text.contains("The search was interrupted"))
    #expect(Self.text(Self.result(holds: true, proposals: 0)).hasSuffix("without letting pods wait longer."))
    var early = Self.result(holds: false)
    early.heldOut = nil
    #expect(Self.text(early).contains("do not rely on it"))
  }
}
