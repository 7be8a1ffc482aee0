extension Dashboard {
  /// Each worker's way from the intent to its removal.
  public static let workerLifecycle = Dashboard(
    uid: "worker-lifecycle", title: "Worker pools: lifecycle",
    purpose: "How workers come, how long it takes, what fails, and how they go.", variables: [.cluster, .pool],
    [
      Section(
        "Workers",
        [
          Line(
            height: 9,
            [
              Panel(
                "Workers",
                .table(
                  TableShape(
                    [
                      .label("worker", "Worker"), .label("pool", "Pool"), .label("template", "Template"),
                      .label("state", "State"), .value("B", "Age", .seconds), .value("C", "Expires in", .seconds),
                      .value("D", "Has cost", .money), .label("currency", "Currency"),
                    ], sortedBy: "Age")),
                .init(
                  "Every worker that is there now.", good: "ready, with ages below their time to live.",
                  bad: "a worker in the same other state for long, or one that expired (negative) and is still there."),
                [
                  Target("max by (worker, pool, template, state) (poolkeeper_worker_state{@pool})"),
                  Target("time() - max by (worker) (poolkeeper_worker_created_timestamp_seconds{@pool})"),
                  Target("max by (worker) (poolkeeper_worker_expiry_timestamp_seconds{@pool}) - time()"),
                  Target("max by (worker, currency) (poolkeeper_worker_cost_total{@pool})"),
                ])
            ]),
          Line(
            height: 8,
            [
              Panel(
                "Workers by state", .timeSeries(.stacked),
                .init(
                  "How many workers are in each state.", good: "mostly ready.",
                  bad: "provisioning or joining that piles up, or failed ones."),
                [Target("sum by (state) (max by (pool, template, state) (poolkeeper_workers{@pool}))", "{{state}}")]
              ).range(0).style("^ready$", .colored(.green)).style("^failed$", .colored(.red)),
              Panel(
                "States entered", .timeSeries(.bars),
                .init(
                  "Workers that entered a state, in each interval.",
                  good: "as many ready as requested some minutes before, as many terminated as draining.",
                  bad: "requested without ready, failed, or the same workers ready and unhealthy in turns."),
                [
                  Target(
                    #"sum by (state) (increase(poolkeeper_worker_transitions_total{@pool}[@rate])) > 0"#, "{{state}}")
                ]
              ).range(0).style("^ready$", .colored(.green)).style("^failed$", .colored(.red)),
            ]),
        ]),
      Section("Coming", coming),
      Section("Going", going),
      Section("Health", health),
    ])

  private static let coming = [
    Line(
      height: 8,
      [
        Panel(
          "Time until ready", .heatmap,
          .init(
            "Workers that became ready, by the time since they were asked for.",
            good: "one narrow band of two to three minutes.",
            bad: "a second band far above the first (a slow host or storage), or a band that climbs."),
          [
            Target(
              "sum by (le) (increase(poolkeeper_provisioning_duration_seconds_bucket{@pool}[@rate]))", "{{le}}")
          ]
        ).unit(.seconds).alerts("PoolkeeperProvisioningSlow"),
        percentiles(
          "Time until ready, percentiles", "poolkeeper_provisioning_duration_seconds_bucket{@pool}", by: "pool",
          .init(
            "Half and 95 % of the workers of the last hour were ready within this time, by pool.",
            good: "both lines flat and close to each other.",
            bad: "the upper one far above the lower one, or beyond ten minutes.")
        ).alerts("PoolkeeperProvisioningSlow"),
      ]),
    Line(
      height: 8,
      [
        percentiles(
          "Time of steps", "poolkeeper_step_duration_seconds_bucket{@all}", by: "step",
          .init(
            "How long each step took in half and in 95 % of the cases of the last hour.",
            good: "the same steps are the slow ones every day: clone, boot, node ready.",
            bad: "one step grows: clones point to the storage, boots to the hosts, joining to network or endpoint.")),
        Panel(
          "Failed workers by step", .timeSeries(.bars),
          .init(
            "Workers that failed while they were made, by the step that they failed in.", good: "nothing.",
            bad: "several in one step: its name says where to look; after three the pool backs off."),
          [
            Target(
              "sum by (pool, step) (increase(poolkeeper_worker_failures_total{@pool}[@rate]))", "{{pool}}: {{step}}")
          ]
        ).range(0).alerts("PoolkeeperJoinFailures"),
      ]),
    Line(
      height: 8,
      [
        Panel(
          "Actions", .timeSeries(.bars),
          .init(
            "Calls that were carried out on workers, by what came of them.",
            good: "succeeded, and evictions that are refused for a while.",
            bad: "codes of failures that repeat: Proxmox, Talos or Kubernetes refuses or is away."),
          [
            Target(
              "sum by (action, outcome) (increase(poolkeeper_worker_actions_total{@all}[@rate])) > 0",
              "{{action}}: {{outcome}}")
          ]
        ).range(0)
      ]),
  ]

  private static let going = [
    Line(
      height: 8,
      [
        Panel(
          "Time left", .barGauge,
          .init(
            "Time until workers expire, the next ones first.",
            good: "above 0; five minutes before its end a worker is announced.",
            bad: "far below 0: the worker outlives its time; a disruption budget may hold its drain."),
          [
            Target(
              "bottomk(15, max by (worker) (poolkeeper_worker_expiry_timestamp_seconds{@pool}) - time())", "{{worker}}")
          ]
        ).unit(.seconds).thresholds(.red, [.from(0, .yellow), .from(300, .green)]).whenEmpty("no worker expires")
          .alerts("PoolkeeperCleanupFailed"),
        Panel(
          "Why workers go", .timeSeries(.bars),
          .init(
            "Workers whose removal was decided, by the reason.", good: "idle_timeout, expired, under_used.",
            bad: "budget_exhausted, preempted or replaced in numbers."),
          [
            Target(
              "sum by (pool, reason) (increase(poolkeeper_removals_total{@pool}[@rate])) > 0", "{{pool}}: {{reason}}")
          ]
        ).range(0).details("scaling-decisions").weight(2),
      ]),
    Line(
      height: 8,
      [
        percentiles(
          "Time of drains", "poolkeeper_drain_duration_seconds_bucket{@pool}", by: "pool",
          .init(
            "How long half and 95 % of the drains of the last hour took, by pool.",
            good: "below the drain's limit (ten minutes).",
            bad: "at the limit: disruption budgets or pods without a place hold the drains.")),
        Panel(
          "Drains",
          .table(
            TableShape(
              [
                .label("worker", "Worker"), .label("pool", "Pool"), .label("disruption_budget", "Waits for"),
                .value("B", "Drains for", .seconds),
              ], sortedBy: "Drains for")),
          .init(
            "Workers that are being drained, and the disruption budget that refuses their pods' evictions.",
            good: "nothing, or drains of some minutes.",
            bad: "a budget's name beside a long time: its workload has too few healthy pods, or allows none to go."),
          [
            Target("max by (worker, pool, disruption_budget) (poolkeeper_worker_drain_info{@pool})"),
            Target("time() - max by (worker) (poolkeeper_worker_drain_started_timestamp_seconds{@pool})"),
          ]
        ).whenEmpty("nothing drains").alerts("PoolkeeperDrainStuck"),
      ]),
    Line(
      height: 7,
      [
        Panel(
          "Preemptions", .timeSeries(.bars),
          .init(
            "Workers that were preempted: drained to make room for others, or taken away from outside.",
            good: "few.", bad: "many at once: a storm; the work on them needs another pool."),
          [Target("sum by (pool) (increase(poolkeeper_preemptions_total{@pool}[@rate]))", "{{pool}}")]
        ).range(0).alerts("PoolkeeperPreemptionStorm"),
        Panel(
          "Preemptions this month", .timeSeries(.steps),
          .init(
            "Workers of spot pools that were preempted since the month began.", good: "flat.",
            bad: "a steep rise: the savings cost restarts."),
          [Target("max by (pool) (poolkeeper_pool_preemptions{@pool})", "{{pool}}")]
        ).range(0),
      ]),
  ]

  private static let health = [
    Line(
      height: 8,
      [
        Panel(
          "Unwell workers", .timeSeries(.steps),
          .init(
            "Workers that are unhealthy or being repaired.", good: "0, or one for some minutes.",
            bad: "more than a fifth of a pool: repairs stop there, because the cause is elsewhere."),
          [
            Target(
              #"sum by (pool) (max by (pool, template, state) (poolkeeper_workers{@pool,state=~"unhealthy|repairing"})) "#
                + "or 0 * max by (pool) (poolkeeper_pool_maximum_workers{@pool})", "{{pool}}")
          ]
        ).range(0).alerts("PoolkeeperRepairsFail"),
        Panel(
          "Repairs", .timeSeries(.bars),
          .init(
            "Repair actions that are over, by what they were for and what came of them.", good: "few, and succeeded.",
            bad: "failed, or the same repair again and again."),
          [
            Target(
              "sum by (issue, action, outcome) (increase(poolkeeper_repairs_total{@all}[@rate]))",
              "{{issue}}: {{action}} {{outcome}}")
          ]
        ).range(0).alerts("PoolkeeperRepairsFail"),
      ])
  ]

  /// The median and the 95th percentile of a histogram over the last hour.
  private static func percentiles(
    _ title: String, _ buckets: String, by label: String, _ meaning: Panel.Meaning
  ) -> Panel {
    func target(_ quantile: String, _ name: String) -> Target {
      Target(
        "histogram_quantile(\(quantile), sum by (\(label), le) (increase(\(buckets)[1h]))) >= 0",
        "{{\(label)}} \(name)")
    }
    return Panel(title, .timeSeries(.lines), meaning, [target("0.5", "50 %"), target("0.95", "95 %")]).unit(.seconds)
      .range(0)
  }
}
