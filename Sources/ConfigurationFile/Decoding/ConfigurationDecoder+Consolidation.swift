import Model

extension ConfigurationDecoder {
  /// When pods are moved for a saving, and what follows a preemption.
  func decodeConsolidation(into policy: inout Policy) {
    let section = root.section("poolkeeper").section("consolidation")
    policy.consolidation.enabled = section.boolean("enabled")
    policy.consolidation.utilisationPercent = section.number("utilisation_percent")
    policy.consolidation.unneededFor = section.duration("unneeded_minutes")
    policy.consolidation.minimumSavingPercent = section.number("minimum_saving_percent")
    policy.consolidation.payback = section.duration("payback_minutes")
    policy.preemption.backoff = section.duration("preemption_backoff_minutes")
  }
}
