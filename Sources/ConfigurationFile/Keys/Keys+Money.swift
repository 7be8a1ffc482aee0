extension Keys {
  static let cost: [Field] = [
    switchField("enabled", "Whether budgets hold; prices are counted in any case."),
    Field("currency", .text(.currency), "What prices and budgets are counted in.", standard: "USD"),
    Field(
      "cost_allocation",
      .map(
        "POOL_pool", .poolBudget,
        of: .object([
          Field("monthly_budget", .number(amount), "Cap of a calendar month.", unit: .currency, note: "no cap"),
          Field("current_spend", .number(amount), "Ignored: spending is counted from the ledger.", unit: .currency),
          Field(
            "cost_per_worker_hour", .number(0...10_000),
            "Not used: the template's price less the pool's saving counts; a warning tells when they differ.",
            unit: .currencyPerHour),
        ]), "A pool's budget, by the pool's name followed by _pool."), "Budgets of the pools."),
    Field(
      "alerts",
      .object([
        percentField("budget_threshold_percent", "An alert is raised at this share of a budget.", standard: 80),
        Field(
          "burst_cost_per_event_max", .number(amount),
          "Cap of one burst event: from the first burst worker until none is left.", unit: .currency, note: "no cap"),
        switchField("spot_preemption_cost_tracking", "Not used: preempted workers are always counted."),
      ]), "Limits and alerts of cost."),
  ]

  static let monitoring: [Field] = [
    switchField("prometheus_enabled", "Whether Prometheus scrapes the cluster; for people."),
    Field("metrics_endpoint", .text(.url), "The operator's Prometheus; not used with an embedded source."),
    Field(
      "alert_rules",
      .object([
        Field(
          "worker_provision_timeout",
          .object(
            rule(
              "warning", secondsField("threshold_seconds", "Provisioning takes longer than this.", standard: 600))),
          "A worker takes too long."),
        Field(
          "worker_join_failure",
          .object(
            rule(
              "critical",
              Field("threshold_failures", .integer(1...1_000), "So many failures.", standard: 3))),
          "Workers do not join."),
        Field(
          "worker_pool_capacity_low",
          .object(
            rule("warning", percentField("threshold_percent", "Size above this share of the maximum.", standard: 90))),
          "A pool is nearly full."),
        Field("ttl_cleanup_failure", .object(rule("warning", nil)), "An expired worker could not be removed."),
        Field(
          "auto_repair_failure",
          .object(
            rule(
              "critical",
              Field("threshold_failures", .integer(1...1_000), "So many failures.", standard: 3))),
          "Repair does not help."),
      ]), "Alert rules."),
    Field(
      "dashboards",
      .map(
        "DASHBOARD", .dashboard,
        of: .object([
          switchField("enabled", "Whether it is wanted."),
          Field("grafana_dashboard_id", .anyText, "Its uid in Grafana."),
        ]), "A dashboard, by its name."), "Not used: dashboards lie in the folder dashboards."),
  ]

  private static func rule(_ severity: String, _ threshold: Field?) -> [Field] {
    [
      switchField("enabled", "Whether the alert may be raised."),
      Field(
        "severity", .choice(AlertRule.Severity.allCases.map(\.rawValue)), "How grave it is.", standard: .text(severity)),
    ] + (threshold.map { [$0] } ?? [])
  }
}
