extension Keys {
  /// When pods are moved so that fewer or cheaper workers hold them.
  static let consolidation: [Field] = [
    switchField("enabled", "Whether pods are moved so that fewer or cheaper workers hold them.", standard: true),
    percentField(
      "utilisation_percent",
      "A worker whose pods ask for less than this share of its CPU and memory, or of its GPUs, is under-used.",
      standard: 50),
    Field(
      "unneeded_minutes", .number(minutes), "It must have been under-used for so long.", unit: .minutes, standard: 10),
    percentField(
      "minimum_saving_percent", "The saving must be at least this share of the price of the workers that go.",
      standard: 10),
    Field(
      "payback_minutes", .number(minutes), "What the change costs must be saved again within this time.",
      unit: .minutes, standard: 60),
    Field(
      "preemption_backoff_minutes", .number(minutes),
      "After a preemption the spot pool gets no new worker for so long, unless hosts have room again.",
      unit: .minutes, standard: 10),
  ]
}
