import Model

extension Keys {
  static let poolkeeper: [Field] = [
    Field(
      "mode", .choice(ServiceMode.allCases.map(\.rawValue)),
      "observe: decide and show, change nothing; act: carry plans out. The command line's --mode wins.",
      standard: "observe"),
    Field(
      "listen", .text(.address), "Where the HTTP server listens; port 0 lets the system choose. --listen wins.",
      standard: "127.0.0.1:9095"),
    Field(
      "data_directory", .text(.path), "Where samples and the journal are kept. --data wins.",
      standard: "./poolkeeper-data"),
    Field("server", .object(httpServer), "Who may call the HTTP server, over what, and how much."),
    Field("infrastructure", .object(infrastructure), "What the workers are made of."),
    Field("log", .object(log), "What the program's log looks like."),
    Field("metrics", .object(metrics), "How samples are received and kept."),
    Field("expressions", .object(expressions), "PromQL of the standard triggers."),
    Field("triggers", .list(.object(trigger)), "Triggers of your own."),
    Field(
      "schedules", .list(.object(schedule)), "Times at which pools are to have workers, whatever their triggers say."),
    Field("alert_signals", .object(alertSignals), "Alerts that Alertmanager sends to ask for workers."),
    Field("notifications", .object(notifications), "Who is told of what."),
    Field("approvals", .object(approvals), "Orders that wait until somebody approves them (requires_approval)."),
    Field("pools", .map("POOL", .pool, of: .object(poolOverrides), "A pool, by its name."), "More about the pools."),
    Field(
      "templates",
      .map(
        "TEMPLATE", .template,
        of: .object([
          Field(
            "labels", .map("LABEL", .labelKey, of: .text(.labelValue), "A label and its value."),
            "Labels of the template's nodes; win over the derived workload-size, storage-tier and network-speed.")
        ]), "A template, by its name."), "More about the templates."),
    Field("budgets", .object(budgets), "More about money."),
    Field("placement", .object(placement), "How full physical hosts may be, and which zones they are."),
    Field("consolidation", .object(consolidation), "When pods are moved so that fewer or cheaper workers hold them."),
    Field("pace", .object(pace), "How often things happen, and how fast they may."),
    Field("lifecycle", .object(lifecycleOverrides), "More about a worker's life."),
  ]

  private static let log: [Field] = [
    Field(
      "format", .choice(LogSettings.Format.allCases.map(\.rawValue)),
      "text: for people; json: one object a line; auto: text on a terminal, JSON elsewhere. --log-format wins.",
      standard: "auto"),
    Field(
      "level", .choice(LogSettings.Level.allCases.map(\.rawValue)),
      "What is less grave is not written. --log-level wins.", standard: "info"),
  ]

  private static let metrics: [Field] = [
    Field(
      "source", .choice(MetricsSettings.Source.allCases.map(\.rawValue)),
      "embedded: Prometheus sends samples by remote write and Poolkeeper keeps them; prometheus: another server that "
        + "speaks the Prometheus API is asked.", standard: "embedded"),
    Field("prometheus", .object(prometheus), "The server that the source prometheus asks."),
    Field(
      "lookback_seconds", .number(1...86_400), "A sample older than this is not seen by a query.", unit: .seconds,
      standard: 300),
    Field(
      "expected_sample_interval_seconds", .number(1...3_600),
      "Samples come this often; a reading older than twice this is missing.", unit: .seconds, standard: 30),
    Field("retention_hours", .number(0.25...8_760), "How long samples are kept.", unit: .hours, standard: 24),
    Field(
      "retention_bytes", .integer(0...1_099_511_627_776),
      "When series and samples take more, in memory or on disk, the oldest samples go; 0: only time counts.",
      unit: .bytes, standard: 0),
    Field(
      "max_series", .integer(1...50_000_000), "Series with samples inside the retention.", unit: .series,
      standard: 1_000_000),
    Field(
      "max_memory_bytes", .integer(16_777_216...1_099_511_627_776), "Memory for series and samples.", unit: .bytes,
      standard: 4_294_967_296),
    Field(
      "max_body_bytes", .integer(1_024...1_073_741_824), "A request's body as it comes, compressed.", unit: .bytes,
      standard: 16_777_216),
    Field(
      "max_uncompressed_bytes", .integer(1_024...4_294_967_296), "A request's body after decompression.", unit: .bytes,
      standard: 67_108_864),
    Field(
      "max_samples_per_request", .integer(1...10_000_000), "Samples, histograms and exemplars of one request.",
      unit: .samples, standard: 100_000),
    Field(
      "max_labels_per_series", .integer(1...1_024), "Labels of a series, its name included.", unit: .labels,
      standard: 64),
    Field("max_label_name_bytes", .integer(1...65_536), "A label's name.", unit: .bytes, standard: 512),
    Field("max_label_value_bytes", .integer(1...1_048_576), "A label's value.", unit: .bytes, standard: 4_096),
    Field(
      "max_concurrent_requests", .integer(1...10_000), "Requests that may be decoded or wait at one time.",
      standard: 16),
    secondsField(
      "out_of_order_window_seconds", "How much older than its series' newest sample a sample may be; 0: not at all.",
      standard: 0),
    secondsField("future_window_seconds", "How far in the future a sample's time may lie.", standard: 600),
    Field(
      "own_metrics_interval_seconds", .number(0...3_600),
      "Poolkeeper keeps what its own /metrics shows among the samples, this often, for its console and for dashboards that "
        + "ask it; 0: not at all. It stops while a Prometheus writes the same metrics.", unit: .seconds, standard: 15),
    Field("ha_deduplication", .object(deduplication), "Pairs of Prometheus servers that send the same samples."),
  ]

