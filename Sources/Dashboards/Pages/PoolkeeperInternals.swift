extension Dashboard {
  /// The program itself: what it takes in, keeps and answers, and what that costs.
  public static let poolkeeperInternals = Dashboard(
    uid: "poolkeeper-internals", title: "Poolkeeper: internals",
    purpose: "The program itself: samples, queries, looks, HTTP, and what it takes of the machine.",
    variables: [.cluster],
    [
      Section("Process", process),
      Section("Remote write", remoteWrite),
      Section("Store", store),
      Section("Queries and HTTP", answers),
      Section("Loop", loop),
    ])

  private static let process = [
    Line(
      height: 4,
      [
        Panel(
          "Version", .stat(.name),
          .init("The running version.", good: "one version.", bad: "several, long after an upgrade."),
          [Target("max by (version) (poolkeeper_build_info{@all})", "{{version}}")]),
        Panel(
          "Up for", .stat(.plain),
          .init(
            "Time since the youngest process started.", good: "days.", bad: "minutes, again and again: it crashes."),
          [Target("time() - max(\(ofPoolkeeper("process_start_time_seconds{@all}")))", "up")]
        ).unit(.seconds),
        Panel(
          "Leads", .stateTimeline,
          .init(
            "Which instance leads; who serves a cluster alone leads.", good: "one, and always the same.",
            bad: "none, or changes: look at the lease and at the API server."),
          [Target("max by (instance) (poolkeeper_leading{@all})", "{{instance}}")]
        ).words(Words.leading).weight(2).alerts("PoolkeeperNoLeader", "PoolkeeperSeveralLeaders"),
        Panel(
          "Configuration", .stat(.plain),
          .init(
            "Whether the configuration file was taken over at the last reading.", good: "taken over.",
            bad: "refused: the one before goes on; the log and \"poolkeeper check\" say what is wrong."),
          [Target("min(poolkeeper_configuration_reload_successful{@all})", "configuration")]
        ).words([ValueWord(0, "refused", .red), ValueWord(1, "taken over", .green)])
          .alerts("PoolkeeperConfigurationRefused"),
        Panel(
          "Open files", .gauge,
          .init(
            "Open file descriptors as a share of what is allowed.", good: "below half.",
            bad: "near 100 %: connections will be refused; raise the limit, find who connects."),
          [
            Target(
              "max by (instance) (\(ofPoolkeeper("process_open_fds{@all} / process_max_fds{@all}")))", "{{instance}}")
          ]
        ).unit(.share).range(0, 1).thresholds(.green, [.from(0.6, .yellow), .from(0.85, .red)]),
      ]),
    Line(
      height: 7,
      [
        Panel(
          "Processor", .timeSeries(.lines),
          .init(
            "Cores in use.", good: "a small share of a core, with peaks at queries.",
            bad: "a whole core for long: many series, many queries, or a very large cluster."),
          [
            Target(
              "sum by (instance) (\(ofPoolkeeper("rate(process_cpu_seconds_total{@all}[@rate])")))", "{{instance}}")
          ]
        ).unit(.plain, decimals: 2).range(0),
        Panel(
          "Memory", .timeSeries(.lines),
          .init(
            "Memory in RAM, and what of it series and samples take by the store's own estimate.",
            good: "flat after the retention's time.", bad: "rising without end, or near max_memory_bytes."),
          [
            Target(
              "max by (instance) (\(ofPoolkeeper("process_resident_memory_bytes{@all}")))", "{{instance}}: process"),
            Target("max by (instance) (poolkeeper_head_bytes{@all})", "{{instance}}: samples"),
          ]
        ).unit(.bytes).range(0),
      ]),
  ]

  private static let remoteWrite = [
    Line(
      height: 7,
      [
        Panel(
          "Requests by status", .timeSeries(.lines),
          .init(
            "Remote-write requests a second, by the status of their answer.", good: "204 only.",
            bad: "400 (samples are refused), 429 or 503 (too much at once, or the disk), or nothing at all."),
          [
            Target("sum by (code) (rate(poolkeeper_remote_write_requests_total{@all}[@rate]))", "{{code}}")
          ]
        ).unit(.requestsPerSecond).range(0)
          .alerts("PoolkeeperRemoteWriteRefused", "PoolkeeperRemoteWriteStopped"),
        Panel(
          "Samples stored", .timeSeries(.lines),
          .init(
            "Samples a second that remote write brought and that are stored, and all that are appended (own metrics too).",
            good: "flat: series divided by the scrape interval.", bad: "a fall to 0: the sender is away or refused."),
          [
            Target(
              "sum by (instance) (rate(poolkeeper_remote_write_samples_total{@all}[@rate]))", "{{instance}}: received"),
            Target(
              "sum by (instance) (rate(poolkeeper_head_samples_appended_total{@all}[@rate]))", "{{instance}}: appended"),
          ]
        ).unit(.perSecond).range(0),
        Panel(
          "Samples rejected", .timeSeries(.bars),
          .init(
            "Samples that were not stored, by reason.", good: "0.",
            bad: "out_of_order (two senders), series_limit (too many series), too_far_in_future (clocks)."),
          [
            Target(
              "sum by (reason) (increase(poolkeeper_remote_write_rejected_samples_total{@all}[@rate]))", "{{reason}}")
          ]
        ).range(0).alerts("PoolkeeperRemoteWriteRejected"),
      ]),
    Line(
      height: 6,
      [
        Panel(
          "Samples of replicas left out", .timeSeries(.lines),
          .init(
            "Samples a second of Prometheus servers that are not the elected one of their pair.",
            good: "as many as are stored, where pairs write; none otherwise.",
            bad: "0 where a pair should write: one is away."),
          [
            Target("sum(rate(poolkeeper_remote_write_deduplicated_samples_total{@all}[@rate]))", "left out")
          ]
        ).unit(.perSecond).range(0).whenEmpty("ha_deduplication is off"),
        Panel(
          "Elected replicas",
          .table(
            TableShape([
              .label("cluster", "Senders"), .label("replica", "Elected"), .value("A", "Stored", .plain),
            ])),
          .init(
            "Which Prometheus of each pair is stored.", good: "one row a pair.",
            bad: "no row although pairs write: their external labels are others than the configured ones."),
          [Target("max by (cluster, replica) (poolkeeper_remote_write_elected_replica)")]
        ).whenEmpty("ha_deduplication is off"),
        Panel(
          "Switch-overs", .timeSeries(.bars),
          .init(
            "Times that another replica took over.", good: "0, or one at a restart of a Prometheus.",
            bad: "many: both are slow or the network drops; raise switch_over_seconds."),
          [Target("sum(increase(poolkeeper_remote_write_switch_overs_total{@all}[@rate]))", "switch-overs")]
        ).range(0).whenEmpty("ha_deduplication is off"),
      ]),
  ]

  private static let store = [
    Line(
      height: 7,
      [
        Panel(
          "Series", .timeSeries(.lines),
          .init(
            "Series in memory.", good: "flat, with steps when workers come and go.",
            bad: "rising for hours: a label with ever new values; /api/v1/status/tsdb names it."),
          [Target("max by (instance) (poolkeeper_head_series{@all})", "{{instance}}")]
        ).range(0),
        Panel(
          "Series that come and go", .timeSeries(.bars),
          .init(
            "Series seen for the first time, and series forgotten.", good: "few beside workers' and pods' changes.",
            bad: "many all the time: churn costs memory and time."),
          [
            Target("sum(increase(poolkeeper_head_series_created_total{@all}[@rate]))", "new"),
            Target("sum(increase(poolkeeper_head_series_removed_total{@all}[@rate]))", "forgotten"),
          ]
        ).range(0),
        Panel(
          "Chunks", .timeSeries(.lines),
          .init(
            "Chunks of samples in memory, and those that the retention dropped in each interval.",
            good: "flat after the retention's time.", bad: "rising after it: more samples than before."),
          [
            Target("max by (instance) (poolkeeper_head_chunks{@all})", "{{instance}}"),
            Target(
              "sum by (instance) (increase(poolkeeper_head_chunks_removed_total{@all}[@rate]))", "{{instance}}: dropped"
            ),
          ]
        ).range(0),
      ]),
    Line(
      height: 7,
      [
        Panel(
          "Write-ahead log", .timeSeries(.lines),
          .init(
            "Bytes a second that are written to the log.", good: "flat.", bad: "0 while samples come."),
          [Target("sum by (instance) (rate(poolkeeper_wal_written_bytes_total{@all}[@rate]))", "{{instance}}")]
        ).unit(.bytesPerSecond).range(0),
        Panel(
          "On disk", .timeSeries(.lines),
          .init(
            "The last snapshot and the log behind it.", good: "a saw: it falls at each snapshot.",
            bad: "rising without falls: snapshots fail; see the log and the disk."),
          [Target("max by (instance) (poolkeeper_store_disk_bytes{@all})", "{{instance}}")]
        ).unit(.bytes).range(0),
        Panel(
          "Oldest sample", .stat(.plain),
          .init(
            "Age of the oldest sample.", good: "up to the retention.",
            bad: "much less long after the start: retention_bytes cuts, see beside."),
          [Target("time() - min(poolkeeper_head_oldest_timestamp_seconds{@all})", "old")]
        ).unit(.seconds),
        Panel(
          "Faults and upkeep", .timeSeries(.bars),
          .init(
            "Failed writes of the log, cuts by bytes, snapshots.", good: "snapshots only.",
            bad: "failed writes (the disk is full or broken), or cuts (retention_bytes is too small for the retention)."
          ),
          [
            Target("sum(increase(poolkeeper_wal_failures_total{@all}[@rate]))", "failed writes"),
            Target("sum(increase(poolkeeper_retention_byte_cuts_total{@all}[@rate]))", "cuts by bytes"),
            Target("sum(increase(poolkeeper_snapshots_total{@all}[@rate]))", "snapshots"),
          ]
        ).range(0).style("^failed writes$", .colored(.red)).style("^cuts", .colored(.orange))
          .alerts("PoolkeeperLogFailing"),
      ]),
  ]

  private static let answers = [
    Line(
      height: 8,
      [
        Panel(
          "Queries", .timeSeries(.lines),
          .init(
            "PromQL queries a second from outside, by outcome.", good: "success.",
            bad: "timeout or execution: too heavy, or too many at once."),
          [Target("sum by (outcome) (rate(poolkeeper_queries_total{@all}[@rate]))", "{{outcome}}")]
        ).unit(.requestsPerSecond).range(0),
        Panel(
          "Time of queries", .timeSeries(.lines),
          .init(
            "Half, 95 % and 99 % of the queries took at most so long.", good: "milliseconds.",
            bad: "seconds: look for dashboards that ask for long times in small steps."),
          quantiles("poolkeeper_query_duration_seconds_bucket{@all}")
        ).unit(.seconds).range(0),
      ]),
    Line(
      height: 8,
      [
        Panel(
          "HTTP requests by route", .timeSeries(.lines),
          .init(
            "Requests a second but remote writes.", good: "what your tools ask for.",
            bad: "a route that somebody asks without end, or \"none\": paths that do not exist."),
          [Target("sum by (route) (rate(poolkeeper_http_requests_total{@all}[@rate])) > 0", "{{route}}")]
        ).unit(.requestsPerSecond).range(0),
        Panel(
          "HTTP errors", .timeSeries(.bars),
          .init(
            "Requests that were answered with 400 and above.", good: "few.",
            bad: "401 and 403 (who knocks?), 429 and 503 (too much), 500 (a defect: the log tells)."),
          [
            Target(
              #"sum by (code, route) (increase(poolkeeper_http_requests_total{@all,code=~"[45].."}[@rate]))"#,
              "{{code}} {{route}}")
          ]
        ).range(0),
        Panel(
          "Time of requests", .timeSeries(.lines),
          .init(
            "95 % of a route's requests had their answer's head in this time.", good: "milliseconds.",
            bad: "a route that takes seconds."),
          [
            Target(
              "histogram_quantile(0.95, sum by (route, le) (rate(poolkeeper_http_request_duration_seconds_bucket{@all}[@rate]))) >= 0",
              "{{route}}")
          ]
        ).unit(.seconds).range(0),
      ]),
  ]

  private static let loop = [
    Line(
      height: 8,
      [
        Panel(
          "Time of looks", .heatmap,
          .init(
            "How long it takes to look at the world and to decide.", good: "one band far below the tick.",
            bad: "a band near the tick or above: Proxmox, Kubernetes or Talos answer slowly."),
          [Target("sum by (le) (increase(poolkeeper_tick_duration_seconds_bucket{@all}[@rate]))", "{{le}}")]
        ).unit(.seconds).alerts("PoolkeeperLoopLate"),
        Panel(
          "Time of looks, percentiles", .timeSeries(.lines),
          .init(
            "Half, 95 % and 99 % of the looks took at most so long.", good: "below a second.",
            bad: "beyond the tick: decisions come late."),
          quantiles("poolkeeper_tick_duration_seconds_bucket{@all}")
        ).unit(.seconds).range(0).alerts("PoolkeeperLoopLate"),
        Panel(
          "Looks a minute", .timeSeries(.lines),
          .init(
            "How often each instance looks and decides.", good: "flat.", bad: "falling, or 0."),
          [Target("sum by (instance) (rate(poolkeeper_ticks_total{@all}[@rate])) * 60", "{{instance}}")]
        ).range(0).alerts("PoolkeeperLoopLate").details("scaling-decisions"),
      ]),
    Line(
      height: 7,
      [
        SharedPanels.systems,
        Panel(
          "Looks and writes that failed", .timeSeries(.bars),
          .init(
            "Looks that ended with an error, and writes to the journal that failed.", good: "0.",
            bad: "anything else: what a failed write was for is not carried out; the log tells why."),
          [
            Target("sum(increase(poolkeeper_tick_failures_total{@all}[@rate]))", "looks"),
            Target("sum(increase(poolkeeper_journal_failures_total{@all}[@rate]))", "journal"),
          ]
        ).range(0).alerts("PoolkeeperJournalFailing"),
        Panel(
          "Certificates", .barGauge,
          .init(
            "Time until the certificates end that the program uses.", good: "weeks.",
            bad: "days (renew it), or below 0: calls fail."),
          [
            Target(
              "min by (certificate) (poolkeeper_certificate_expiry_timestamp_seconds{@all}) - time()", "{{certificate}}"
            )
          ]
        ).unit(.seconds).thresholds(.red, [.from(7 * 86_400, .orange), .from(30 * 86_400, .green)])
          .whenEmpty("no certificate is in use").alerts(
            "PoolkeeperCertificateExpiresSoon", "PoolkeeperCertificateExpired"),
      ]),
    Line(
      height: 7,
      [
        Panel(
          "Messages", .timeSeries(.bars),
          .init(
            "Attempts to bring messages to their receivers, by what came of them.", good: "delivered.",
            bad: "refused, given_up or dropped: somebody has not been told; look at the receiver's address and secret."),
          [
            Target(
              "sum by (receiver, outcome) (increase(poolkeeper_notifications_total{@all}[@rate]))",
              "{{receiver}}: {{outcome}}")
          ]
        ).range(0).whenEmpty("no receiver is configured").alerts("PoolkeeperNotificationsLost"),
        Panel(
          "Messages that wait", .timeSeries(.steps),
          .init(
            "Messages that receivers have not got yet.", good: "0, or a few for seconds.",
            bad: "rising: the receiver is away."),
          [Target("max by (receiver) (poolkeeper_notifications_waiting{@all})", "{{receiver}}")]
        ).range(0).whenEmpty("no receiver is configured"),
      ]),
  ]

  /// The figures that every process has, of those that are Poolkeeper.
  private static func ofPoolkeeper(_ expression: String) -> String {
    "(\(expression)) and on (job, instance) poolkeeper_build_info{@all}"
  }

  private static func quantiles(_ buckets: String) -> [Target] {
    [("0.5", "50 %"), ("0.95", "95 %"), ("0.99", "99 %")].map { quantile, name in
      Target("histogram_quantile(\(quantile), sum by (le) (rate(\(buckets)[@rate]))) >= 0", name)
    }
  }
}
