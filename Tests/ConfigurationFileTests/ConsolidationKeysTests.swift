import ConfigurationFile
import Model
import Testing

@Suite struct ConsolidationKeysTests {
  @Test func readsWhenPodsAreMovedAndHowLongSpotWaitsAfterAPreemption() throws {
    var edited = try Edited()
    try edited.set(
      "/poolkeeper/consolidation",
      """
      {"enabled": false, "utilisation_percent": 35, "unneeded_minutes": 20, "minimum_saving_percent": 15,
      "payback_minutes": 90, "preemption_backoff_minutes": 25}
      """)
    let policy = try #require(try edited.read().configuration).policy
    var consolidation = ConsolidationPolicy()
    consolidation.enabled = false
    consolidation.utilisationPercent = 35
    consolidation.unneededFor = .minutes(20)
    consolidation.minimumSavingPercent = 15
    consolidation.payback = .minutes(90)
    #expect(policy.consolidation == consolidation)
    #expect(policy.preemption.backoff == .minutes(25))
  }

  @Test func aFileThatSaysNothingOfItGetsThePolicysOwnValues() throws {
    let policy = try #require(try Edited().read().configuration).policy
    #expect(policy.consolidation == ConsolidationPolicy())
    #expect(policy.preemption == PreemptionPolicy())
  }
}