  private static let deduplication: [Field] = [
    switchField("enabled", "Store the samples of only one server of each pair.", standard: false),
    Field(
      "cluster_label", .text(.any), "External label by which the servers of a pair are alike.", standard: "cluster"),
    Field(
      "replica_label", .text(.any), "External label by which they differ; it is taken off what is stored.",
      standard: "__replica__"),
    Field(
      "switch_over_seconds", .number(1...86_400),
      "Another server takes over when the elected one is silent for so long.",
      unit: .seconds, standard: 30),
  ]

  private static let prometheus: [Field] = [
    Field(
      "url", .text(.url), "Everything before /api/v1/query: Prometheus, Mimir, Thanos, VictoriaMetrics.",
      note: "required for the source prometheus"),
    Field("bearer_token", .anyText, "Token that is sent along.").asSecret,
    Field("bearer_token_file", .text(.path), "File that holds the token, read anew for every query."),
    Field("username", .anyText, "User of basic authentication."),
    Field("password", .anyText, "That user's password.").asSecret,
    Field("password_file", .text(.path), "File that holds the password, read anew for every query."),
    Field("tenant", .text(.name), "Sent as X-Scope-OrgID, by which Mimir tells tenants apart."),
    Field("ca_file", .text(.path), "PEM file of the only authorities that are trusted.", note: "the system's"),
    Field("client_certificate_file", .text(.path), "PEM file of the certificate that is shown to the server."),
    Field("client_key_file", .text(.path), "PEM file of that certificate's key, not encrypted."),
    Field("timeout_seconds", .number(0.1...300), "For one query.", unit: .seconds, standard: 5),
    Field(
      "max_answer_bytes", .integer(1_024...1_073_741_824), "A longer answer is given up.", unit: .bytes,
      standard: 8_388_608),
  ]

  private static let expressions: [Field] = [
    Field(
      "pending_pods", .text(.expression), "Pods that no node can take.",
      standard: .text(StandardExpressions.pendingPods)),
    Field(
      "cpu_pressure", .text(.expression), "CPU use of the cluster in percent.",
      standard: .text(StandardExpressions.cpuPressure)),
    Field(
      "memory_pressure", .text(.expression), "Memory use of the cluster in percent.",
      standard: .text(StandardExpressions.memoryPressure)),
  ]

  private static let trigger: [Field] = [
    Field("name", .text(.name), "Name in reports and metrics; unlike every other trigger's.").asRequired,
    Field("pool", .text(.name), "Pool that it feeds.").asRequired,
    Field("expression", .text(.expression), "What is looked at.").asRequired,
    Field(
      "comparison", .choice(Comparison.allCases.map(\.rawValue)), "How the reading is compared with the threshold.",
      standard: ">="),
    Field("threshold", .number(-1e300...1e300), "In the expression's own unit.").asRequired,
    secondsField("hold_seconds", "The comparison must hold so long.", standard: 120),
    Field(
      "workers", .integer(1...1_000), "Workers for each firing; with per_worker it has no effect.", unit: .workers,
      standard: 1),
    Field(
      "per_worker", .number(1e-9...1e300),
      "The pool gets one worker for each so much of the reading, in the expression's own unit, while the trigger fires.",
      note: "none: workers counts"),
    Field("template", .text(.name), "Template of its workers.", note: "the pool's default_template"),
    Field(
      "fold", .choice(Fold.allCases.map(\.rawValue)), "How several elements become one reading.",
      note: "several elements are an error"),
  ]

