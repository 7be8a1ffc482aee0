import Testing

@testable import poolkeeper

@Suite struct LedgerAccountTests {
  typealias Bill = LedgerAccount.Bill
  typealias Meter = LedgerAccount.Meter

  private let account = LedgerAccount(outages: [1_000...1_600, 1_500...2_000, 5_000...5_100], unseen: 100, now: 10_000)

  @Test(
    arguments: [
      (Bill(id: "a", from: 100, until: 900), Meter(id: "a", from: 100, until: 900)),
      (Bill(id: "a", from: 190, until: 970), Meter(id: "a", from: 100, until: 900)),
      (Bill(id: "a", from: 100, until: nil), Meter(id: "a", from: 100, until: nil)),
      // It went at the beginning of one outage, and that was seen after the next one.
      (Bill(id: "a", from: 100, until: 2_050), Meter(id: "a", from: 100, until: 1_010)),
      (Bill(id: "a", from: 2_090, until: 3_000), Meter(id: "a", from: 950, until: 3_000)),
    ] as [(Bill, Meter)])
  func whatALookCanMissIsAllowed(bill: Bill, meter: Meter) {
    #expect(account.findings(bills: [bill], meters: [meter]).isEmpty)
  }

  @Test(
    arguments: [
      ([Bill(id: "a", from: 100, until: 900)], [], "knows of no machine"),
      ([], [Meter(id: "a", from: 100, until: 900)], "never billed"),
      ([Bill(id: "a", from: 301, until: 900)], [Meter(id: "a", from: 200, until: 900)], "after its clone ended"),
      ([Bill(id: "a", from: 99, until: 900)], [Meter(id: "a", from: 200, until: 900)], "before its clone ended"),
      ([Bill(id: "a", from: 200, until: 699)], [Meter(id: "a", from: 200, until: 800)], "before its machine had gone"),
      ([Bill(id: "a", from: 200, until: 4_000)], [Meter(id: "a", from: 200, until: 1_010)], "after its machine had"),
      ([Bill(id: "a", from: 200, until: nil)], [Meter(id: "a", from: 200, until: 900)], "is billed on"),
      ([Bill(id: "a", from: 200, until: 900)], [Meter(id: "a", from: 200, until: nil)], "not billed any more"),
      (
        [Bill(id: "a", from: 200, until: 900)],
        [Meter(id: "a", from: 200, until: 900), Meter(id: "a", from: 210, until: 900)], "metered as 2 machines"
      ),
      ([Bill(id: "a", from: 200, until: 900)], [Meter(id: "a", from: nil, until: 900)], "knows of no machine"),
    ] as [([Bill], [Meter], String)])
  func whatNoLookCouldMissIsFound(bills: [Bill], meters: [Meter], words: String) throws {
    let found = account.findings(bills: bills, meters: meters)
    #expect(found.count == 1)
    #expect(try #require(found.first).contains(words), "\(found)")
  }

  @Test func aCloneThatFailedAndAMachineThatNobodyCouldSeeCostNothing() {
    #expect(account.findings(bills: [], meters: [Meter(id: "a", from: nil, until: 300)]).isEmpty)
    #expect(account.findings(bills: [], meters: [Meter(id: "a", from: 1_100, until: 1_900)]).isEmpty)
    // Made, or gone, when the server was just being ended.
    #expect(account.findings(bills: [], meters: [Meter(id: "a", from: 9_950, until: nil)]).isEmpty)
    let open = Bill(id: "a", from: 3_000, until: nil)
    #expect(account.findings(bills: [open], meters: [Meter(id: "a", from: 3_000, until: 9_950)]).isEmpty)
  }

  @Test func outagesThatFollowOneAnotherAreOne() {
    #expect(account.missed(around: 500) == 100)
    #expect(account.missed(around: 1_010) == 1_090)
    #expect(account.missed(around: 2_050) == 100)
    #expect(account.missed(around: 4_950) == 250)
  }

  @Test func outagesLastFromTheFirstBeginningUntilTheWorldIsSeenAgain() {
    var log = OutageLog()
    log.begin("cut", at: 10)
    log.begin("cut", at: 20)
    log.begin("no answer", at: 30)
    log.end("cut", at: 40)
    log.end("cut", at: 50)
    log.end("disk", at: 60)
    #expect(log.spans == [10...(40 + OutageLog.recovery)])
    #expect(log.all(until: 100) == [10...(40 + OutageLog.recovery), 30...(100 + OutageLog.recovery)])
  }
}
