extension Dashboard {
  /// Why pools grow, shrink, or do neither.
  public static let scalingDecisions = Dashboard(
    uid: "scaling-decisions", title: "Worker pools: decisions",
    purpose: "Why pools grow, shrink, or do neither.", variables: [.cluster, .pool],
    [
      Section("Now", now),
      Section("Verdicts", verdicts),
      Section("Signals", signals),
      Section("Loop", loop),
    ])

  private static let now = [
    Line(
      height: 4,
      [
        SharedPanels.decisionAge,
        SharedPanels.missingReadings,
        Panel(
          "Triggers firing", .stat(.sparkline),
          .init(
            "Triggers whose hold time is over.", good: "0, or above it until the workers are ready.",
            bad: "above 0 for long: see the verdicts for what forbids more workers."),
          [Target(#"sum(max by (trigger) (poolkeeper_trigger_state{@pool,state="firing"}))"#, "firing")]
        ).thresholds(.green, [.from(1, .orange)]),
        Panel(
          "Alerts that ask for workers", .stat(.sparkline),
          .init(
            "Alerts from Alertmanager that ask for workers of the chosen pools.", good: "0, or as many as you know of.",
            bad: "above 0 for hours: resolve the alert, or its deadline will."),
          [Target("sum(max by (pool) (poolkeeper_alerts_firing{@pool}))", "alerts")]
        ).thresholds(.green, [.from(1, .yellow)]),
        Panel(
          "Plans rejected", .stat(.sparkline),
          .init(
            "Plans of the last hour that the checker stopped.", good: "0, always.",
            bad: "anything else is a defect of the program; nothing of such a plan is carried out."),
          [Target("sum(increase(poolkeeper_plan_rejected_total{@all}[1h]))", "rejected")]
        ).thresholds(.green, [.from(0.5, .red)]).alerts("PoolkeeperPlanRejected"),
        Panel(
          "Orders that wait", .stat(.sparkline),
          .init(
            "Orders that wait for somebody's approval.", good: "0.",
            bad: "above 0 for long: somebody must say yes or no; what is asked for is not made meanwhile."),
          [Target("max(poolkeeper_approvals_waiting{@all})", "orders")]
        ).thresholds(.green, [.from(1, .yellow)]),
        Panel(
          "Missing workers", .stat(.sparkline),
          .init(
            "Workers that the last decision wants and that are neither there nor on the way.", good: "0.",
            bad: "above 0 for minutes: see refused verdicts and failures."),
          [
            Target(
              "sum(clamp_min(max by (pool) (poolkeeper_pool_desired_workers{@pool}) "
                + "- sum by (pool) (max by (pool, template, state) "
                + #"(poolkeeper_workers{@pool,state!~"draining|failed|terminating|terminated|standby"})), 0))"#,
              "missing")
          ]
        ).thresholds(.green, [.from(1, .orange)]).details("worker-pools-overview"),
      ])
  ]

  private static let verdicts = [
    Line(height: 8, [SharedPanels.verdicts, SharedPanels.triggerStates]),
    Line(
      height: 9,
      [
        Panel(
          "Growths, shrinkings and refusals", .timeSeries(.bars),
          .init(
            "Decisions that were not simply to hold, in each interval.", good: "some growths before some shrinkings.",
            bad: "many refused ones."),
          [
            Target(
              #"sum by (pool, verdict) (increase(poolkeeper_decisions_total{@pool,verdict!="hold"}[@rate])) > 0"#,
              "{{pool}}: {{verdict}}")
          ]
        ).range(0),
        Panel(
          "Reasons", .timeSeries(.bars),
          .init(
            "The reasons that decisions gave, by their codes; \"poolkeeper explain\" has the sentences.",
            good: "nothing_asked and within_limits most of the time.",
            bad: "pool_at_maximum, hosts_full, a budget, backing_off or reading_missing for long."),
          [
            Target(
              "topk(12, sum by (pool, reason) (increase(poolkeeper_decision_reasons_total{@pool}[@rate])) > 0)",
              "{{pool}}: {{reason}}")
          ]
        ).range(0),
      ]),
    Line(
      height: 9,
      [
        Panel(
          "Reasons of the last hour",
          .table(
            TableShape(
              [.label("pool", "Pool"), .label("reason", "Reason"), .value("A", "Decisions", .plain)],
              sortedBy: "Decisions")),
          .init(
            "How often each reason was given within an hour.", good: "quiet reasons at the top.",
            bad: "what forbids growth at the top."),
          [Target("round(sum by (pool, reason) (increase(poolkeeper_decision_reasons_total{@pool}[1h]))) > 0")]),
        Panel(
          "Wanted and present", .timeSeries(.steps),
          .init(
            "What the last decision wants of each pool (dashed), and what is there or on the way.",
            good: "the lines meet.", bad: "they stay apart: the pool cannot get, or cannot give away, what is wanted."),
          [
            Target("max by (pool) (poolkeeper_pool_desired_workers{@pool})", "{{pool}} wanted"),
            Target(
              "sum by (pool) (max by (pool, template, state) "
                + #"(poolkeeper_workers{@pool,state!~"draining|failed|terminating|terminated|standby"}))"#, "{{pool}}"),
          ]
        ).range(0).style("wanted$", .expected).details("worker-lifecycle"),
      ]),
  ]

  private static let signals = [
    Line(
      height: 9,
      [
        Panel(
          "Triggers",
          .table(
            TableShape(
              [
                .label("trigger", "Trigger"), .label("pool", "Pool"), .label("state", "State"),
                .value("B", "Reading", .plain), .value("C", "Threshold", .plain), .value("D", "Forecast", .plain),
              ])),
          .init(
            "Each trigger's state, last reading, threshold and forecast (empty where it does not look ahead).",
            good: "readings below thresholds.", bad: "unknown, or a row without a reading."),
          [
            Target("max by (trigger, pool, state) (poolkeeper_trigger_state{@pool} == 1)"),
            Target("max by (trigger, pool) (poolkeeper_trigger_value{@pool})"),
            Target("max by (trigger, pool) (poolkeeper_trigger_threshold{@pool})"),
            Target("max by (trigger, pool) (poolkeeper_trigger_forecast{@pool})"),
          ]
        ).alerts("PoolkeeperReadingsMissing"),
        SharedPanels.readingsAgainstThresholds,
      ]),
    Line(
      height: 8,
      [
        Panel(
          "Pending pods", .timeSeries(.lines),
          .init(
            "Pods that the scheduler found no node for.", good: "peaks that are gone after some minutes.",
            bad: "a plateau: the pods fit no worker that may be made."),
          [Target("max(poolkeeper_pending_pods{@all})", "pending pods")]
        ).range(0),
        Panel(
          "Alerts over time", .timeSeries(.steps),
          .init(
            "Alerts of Alertmanager, by the pool that they ask for.", good: "0 most of the time.",
            bad: "an alert that flaps: give its rule a longer \"for\"."),
          [Target("max by (pool) (poolkeeper_alerts_firing{@pool})", "{{pool}}")]
        ).range(0),
      ]),
  ]

  private static let loop = [
    Line(
      height: 7,
      [
        Panel(
          "Decisions a minute", .timeSeries(.lines),
          .init(
            "How often the whole state is looked at, for each instance.",
            good: "flat, a little above 60 divided by the tick's seconds: samples call for decisions, too.",
            bad: "falling: looks take too long, or the process starves."),
          [Target("sum by (instance) (rate(poolkeeper_ticks_total{@all}[@rate])) * 60", "{{instance}}")]
        ).range(0).alerts("PoolkeeperLoopLate").details("poolkeeper-internals"),
        Panel(
          "Mode and leadership", .stateTimeline,
          .init(
            "Which instance leads (1) and which follow (0).", good: "one leads.",
            bad: "none leads, or the lead changes again and again."),
          [Target("max by (instance) (poolkeeper_leading{@all})", "{{instance}}")]
        ).words(Words.leading).alerts("PoolkeeperNoLeader", "PoolkeeperSeveralLeaders"),
        SharedPanels.systems,
      ])
  ]
}