  private static let poolOverrides: [Field] = [
    Field(
      "scaling", .choice(PoolScaling.allCases.map(\.rawValue)),
      "utilisation: by auto_scaling; pending_pods: by provisioning_triggers; cost: for every pod that waits; manual: by "
        + "request only.", note: "by the pool's type: permanent utilisation, burst pending_pods, spot cost, gpu manual"),
    Field(
      "templates", Shape.list(.text(.name)), "Templates that a plan may choose from; the default template is added.",
      note: "all without a GPU; for gpu pools all with one"),
    secondsField(
      "hold_seconds", "Hold time of the triggers of utilisation (default 120) or cost (default 60).",
      note: "120 or 60"),
    Field(
      "cooldowns",
      .object([
        secondsField("grow_seconds", "No further growth for so long after one.", note: "cooldown_periods, or else 60"),
        secondsField(
          "shrink_seconds", "No shrinking for so long after a change.", note: "cooldown_periods, or else 600"),
      ]), "Pauses after a change; win over cooldown_periods."),
    Field(
      "hourly_budget", .number(amount), "Cap of what the pool's workers cost together an hour.", unit: .currencyPerHour,
      note: "no cap"),
    Field(
      "forecast", .object(forecast), "Growth before a threshold of CPU or memory is reached; off without this key."),
    Field(
      "horizon_hours", .number(0.1...8_760),
      "So long a worker without time to live is sure to be kept, and its cost reserved.", unit: .hours,
      note: "24 for permanent pools, else 4"),
    Field(
      "standby", .integer(0...1_000),
      "Stopped clones of the default template that are kept ready, so that a worker starts without waiting for its clone.",
      unit: .workers, standard: 0),
    Field(
      "upgrade", .choice(UpgradeMode.allCases.map(\.rawValue)),
      "What becomes of workers whose template has another version, size or source machine by now. none: they stay; "
        + "replace: they are replaced one at a time, the successor ready before the old one is drained.",
      standard: "none"),
    Field(
      "idle_timeout_minutes", .number(minutes), "An idle worker goes after this time; 0: never because of idleness.",
      unit: .minutes, note: "ttl_config; or else idle_threshold_minutes for burst and spot, never for the others"),
  ]

  private static let budgets: [Field] = [
    Field("time_zone", .text(.timeZone), "Zone whose calendar months budgets follow.", standard: "UTC"),
    Field("monthly_total", .number(amount), "Cap of all pools together.", unit: .currency, note: "no cap"),
    Field(
      "hourly_total", .number(amount), "Cap of what the workers of all pools cost together an hour.",
      unit: .currencyPerHour, note: "no cap"),
    percentField("standby_price_percent", "What a standby clone costs of its worker's price.", standard: 5),
  ]

  private static let pace: [Field] = [
    Field(
      "tick_seconds", .number(0.1...3_600), "Between two decisions when nothing calls for an earlier one.",
      unit: .seconds, standard: 5),
    secondsField(
      "max_pending_seconds", "A single pod that waits longer is looked at even below the count of its trigger.",
      standard: 600),
    percentField(
      "shrink_percent", "Share of a pool's temporary workers, at least one, that may go by choice within the window.",
      standard: 20),
    Field("shrink_window_minutes", .number(minutes), "That window.", unit: .minutes, standard: 30),
    Field(
      "backoff_initial_minutes", .number(minutes), "First pause of a pool whose creations fail; doubled each time.",
      unit: .minutes, standard: 5),
    Field("backoff_max_minutes", .number(minutes), "Longest such pause.", unit: .minutes, standard: 30),
    Field(
      "backoff_reset_hours", .number(hours), "After so long without failure it begins anew.", unit: .hours, standard: 3),
    Field(
      "priority_cutoff", .integer(-2_147_483_648...1_000_000_000),
      "Pods below this priority neither cause growth nor prevent shrinking.", standard: -10),
  ]

  private static let lifecycleOverrides: [Field] = [
    Field(
      "usual_provisioning_seconds", .number(1...86_400),
      "What is usual from request to Ready, for forecasts and checks.",
      unit: .seconds, standard: 180),
    Field(
      "expiry_warning_minutes", .number(minutes), "Expiry is announced so long before.", unit: .minutes, standard: 5),
    switchField(
      "remove_orphans",
      "Whether machines of ours that no record knows and that never became a node, and nodes of ours without a machine, are "
        + "removed; otherwise they are only told of."),
    percentField(
      "repair_breaker_percent",
      "No repair while more than this share of a pool (and more than one worker) is unhealthy.",
      standard: 20),
  ]
}
