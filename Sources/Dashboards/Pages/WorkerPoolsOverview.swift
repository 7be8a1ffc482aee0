extension Dashboard {
  /// What is there, what is wanted, and whether somebody must look.
  public static let workerPoolsOverview = Dashboard(
    uid: "worker-pools-overview", title: "Worker pools: overview",
    purpose: "What Poolkeeper's pools hold, want, decide and cost; begin here.", variables: [.cluster, .pool],
    [
      Section(
        "Now",
        [
          Line(
            height: 4,
            [
              count(
                "Ready workers", #"state="ready""#,
                .init(
                  "Workers that can hold pods.", good: "at least the pools' minimum.",
                  bad: "below the minimum, or 0 while pods wait.")
              ).thresholds(.red, [.from(1, .green)]),
              count(
                "On the way", #"state=~"requested|provisioning|joining""#,
                .init(
                  "Workers that are asked for and not ready yet.", good: "above 0 for some minutes after a growth.",
                  bad: "above 0 for longer than a worker takes: cloning or joining fails.")
              ).details("worker-lifecycle").alerts("PoolkeeperProvisioningSlow"),
              count(
                "Leaving or unwell", #"state=~"unhealthy|repairing|draining|failed|terminating""#,
                .init(
                  "Workers that drain, are removed, have failed or are repaired.", good: "0, or few for some minutes.",
                  bad: "the same number for long: a drain is stuck, or repairs do not help.")
              ).thresholds(.green, [.from(1, .yellow), .from(5, .orange)]).details("worker-lifecycle"),
              Panel(
                "Pending pods", .stat(.sparkline),
                .init(
                  "Pods that the scheduler found no node for.", good: "0, or falling within minutes.",
                  bad: "above 0 and not falling while nothing is on the way; the decisions say why."),
                [Target("max(poolkeeper_pending_pods{@all})", "pods")]
              ).thresholds(.green, [.from(1, .yellow), .from(20, .orange)]).details("scaling-decisions"),
              SharedPanels.missingReadings,
              Panel(
                "Orphans", .stat(.plain),
                .init(
                  "Machines that no record knows, and nodes without a machine.", good: "0.",
                  bad: "above 0 for longer than half an hour: something was made or removed behind Poolkeeper's back."),
                [Target("sum(max by (kind) (poolkeeper_orphans{@all}))", "orphans")]
              ).thresholds(.green, [.from(1, .orange)]).alerts("PoolkeeperOrphanFound"),
              SharedPanels.decisionAge,
              Panel(
                "Mode", .stat(.name),
                .init(
                  "Whether plans are carried out (act) or only shown (observe).", good: "what you expect.",
                  bad: "observe, when workers are waited for."),
                [Target("max by (mode) (poolkeeper_mode{@all})", "{{mode}}")]),
            ])
        ]),
      Section(
        "Sizes",
        [
          Line(
            height: 8,
            [
              Panel(
                "Workers by state", .timeSeries(.stacked),
                .init(
                  "All workers of the chosen pools.", good: "mostly ready; thin bands of other states at changes.",
                  bad: "a band of failed, unhealthy or draining that does not end."),
                [Target("sum by (state) (max by (pool, template, state) (poolkeeper_workers{@pool}))", "{{state}}")]
              ).range(0).style("^ready$", .colored(.green)).style("^failed$", .colored(.red)).weight(2)
                .details("worker-lifecycle"),
              Panel(
                "Filled to the maximum", .barGauge,
                .init(
                  "Workers (without those that leave) as a share of the pool's maximum.", good: "below 80 %.",
                  bad: "at 100 %: the pool cannot grow; raise its maximum or expect pods to wait."),
                [
                  Target(
                    "sum by (pool) (max by (pool, template, state) "
                      + #"(poolkeeper_workers{@pool,state!~"draining|failed|terminating|terminated|standby"})) "#
                      + "/ (max by (pool) (poolkeeper_pool_maximum_workers{@pool}) > 0)", "{{pool}}")
                ]
              ).unit(.share).range(0, 1).thresholds(.green, [.from(0.8, .yellow), .from(0.9, .orange), .from(1, .red)])
                .alerts("PoolkeeperPoolNearMaximum", "PoolkeeperPoolAtMaximum"),
            ]),
          Line(
            height: 8,
            [
              Panel(
                "Size of $pool", .timeSeries(.steps),
                .init(
                  "Workers of the pool that are there or on the way, what the last decision wants, and the limits.",
                  good: "the line is at what is wanted, between the limits.",
                  bad:
                    "what is wanted lies above the workers for longer than a worker takes, or at the maximum for long."),
                [
                  Target(
                    "sum by (pool) (max by (pool, template, state) "
                      + #"(poolkeeper_workers{@pool,state!~"draining|failed|terminating|terminated|standby"}))"#,
                    "workers"),
                  Target("max by (pool) (poolkeeper_pool_desired_workers{@pool})", "wanted"),
                  Target("max by (pool) (poolkeeper_pool_minimum_workers{@pool})", "minimum"),
                  Target("max by (pool) (poolkeeper_pool_maximum_workers{@pool})", "maximum"),
                ]
              ).range(0).style("^m(in|ax)imum$", .limit(.red)).style("^wanted$", .expected).repeated(for: .pool)
                .alerts("PoolkeeperPoolNearMaximum")
            ]),
        ]),
      Section(
        "Demand",
        [
          Line(
            height: 8,
            [
              Panel(
                "Pending pods over time", .timeSeries(.lines),
                .init(
                  "Pods that the scheduler found no node for.", good: "peaks that are gone after some minutes.",
                  bad: "a plateau: the pods fit no worker that may be made."),
                [Target("max(poolkeeper_pending_pods{@all})", "pending pods")]
              ).range(0).details("scaling-decisions"),
              SharedPanels.readingsAgainstThresholds.weight(2).details("scaling-decisions"),
            ]),
          Line(
            height: 8,
            [
              SharedPanels.triggerStates.details("scaling-decisions"),
              SharedPanels.verdicts.details("scaling-decisions"),
            ]),
        ]),
      Section(
        "Money",
        [
          Line(
            height: 7,
            [
              Panel(
                "Spent of each budget", .barGauge,
                .init(
                  "Spent as a share of the cap, for each monthly budget and the burst event.",
                  good: "no more than the month has gone.",
                  bad: "above 80 % early in the month; at 100 % temporary workers are retired and nothing is made."),
                [
                  Target(
                    #"max by (scope) (poolkeeper_budget_spent{@all,scope!~".*/hour"}) "#
                      + #"/ (max by (scope) (poolkeeper_budget_cap{@all,scope!~".*/hour"}) > 0)"#, "{{scope}}")
                ]
              ).unit(.share).range(0, 1).thresholds(.green, [.from(0.5, .yellow), .from(0.8, .orange), .from(1, .red)])
                .details("worker-cost-tracking").alerts(
                  "PoolkeeperBudgetHalfSpent", "PoolkeeperBudgetNearCap", "PoolkeeperBudgetSpent"
                ).weight(2),
              SharedPanels.costPerHour.details("worker-cost-tracking"),
            ])
        ]),
    ])

  private static func count(_ title: String, _ states: String, _ meaning: Panel.Meaning) -> Panel {
    Panel(
      title, .stat(.sparkline), meaning,
      [Target("sum(max by (pool, template, state) (poolkeeper_workers{@pool,\(states)})) or vector(0)", "workers")])
  }
}
