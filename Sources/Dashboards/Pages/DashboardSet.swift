extension Dashboard {
  /// All dashboards, in the order in which they link to each other.
  public static let all: [Dashboard] = [
    .workerPoolsOverview, .workerLifecycle, .workerCostTracking, .scalingDecisions, .poolkeeperInternals,
  ]

  /// Where the runbooks are looked for unless the operator names another place.
  public static let standardRunbooks = "https://poolkeeper.example.com/runbooks"
}

/// Words for numbers that several dashboards share.
enum Words {
  static let triggerStates = [
    ValueWord(0, "inactive", .green), ValueWord(1, "pending", .yellow), ValueWord(2, "firing", .orange),
    ValueWord(3, "unknown", .purple),
  ]
  static let verdicts = [
    ValueWord(0, "hold", .green), ValueWord(1, "disabled", .gray), ValueWord(2, "refused", .red),
    ValueWord(3, "shrink", .blue), ValueWord(4, "grow", .orange),
  ]
  static let leading = [ValueWord(0, "follows", .blue), ValueWord(1, "leads", .green)]
}

/// Panels that several dashboards share.
enum SharedPanels {
  /// One number for each trigger's state, so that Grafana draws one band a trigger.
  static let triggerStates = Panel(
    "State of triggers", .stateTimeline,
    .init(
      "Where each trigger stands: pending while its hold time runs, unknown while its reading is missing.",
      good: "inactive, with short firings that end when the workers are there.",
      bad:
        "unknown for minutes (the reading is missing: nothing grows or shrinks by it), or firing for hours (the pool "
        + "is at its maximum or budget)."),
    [
      Target(
        #"sum by (trigger) (max by (trigger, state) (poolkeeper_trigger_state{@pool,state="pending"}) "#
          + #"or 2 * max by (trigger, state) (poolkeeper_trigger_state{@pool,state="firing"}) "#
          + #"or 3 * max by (trigger, state) (poolkeeper_trigger_state{@pool,state="unknown"}))"#, "{{trigger}}")
    ]
  ).words(Words.triggerStates).alerts("PoolkeeperReadingsMissing")

  /// The strongest verdict of each interval.
  static let verdicts = Panel(
    "Verdict on each pool", .stateTimeline,
    .init(
      "What was decided for the pool; where several verdicts fall into one interval, the one that changes most.",
      good: "hold for most of the time, single growths and shrinkings.",
      bad:
        "refused (something is wanted that limits or budgets forbid), or grow and shrink in turns (the thresholds lie "
        + "too close together, or the cooldowns are too short)."),
    [
      Target(
        "max by (pool) ("
          + #"(sum by (pool, verdict) (increase(poolkeeper_decisions_total{@pool,verdict="hold"}[@rate])) "#
          + "> bool 0) * 0 or "
          + [("disabled", 1), ("refused", 2), ("shrink", 3), ("grow", 4)].map { verdict, number in
            #"(sum by (pool, verdict) (increase(poolkeeper_decisions_total{@pool,verdict="\#(verdict)"}[@rate])) "#
              + "> bool 0) * \(number)"
          }.joined(separator: " or ") + ")", "{{pool}}")
    ]
  ).words(Words.verdicts)

  static let missingReadings = Panel(
    "Missing readings", .stat(.sparkline),
    .init(
      "Readings that the last decision had to do without.", good: "0.",
      bad:
        "anything else for minutes: Prometheus does not write, or an exporter is away. Whatever rests on the reading is held."
    ),
    [Target("max(poolkeeper_missing_readings{@all})", "missing")]
  ).thresholds(.green, [.from(1, .orange)]).alerts("PoolkeeperReadingsMissing")

  static let decisionAge = Panel(
    "Last decision", .stat(.plain),
    .init(
      "Time since the last decision.", good: "a few seconds, one tick.",
      bad: "more than a minute: nothing grows or shrinks; look at the log, and at who leads."),
    [Target("time() - max(poolkeeper_last_tick_timestamp_seconds{@all})", "ago")]
  ).unit(.seconds).thresholds(.green, [.from(30, .orange), .from(60, .red)]).alerts("PoolkeeperLoopLate")

  static let systems = Panel(
    "Systems", .stateTimeline,
    .init(
      "Whether Kubernetes, the hypervisor and Talos answered all that the last decision asked.", good: "answers.",
      bad: "away: what it tells is unknown meanwhile, so nothing shrinks, and calls are repeated later."),
    [Target("min by (system) (poolkeeper_system_up{@all})", "{{system}}")]
  ).words([ValueWord(0, "away", .red), ValueWord(1, "answers", .green)]).whenEmpty("nothing is connected")
    .alerts("PoolkeeperSystemUnreachable")

  static let costPerHour = Panel(
    "Cost per hour", .stat(.sparkline),
    .init(
      "What all workers that are billed cost an hour now.", good: "follows the load.",
      bad: "stays high when the load is gone: look for workers that are not removed."),
    [
      Target(
        "sum by (currency) (max by (pool, template, currency) (poolkeeper_cost_per_hour{@pool}))",
        "per hour ({{currency}})")
    ]
  ).unit(.money)

  /// Below 1 the trigger is quiet, whatever its unit is.
  static let readingsAgainstThresholds = Panel(
    "Readings against thresholds", .timeSeries(.lines),
    .init(
      "Each trigger's reading, and what is forecast of it (dotted), as a share of its threshold: at 100 % it is true.",
      good: "below 100 %, or above it until new workers are ready.",
      bad: "above 100 % for long while its pool does not grow, or a line with gaps (readings are missing)."),
    [
      Target(
        "max by (trigger) (poolkeeper_trigger_value{@pool}) / (max by (trigger) (poolkeeper_trigger_threshold{@pool}) > 0)",
        "{{trigger}}"),
      Target(
        "max by (trigger) (poolkeeper_trigger_forecast{@pool}) / (max by (trigger) (poolkeeper_trigger_threshold{@pool}) > 0)",
        "{{trigger}} (forecast)"),
    ]
  ).unit(.share).range(0).thresholds(.green, [.from(1, .red)]).thresholdLines().style(#"\(forecast\)$"#, .expected)
}
