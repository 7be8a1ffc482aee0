import Backtest
import Model
import Testing

@Suite struct ComparisonTextTests {
  /// Reviewed as what a person sees.
  private static let golden = """
    History: a made-up week
    2026-10-01 00:00 to 2026-10-08 00:00 UTC (7d): 1200 pods, 300 of them work that ends by itself; at most 56 at once (2026-10-03 02:00).
    They asked for 96 cores, 300 GiB, 2 GPUs at most, and for 4322 core hours in all.

    POLICY                                COST USD  OF FLOOR  WAIT P50    P95  LONGEST  NEVER RAN  CPU  MEMORY  WORKER HOURS  MOST  MADE  REMOVED  PODS MOVED  TIGHTEST BUDGET
    Poolkeeper                              120.60     1.21×        0s  2m32s     1h6m          0  63%     50%           812     9    42       40           7  45% burst
    Fixed fleet for the peak                403.20     4.03×        0s  2m32s     1h6m          0  12%     50%           812     9    42       40           7  125% burst, exceeded 1×
    threshold=2 (until 2026-10-04 12:00)     60.00                  0s  2m32s     1h6m          4  63%     50%           812     9    42       40           7
    floor                                   100.00     1.00×

    """

  @Test func showsFiguresSideBySide() {
    let text = ComparisonText(ComparisonFixture.comparison).text
    #expect(text.hasPrefix(Self.golden), "\(text)")
    #expect(!text.contains("\u{1b}"))
    #expect(!text.split(separator: "\n").contains { $0.hasSuffix(" ") })
  }

  @Test func tellsWhatTriggeredWhatAndWhatIsNotKnown() {
    let text = ComparisonText(ComparisonFixture.comparison).text
    for line in [
      "Poolkeeper: 4000 decisions; what made workers come and go:", "  pending_pods  +40 -0  5 pods <wait> & fit.",
      "  idle_timeout  +0 -38  It was idle for 20m.", "  It is as large as the peak needs.",
      "  1 plans were refused by the plan checker, which is a defect of this program: A plan was over budget.",
      "What the history does not tell:", "- Metrics tell no affinities.",
      "2 pods fit on no worker and are left out of it.",
      "If pods may wait as long as they like, no policy costs less than 80.25 USD.",
    ] { #expect(text.contains("\n\(line)"), "\(line)") }
  }

  @Test func coloursOnlyWhatIsGoodOrBadAndKeepsColumns() {
    let plain = ComparisonText(ComparisonFixture.comparison).text
    let coloured = ComparisonText(ComparisonFixture.comparison, isColoured: true).text
    #expect(coloured.contains("\u{1b}[32m120.60\u{1b}[0m"))
    #expect(coloured.contains("\u{1b}[31m125% burst, exceeded 1×\u{1b}[0m"))
    #expect(coloured.replacing(/\u{1b}\[\d+m/, with: "") == plain)
  }

  @Test func countsWaitsUpToEachBound() {
    #expect(WaitingTimes.categories.count == WaitingTimes.bounds.count + 1)
    #expect(WaitingTimes.distribution(of: [0, 0.5, 60, 60.5, 600, 3_600, 3_601]) == [1, 2, 1, 1, 1, 1])
    #expect(WaitingTimes.distribution(of: []) == [0, 0, 0, 0, 0, 0])
  }
}
