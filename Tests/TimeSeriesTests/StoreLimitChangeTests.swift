import Testing

@testable import TimeSeries

/// Limits that change while a store is open.
@Suite struct StoreLimitChangeTests {
  private static let now: Int64 = 1_700_000_000_000

  private func append(_ store: SeriesStore, _ name: String, at time: Int64 = now) throws -> WriteReport {
    try store.append([(Labels(["__name__": name]), time, 1)], now: Self.now)
  }

  @Test func aHigherLimitLetsInWhatWasKeptOut() throws {
    var limits = StoreLimits()
    limits.series = 1
    let store = SeriesStore(limits: limits)
    #expect(try append(store, "a").rejected.isEmpty)
    #expect(try append(store, "b").rejected.map(\.reason) == [.seriesLimit])
    limits.series = 2
    store.setLimits(limits)
    #expect(store.limits == limits)
    #expect(try append(store, "b").rejected.isEmpty)
  }

  @Test func aLowerLimitKeepsWhatIsThereAndRefusesWhatIsNew() throws {
    let store = SeriesStore()
    for name in ["a", "b", "c"] { #expect(try append(store, name).rejected.isEmpty) }
    var limits = store.limits
    limits.series = 2
    store.setLimits(limits)
    #expect(try append(store, "a", at: Self.now + 1).rejected.isEmpty)
    #expect(try append(store, "d").rejected.map(\.reason) == [.seriesLimit])
    #expect(store.statistics.series == 3)
  }

  @Test func aShorterRetentionIsAppliedByTheNextMaintenance() throws {
    let store = SeriesStore()
    _ = try append(store, "old", at: Self.now - 7_200_000)
    _ = try append(store, "new")
    _ = store.maintain(now: Self.now)
    #expect(store.statistics.series == 2)
    var limits = store.limits
    limits.retentionMilliseconds = 3_600_000
    store.setLimits(limits)
    // Less than the usual pause between two rounds has passed.
    #expect(store.maintain(now: Self.now + 1).seriesForgotten == 1)
    #expect(store.statistics.series == 1)
  }

  @Test func longerLabelsAreTakenFromTheNextWriteOn() throws {
    var limits = StoreLimits()
    limits.labelValueBytes = 4
    let store = SeriesStore(limits: limits)
    let labels = Labels(["__name__": "a", "host": "longer"])
    #expect(try store.append([(labels, Self.now, 1)], now: Self.now).rejected.map(\.reason) == [.labelLimit])
    limits.labelValueBytes = 64
    store.setLimits(limits)
    #expect(try store.append([(labels, Self.now, 1)], now: Self.now).rejected.isEmpty)
  }
}
