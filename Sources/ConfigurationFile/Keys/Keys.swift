/// Every key that a configuration may have: the one table behind the reader, the JSON Schema and the reference page.
enum Keys {
  static let root = Shape.object([
    Field("$schema", .anyText, "Where editors find the JSON Schema of this file."),
    Field("version", .anyText, "Version of the schema that the file follows.", standard: "1.0.0"),
    Field("last_updated", .text(.timestamp), "When a person last changed the file; for people."),
    Field(
      "cluster_name", .text(.labelValue), "Name of the Kubernetes cluster: marks the machines that are ours."
    ).asRequired,
    Field(
      "worker_pool_definitions", .map("POOL", .pool, of: .object(pool), "A pool of workers, by its name."),
      "The pools."
    ).asRequired,
    Field(
      "worker_templates", .map("TEMPLATE", .template, of: .object(template), "A kind of worker, by its name."),
      "The kinds of workers."
    ).asRequired,
    Field("lifecycle_configurations", .object(lifecycle), "Steps, limits and retries of a worker's life."),
    Field("scheduling_policies", .object(scheduling), "Rules for Kubernetes' own scheduler."),
    Field("proxmox_integration", .object(proxmox), "How the machines are reached and made."),
    Field("talos_integration", .object(talos), "How the nodes' operating system is reached and set up."),
    Field("cost_tracking", .object(cost), "Budgets and what they are counted in."),
    Field("monitoring_and_alerting", .object(monitoring), "Alert rules and dashboards."),
    Field("poolkeeper", .object(poolkeeper), "Everything that is Poolkeeper's own; the whole section may be absent."),
  ])

  /// Bounds that more than one key shares.
  static let seconds = 0.0...31_536_000.0
  static let minutes = 0.0...525_600.0
  static let hours = 0.0...8_760.0
  static let percent = 0.0...100.0
  static let amount = 0.0...1_000_000_000.0
  static let workers = 0...1_000

  static func secondsField(_ name: String, _ meaning: String, standard: Literal? = nil, note: String? = nil) -> Field {
    Field(name, .number(seconds), meaning, unit: .seconds, standard: standard, note: note)
  }

  static func percentField(_ name: String, _ meaning: String, standard: Literal? = nil, note: String? = nil) -> Field {
    Field(name, .number(percent), meaning, unit: .percent, standard: standard, note: note)
  }

  static func switchField(_ name: String, _ meaning: String, standard: Bool = true) -> Field {
    Field(name, .boolean, meaning, standard: .boolean(standard))
  }

  static func description(of what: String) -> Field {
    Field("description", .anyText, "What \(what) is for; for people.", standard: "")
  }
}
