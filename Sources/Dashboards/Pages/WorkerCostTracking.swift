extension Dashboard {
  /// What was spent, what will be, and on what.
  public static let workerCostTracking = Dashboard(
    uid: "worker-cost-tracking", title: "Worker pools: costs",
    purpose: "What workers cost, against the caps and the list price.", variables: [.cluster, .pool, .scope],
    span: "24h",
    [
      Section("This month", month),
      Section("Against the caps", caps),
      Section("Per hour", hour),
      Section("Workers", workers),
    ])

  private static let month = [
    Line(
      height: 4,
      [
        total(
          "Spent", "poolkeeper_budget_spent",
          .init(
            "Spent since the month began, by all pools together.",
            good: "a share of the cap like that of the month that has gone.",
            bad: "far ahead of the month.")),
        total(
          "Committed", "poolkeeper_budget_committed",
          .init(
            "What the workers that exist will surely still cost.", good: "fits between what is spent and the cap.",
            bad: "more than that: nothing new is made until something goes.")),
        total(
          "Forecast for the month's end", "poolkeeper_budget_forecast",
          .init(
            "Spent at the month's end if the fleet stays as it is now.", good: "below the cap.",
            bad: "above the cap for hours: the fleet is larger than the budget.")
        ).alerts("PoolkeeperBudgetForecastBeyondCap"),
        total(
          "Cap", "poolkeeper_budget_cap",
          .init(
            "Most that may be spent in the month.", good: "what was agreed.",
            bad: "not what was agreed: see the configuration.")),
        SharedPanels.costPerHour,
        Panel(
          "Saved per hour", .stat(.sparkline),
          .init(
            "What the billed workers would cost more an hour at list price, without their pools' savings.",
            good: "above 0 while spot workers run.", bad: "0 although there is work that spot workers could do."),
          [
            Target(
              "sum by (currency) (max by (pool, template, currency) (poolkeeper_list_price_per_hour{@pool}) "
                + "- max by (pool, template, currency) (poolkeeper_cost_per_hour{@pool}))", "saved ({{currency}})")
          ]
        ).unit(.money),
      ]),
    Line(
      height: 8,
      [
        Panel(
          "All pools together", .gauge,
          .init(
            "Spent and committed as a share of the monthly cap of all pools.", good: "green.",
            bad: "red: only what the minimum needs is made."),
          [
            Target(
              #"max(poolkeeper_budget_spent{@all,scope="all"}) / (max(poolkeeper_budget_cap{@all,scope="all"}) > 0)"#,
              "spent"),
            Target(
              #"(max(poolkeeper_budget_spent{@all,scope="all"}) + max(poolkeeper_budget_committed{@all,scope="all"})) "#
                + #"/ (max(poolkeeper_budget_cap{@all,scope="all"}) > 0)"#, "with what is committed"),
          ]
        ).unit(.share).range(0, 1).thresholds(.green, [.from(0.5, .yellow), .from(0.8, .orange), .from(1, .red)])
          .alerts("PoolkeeperBudgetNearCap", "PoolkeeperBudgetCannotHold"),
        Panel(
          "Each budget", .barGauge,
          .init(
            "Spent as a share of the cap, for each budget: monthly ones, those of an hour (/hour) and the burst event.",
            good: "green.", bad: "red: its pools do not grow; temporary workers are retired."),
          [
            Target(
              "max by (scope) (poolkeeper_budget_spent{@scope}) / (max by (scope) (poolkeeper_budget_cap{@scope}) > 0)",
              "{{scope}}")
          ]
        ).unit(.share).range(0, 1).thresholds(.green, [.from(0.5, .yellow), .from(0.8, .orange), .from(1, .red)])
          .alerts("PoolkeeperBudgetHalfSpent", "PoolkeeperBudgetNearCap", "PoolkeeperBudgetSpent").weight(2),
      ]),
  ]

  private static let caps = [
    Line(
      height: 8,
      [
        Panel(
          "Budget $scope", .timeSeries(.lines),
          .init(
            "What is spent, what is spent and committed, what is forecast, and the cap.",
            good: "all lines below the cap.",
            bad:
              "the forecast above the cap: it will hold until something goes; spent and committed at the cap: nothing new is made."
          ),
          [
            Target("max by (scope, currency) (poolkeeper_budget_spent{@scope})", "spent ({{currency}})"),
            Target(
              "max by (scope, currency) (poolkeeper_budget_spent{@scope}) "
                + "+ max by (scope, currency) (poolkeeper_budget_committed{@scope})", "and committed ({{currency}})"),
            Target("max by (scope, currency) (poolkeeper_budget_forecast{@scope})", "forecast ({{currency}})"),
            Target("max by (scope, currency) (poolkeeper_budget_cap{@scope})", "cap ({{currency}})"),
          ]
        ).unit(.money).range(0).style("^cap", .limit(.red)).style("^forecast", .expected).repeated(for: .scope)
          .alerts("PoolkeeperBudgetForecastBeyondCap", "PoolkeeperBudgetCannotHold")
      ]),
    Line(
      height: 8,
      [
        Panel(
          "Spent in the last hour", .timeSeries(.lines),
          .init(
            "How much each monthly budget has grown within an hour.", good: "follows the load, and falls at night.",
            bad: "a new plateau: the fleet has grown for good."),
          [
            Target(
              #"max by (scope, currency) (delta(poolkeeper_budget_spent{@scope,scope!~".*/hour|burst_event"}[1h])) >= 0"#,
              "{{scope}} ({{currency}})")
          ]
        ).unit(.money).range(0).alerts("PoolkeeperBudgetBurnsFast", "PoolkeeperBudgetBurnsSlowly")
      ]),
  ]

  private static let hour = [
    Line(
      height: 8,
      [
        perHour(
          "Cost per hour by pool", by: "pool",
          .init(
            "What the billed workers of each pool cost an hour.",
            good: "burst and gpu are there only when they are needed.",
            bad: "an expensive pool that stays.")),
        perHour(
          "Cost per hour by template", by: "template",
          .init(
            "What the billed workers of each template cost an hour.", good: "the sizes that the pods need.",
            bad: "large workers for small pods: see whether consolidation is on.")),
        Panel(
          "List price and cost", .timeSeries(.lines),
          .init(
            "What the workers cost an hour, and what they would cost without their pools' savings.",
            good: "a gap while spot workers run.", bad: "no gap: nothing runs on spot workers."),
          [
            Target(
              "sum by (currency) (max by (pool, template, currency) (poolkeeper_list_price_per_hour{@pool}))",
              "list price ({{currency}})"),
            Target(
              "sum by (currency) (max by (pool, template, currency) (poolkeeper_cost_per_hour{@pool}))",
              "cost ({{currency}})"),
          ]
        ).unit(.money).range(0).style("^list price", .expected),
      ])
  ]

  private static let workers = [
    Line(
      height: 9,
      [
        Panel(
          "Cost of workers",
          .table(
            TableShape(
              [
                .label("worker", "Worker"), .label("pool", "Pool"), .value("A", "Has cost", .money),
                .label("currency", "Currency"), .value("B", "Age", .seconds),
              ], sortedBy: "Has cost")),
          .init(
            "What each worker that is there has cost since its clone was made.",
            good: "the dearest are the permanent ones.",
            bad: "a burst or gpu worker at the top: see why it is still there."),
          [
            Target("max by (worker, pool, currency) (poolkeeper_worker_cost_total{@pool})"),
            Target("time() - max by (worker, pool) (poolkeeper_worker_created_timestamp_seconds{@pool})"),
          ]
        ).details("worker-lifecycle"),
        Panel(
          "Dearest workers", .barGauge,
          .init(
            "The ten workers that have cost most.", good: "even lengths within a pool.",
            bad: "one that stands out: it outlives the others."),
          [
            Target(
              "topk(10, max by (worker, currency) (poolkeeper_worker_cost_total{@pool}))", "{{worker}} ({{currency}})")
          ]
        ).unit(.money).range(0),
      ])
  ]

  private static func total(_ title: String, _ metric: String, _ meaning: Panel.Meaning) -> Panel {
    Panel(
      title, .stat(.sparkline), meaning,
      [Target("max by (currency) (\(metric){@all,scope=\"all\"})", "all ({{currency}})")]
    ).unit(.money)
  }

  private static func perHour(_ title: String, by label: String, _ meaning: Panel.Meaning) -> Panel {
    Panel(
      title, .timeSeries(.stacked), meaning,
      [
        Target(
          "sum by (\(label), currency) (max by (pool, template, currency) (poolkeeper_cost_per_hour{@pool}))",
          "{{\(label)}} ({{currency}})")
      ]
    ).unit(.money).range(0)
  }
}
