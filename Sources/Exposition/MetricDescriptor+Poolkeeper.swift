// Every metric that the program exposes about itself. `MetricDescriptor.all` is the one list: docs/metrics.md is made
// from it, rules and dashboards are checked against it.

private let stepBuckets: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

// MARK: Pools and workers

extension MetricDescriptor {
  /// The pool's lower limit.
  public static let poolMinimumWorkers = MetricDescriptor(
    "poolkeeper_pool_minimum_workers", .gauge, labels: ["pool"], help: "Workers that the pool never goes below.")
  /// The pool's upper limit.
  public static let poolMaximumWorkers = MetricDescriptor(
    "poolkeeper_pool_maximum_workers", .gauge, labels: ["pool"], help: "Workers that the pool never goes above.")
  /// What the last decision wants.
  public static let poolDesiredWorkers = MetricDescriptor(
    "poolkeeper_pool_desired_workers", .gauge, labels: ["pool"],
    help: "Workers that the pool should have by the last decision.")
  /// Workers by pool, template and state.
  public static let workers = MetricDescriptor(
    "poolkeeper_workers", .gauge, labels: ["pool", "template", "state"],
    help: "Workers in each state of their life, by pool and template.")
  /// One series a worker.
  public static let workerState = MetricDescriptor(
    "poolkeeper_worker_state", .gauge, labels: ["worker", "pool", "template", "state"],
    help: "1 for the state that the worker is in; a worker has no series for other states.")
  /// Since when the worker is wanted.
  public static let workerCreatedTimestamp = MetricDescriptor(
    "poolkeeper_worker_created_timestamp_seconds", .gauge, labels: ["worker", "pool"], unit: "seconds",
    help: "Unix time at which the worker was asked for; of a standby clone, at which it was taken into use.")
  /// When the worker's time to live ends.
  public static let workerExpiryTimestamp = MetricDescriptor(
    "poolkeeper_worker_expiry_timestamp_seconds", .gauge, labels: ["worker", "pool"], unit: "seconds",
    help: "Unix time at which the worker's time to live ends; absent for workers that do not expire.")
  /// From the written intent to a ready node.
  public static let provisioningDuration = MetricDescriptor(
    "poolkeeper_provisioning_duration_seconds", .histogram, labels: ["pool"], unit: "seconds",
    buckets: [30, 60, 90, 120, 150, 180, 240, 300, 420, 600, 900, 1800],
    help: "Time from asking for a worker until it is ready, of workers that became ready.")
  /// States that workers have entered.
  public static let workerTransitions = MetricDescriptor(
    "poolkeeper_worker_transitions_total", .counter, labels: ["pool", "state"],
    help: "Workers that entered the state: requested is asked for, ready can hold pods, terminated is gone.")
  /// Why workers go.
  public static let removals = MetricDescriptor(
    "poolkeeper_removals_total", .counter, labels: ["pool", "reason"],
    help: "Workers whose removal was decided, by the reason's code.")
  /// From the start of a drain to its end.
  public static let drainDuration = MetricDescriptor(
    "poolkeeper_drain_duration_seconds", .histogram, labels: ["pool"], unit: "seconds",
    buckets: [10, 30, 60, 120, 180, 300, 420, 600, 900, 1800, 3600],
    help: "Time from the start of a worker's drain until its machine is let go of.")
  /// Of one step of a worker's life.
  public static let stepDuration = MetricDescriptor(
    "poolkeeper_step_duration_seconds", .histogram, labels: ["step"], unit: "seconds",
    buckets: [1, 2.5, 5, 10, 20, 30, 60, 90, 120, 180, 300, 600, 1200],
    help: "Time that a step of a worker's life took, its last attempt, of steps that did not fail the worker.")
  /// Calls to the outside world.
  public static let workerActions = MetricDescriptor(
    "poolkeeper_worker_actions_total", .counter, labels: ["action", "outcome"],
    help: "Actions carried out on workers, by what came of them (succeeded, or the failure's code).")
  /// Workers that failed.
  public static let workerFailures = MetricDescriptor(
    "poolkeeper_worker_failures_total", .counter, labels: ["pool", "step"],
    help: "Workers that failed while provisioning or joining, by the step that they failed in.")
  /// Since when a worker is drained.
  public static let drainStartedTimestamp = MetricDescriptor(
    "poolkeeper_worker_drain_started_timestamp_seconds", .gauge, labels: ["worker", "pool"], unit: "seconds",
    help: "Unix time at which the drain of the worker began; absent for workers that are not being drained.")
  /// What a drain waits for.
  public static let drainInfo = MetricDescriptor(
    "poolkeeper_worker_drain_info", .info, labels: ["worker", "pool", "disruption_budget"],
    help:
      "The disruption budget (namespace/name) that refuses evictions of the worker's drain; empty while none does.")
  /// Workers that had to make room, or were taken away.
  public static let preemptions = MetricDescriptor(
    "poolkeeper_preemptions_total", .counter, labels: ["pool"],
    help: "Workers of the pool that were preempted: drained to make room for others, or taken away from outside.")
  /// Repair actions.
  public static let repairs = MetricDescriptor(
    "poolkeeper_repairs_total", .counter, labels: ["issue", "action", "outcome"],
    help: "Repair actions on unhealthy workers, by issue and by outcome (succeeded or failed).")
  /// What no record accounts for.
  public static let orphans = MetricDescriptor(
    "poolkeeper_orphans", .gauge, labels: ["kind"],
    help: "Machines of ours that no record knows, and nodes of ours without a machine.")
  /// Unschedulable pods.
  public static let pendingPods = MetricDescriptor(
    "poolkeeper_pending_pods", .gauge, help: "Pods that the scheduler found no node for, at the last decision.")
}

// MARK: Decisions

extension MetricDescriptor {
  /// Where a trigger stands.
  public static let triggerState = MetricDescriptor(
    "poolkeeper_trigger_state", .gauge, labels: ["trigger", "pool", "state"],
    help: "1 for the state that the trigger is in, 0 for the others (inactive, pending, firing, unknown).")
  /// A trigger's last reading.
  public static let triggerValue = MetricDescriptor(
    "poolkeeper_trigger_value", .gauge, labels: ["trigger", "pool"],
    help: "Last reading of the trigger's expression; absent while there is none.")
  /// A trigger's threshold.
  public static let triggerThreshold = MetricDescriptor(
    "poolkeeper_trigger_threshold", .gauge, labels: ["trigger", "pool"],
    help: "Threshold that the trigger's reading is compared with.")
  /// Verdicts on pools.
  public static let decisions = MetricDescriptor(
    "poolkeeper_decisions_total", .counter, labels: ["pool", "verdict"],
    help: "Decisions on the pool, by verdict (grow, shrink, hold, refused, disabled).")
  /// Why pools are what they are.
  public static let decisionReasons = MetricDescriptor(
    "poolkeeper_decision_reasons_total", .counter, labels: ["pool", "reason"],
    help: "Decisions on the pool that gave the reason, by its code.")
  /// Decisions made.
  public static let ticks = MetricDescriptor(
    "poolkeeper_ticks_total", .counter, help: "Times that the whole state was looked at and a plan was made.")
  /// From reading the world until the plan's intents are written.
  public static let tickDuration = MetricDescriptor(
    "poolkeeper_tick_duration_seconds", .histogram, unit: "seconds", buckets: stepBuckets,
    help: "Time that one look at the world and its decision took.")
  /// When the last decision was made.
  public static let lastTickTimestamp = MetricDescriptor(
    "poolkeeper_last_tick_timestamp_seconds", .gauge, unit: "seconds",
    help: "Unix time of the last decision.")
  /// Plans that the checker stopped.
  public static let planRejected = MetricDescriptor(
    "poolkeeper_plan_rejected_total", .counter,
    help: "Plans that the plan checker refused to let pass; each is a defect of the program.")
  /// Readings that were missing.
  public static let missingReadings = MetricDescriptor(
    "poolkeeper_missing_readings", .gauge,
    help: "Readings that the last decision had to do without, because they were missing or stale.")
  /// Ticks that came to nothing.
  public static let tickFailures = MetricDescriptor(
    "poolkeeper_tick_failures_total", .counter,
    help: "Looks at the world that ended with an error; the log tells which.")
  /// Whether a system of the infrastructure answers.
  public static let systemUp = MetricDescriptor(
    "poolkeeper_system_up", .gauge, labels: ["system"],
    help:
      "1 while the last decision knew all that it asks of the system (kubernetes, hypervisor, talos), 0 while something "
      + "could not be read; absent where nothing is connected.")
  /// Writes to the journal that failed.
  public static let journalFailures = MetricDescriptor(
    "poolkeeper_journal_failures_total", .counter,
    help: "Writes to the journal that failed; what they were for is not carried out.")
  /// Whether the program acts.
  public static let mode = MetricDescriptor(
    "poolkeeper_mode", .gauge, labels: ["mode"], help: "1 for the mode that the program runs in (observe or act).")
  /// Whether this process leads.
  public static let leading = MetricDescriptor(
    "poolkeeper_leading", .gauge,
    help: "1 while this process leads, or serves the cluster alone; 0 while it follows another and writes nothing.")
}

// MARK: Money

extension MetricDescriptor {
  /// A cap's limit.
  public static let budgetCap = MetricDescriptor(
    "poolkeeper_budget_cap", .gauge, labels: ["scope", "currency"],
    help:
      "Most that may be spent, in units of the currency; scope is a pool or all (per month), either with /hour behind "
      + "it (per hour), or burst_event.")
  /// What counts against a cap so far.
  public static let budgetSpent = MetricDescriptor(
    "poolkeeper_budget_spent", .gauge, labels: ["scope", "currency"],
    help: "Spent so far in this month (or burst event), in units of the currency; of an hour, what billed workers cost."
  )
  /// What is sure to be spent still.
  public static let budgetCommitted = MetricDescriptor(
    "poolkeeper_budget_committed", .gauge, labels: ["scope", "currency"],
    help:
      "What the workers that exist will surely still cost, in units of the currency; of an hour, what those under way "
      + "will.")
  /// Where the month ends as things are.
  public static let budgetForecast = MetricDescriptor(
    "poolkeeper_budget_forecast", .gauge, labels: ["scope", "currency"],
    help: "Spent by the month's end if the fleet stays as it is after the last plan, in units of the currency.")
  /// Preempted workers.
  public static let poolPreemptions = MetricDescriptor(
    "poolkeeper_pool_preemptions", .gauge, labels: ["pool"],
    help: "Workers of the pool that were preempted in the present month.")
  /// What a trigger is expected to read.
  public static let triggerForecast = MetricDescriptor(
    "poolkeeper_trigger_forecast", .gauge, labels: ["trigger", "pool"],
    help: "What the trigger's expression is expected to return at the end of its horizon.")
  /// Alerts that ask for workers.
  public static let alertsFiring = MetricDescriptor(
    "poolkeeper_alerts_firing", .gauge, labels: ["pool"], help: "Alerts that fire and ask for workers of the pool.")
  /// Messages to people.
  public static let notifications = MetricDescriptor(
    "poolkeeper_notifications_total", .counter, labels: ["receiver", "outcome"],
    help:
      "Attempts to bring messages to receivers: delivered, failed (tried again), refused (by the receiver, not tried "
      + "again), given_up (failed for too long) and dropped (too many waited).")
  /// Messages that wait.
  public static let notificationsWaiting = MetricDescriptor(
    "poolkeeper_notifications_waiting", .gauge, labels: ["receiver"],
    help: "Messages that the receiver has not got yet.")
  /// Orders that wait for somebody's word.
  public static let approvalsWaiting = MetricDescriptor(
    "poolkeeper_approvals_waiting", .gauge, help: "Orders that wait for approval.")
  /// What a pool costs now.
  public static let costPerHour = MetricDescriptor(
    "poolkeeper_cost_per_hour", .gauge, labels: ["pool", "template", "currency"],
    help: "What the workers that are billed cost an hour, in units of the currency.")
  /// What it would cost without savings.
  public static let listPricePerHour = MetricDescriptor(
    "poolkeeper_list_price_per_hour", .gauge, labels: ["pool", "template", "currency"],
    help: "What the workers that are billed would cost an hour without their pool's saving, in units of the currency.")
  /// What a worker has cost.
  public static let workerCost = MetricDescriptor(
    "poolkeeper_worker_cost_total", .counter, labels: ["worker", "pool", "currency"],
    help: "What the worker has cost since its clone was made, in units of the currency.")
}

// MARK: Samples and queries

extension MetricDescriptor {
  /// Remote-write requests.
  public static let remoteWriteRequests = MetricDescriptor(
    "poolkeeper_remote_write_requests_total", .counter, labels: ["code"],
    help: "Remote-write requests, by the status code of their answer.")
  /// Samples that were stored.
  public static let remoteWriteSamples = MetricDescriptor(
    "poolkeeper_remote_write_samples_total", .counter, help: "Samples received by remote write and stored.")
  /// Samples that were not stored.
  public static let remoteWriteRejectedSamples = MetricDescriptor(
    "poolkeeper_remote_write_rejected_samples_total", .counter, labels: ["reason"],
    help: "Samples received by remote write and not stored, by reason.")
  /// Samples of replicas that are not elected.
  public static let remoteWriteDeduplicatedSamples = MetricDescriptor(
    "poolkeeper_remote_write_deduplicated_samples_total", .counter,
    help: "Samples accepted from replicas that are not the elected one of their cluster, and not stored.")
  /// Who is elected.
  public static let remoteWriteElectedReplica = MetricDescriptor(
    "poolkeeper_remote_write_elected_replica", .gauge, labels: ["cluster", "replica"],
    help: "1 for the replica of each cluster whose samples are stored.")
  /// Changes of who is elected.
  public static let remoteWriteSwitchOvers = MetricDescriptor(
    "poolkeeper_remote_write_switch_overs_total", .counter,
    help: "Times that another replica took the place of an elected one that was silent.")
  /// Series in memory.
  public static let headSeries = MetricDescriptor(
    "poolkeeper_head_series", .gauge, help: "Time series in memory.")
  /// Chunks in memory.
  public static let headChunks = MetricDescriptor(
    "poolkeeper_head_chunks", .gauge, help: "Chunks of samples in memory.")
  /// Memory of series and samples.
  public static let headBytes = MetricDescriptor(
    "poolkeeper_head_bytes", .gauge, unit: "bytes", help: "Memory that series and samples take, as estimated.")
  /// Series seen for the first time.
  public static let headSeriesCreated = MetricDescriptor(
    "poolkeeper_head_series_created_total", .counter, help: "Time series seen for the first time.")
  /// Series forgotten.
  public static let headSeriesRemoved = MetricDescriptor(
    "poolkeeper_head_series_removed_total", .counter, help: "Time series that ended and were forgotten.")
  /// Chunks dropped.
  public static let headChunksRemoved = MetricDescriptor(
    "poolkeeper_head_chunks_removed_total", .counter,
    help: "Chunks of samples dropped by the retention while their series went on.")
  /// Cuts by bytes.
  public static let retentionByteCuts = MetricDescriptor(
    "poolkeeper_retention_byte_cuts_total", .counter,
    help: "Times that the oldest samples gave way, because memory or disk took more than retention_bytes.")
  /// Oldest sample.
  public static let headOldestTimestamp = MetricDescriptor(
    "poolkeeper_head_oldest_timestamp_seconds", .gauge, unit: "seconds", help: "Unix time of the oldest sample held.")
  /// Disk.
  public static let storeDiskBytes = MetricDescriptor(
    "poolkeeper_store_disk_bytes", .gauge, unit: "bytes", help: "Bytes of the last snapshot and of the log behind it.")
  /// Failed writes.
  public static let writeAheadLogFailures = MetricDescriptor(
    "poolkeeper_wal_failures_total", .counter,
    help: "Writes to the write-ahead log that failed; their requests were answered with 503.")
  /// Snapshots.
  public static let snapshots = MetricDescriptor(
    "poolkeeper_snapshots_total", .counter, help: "Snapshots of the store written since the start.")
  /// Samples appended.
  public static let headSamplesAppended = MetricDescriptor(
    "poolkeeper_head_samples_appended_total", .counter, help: "Samples appended to the store in memory.")
  /// Bytes written to the write-ahead log.
  public static let writeAheadLogWrittenBytes = MetricDescriptor(
    "poolkeeper_wal_written_bytes_total", .counter, unit: "bytes",
    help: "Bytes written to the write-ahead log since the start.")
  /// PromQL queries.
  public static let queries = MetricDescriptor(
    "poolkeeper_queries_total", .counter, labels: ["outcome"],
    help: "PromQL queries from outside, by outcome (success, or the error's type).")
  /// Time of a PromQL query.
  public static let queryDuration = MetricDescriptor(
    "poolkeeper_query_duration_seconds", .histogram, unit: "seconds", buckets: stepBuckets,
    help: "Time that evaluating a PromQL query took.")
}

// MARK: HTTP

extension MetricDescriptor {
  /// Requests.
  public static let httpRequests = MetricDescriptor(
    "poolkeeper_http_requests_total", .counter, labels: ["route", "method", "code"],
    help: "HTTP requests but remote writes, by route (none: there is no such path), method and status code.")
  /// Time of a request.
  public static let httpRequestDuration = MetricDescriptor(
    "poolkeeper_http_request_duration_seconds", .histogram, labels: ["route"], unit: "seconds", buckets: stepBuckets,
    help: "Time from an HTTP request's head to the head of its answer, by route.")
}

// MARK: The process

extension MetricDescriptor {
  /// What was built.
  public static let buildInfo = MetricDescriptor(
    "poolkeeper_build_info", .info, labels: ["version"], help: "The running program's version.")
  /// When certificates end.
  public static let certificateExpiry = MetricDescriptor(
    "poolkeeper_certificate_expiry_timestamp_seconds", .gauge, labels: ["certificate"], unit: "seconds",
    help:
      "Unix time at which a certificate ends that the program uses: server, talos_client, talos_authority, "
      + "kubernetes_client or kubernetes_authority.")
  /// Whether the file can be used.
  public static let configurationReloadSuccessful = MetricDescriptor(
    "poolkeeper_configuration_reload_successful", .gauge,
    help: "1 when the configuration was taken over at the last reading, 0 while the file cannot be used.")
  /// Age of the configuration in effect.
  public static let configurationReloadSuccessTimestamp = MetricDescriptor(
    "poolkeeper_configuration_reload_last_success_timestamp_seconds", .gauge, unit: "seconds",
    help: "Unix time at which the configuration in effect was read.")
  /// CPU time.
  public static let processCPUSeconds = MetricDescriptor(
    "process_cpu_seconds_total", .counter, unit: "seconds", help: "User and system CPU time that the process used.")
  /// Memory in RAM.
  public static let processResidentMemory = MetricDescriptor(
    "process_resident_memory_bytes", .gauge, unit: "bytes", help: "Memory of the process that lies in RAM.")
  /// Open files.
  public static let processOpenFiles = MetricDescriptor(
    "process_open_fds", .gauge, help: "File descriptors that the process has open.")
  /// Limit of open files.
  public static let processMaximumFiles = MetricDescriptor(
    "process_max_fds", .gauge, help: "File descriptors that the process may have open.")
  /// Start of the process.
  public static let processStartTime = MetricDescriptor(
    "process_start_time_seconds", .gauge, unit: "seconds", help: "Unix time at which the process started.")

  /// All of them, in the order of the reference page.
  public static let all: [MetricDescriptor] = [
    .poolMinimumWorkers, .poolMaximumWorkers, .poolDesiredWorkers, .workers, .workerState, .workerCreatedTimestamp,
    .workerExpiryTimestamp, .drainStartedTimestamp, .drainInfo, .provisioningDuration, .workerActions, .workerFailures,
    .preemptions, .repairs, .orphans, .pendingPods,
    .triggerState, .triggerValue, .triggerThreshold, .decisions, .ticks, .tickDuration, .lastTickTimestamp,
    .planRejected, .missingReadings, .tickFailures, .systemUp, .journalFailures, .mode, .leading,
    .budgetCap, .budgetSpent, .budgetCommitted, .budgetForecast, .workerCost, .poolPreemptions, .triggerForecast,
    .alertsFiring, .notifications, .notificationsWaiting, .approvalsWaiting,
    .workerTransitions, .removals, .drainDuration, .stepDuration, .decisionReasons, .costPerHour, .listPricePerHour,
    .httpRequests, .httpRequestDuration, .processMaximumFiles,
    .remoteWriteRequests, .remoteWriteSamples, .remoteWriteRejectedSamples, .remoteWriteDeduplicatedSamples,
    .remoteWriteElectedReplica, .remoteWriteSwitchOvers, .headSeries, .headSeriesCreated, .headSeriesRemoved,
    .headChunks, .headChunksRemoved, .headSamplesAppended, .headBytes, .headOldestTimestamp, .retentionByteCuts,
    .storeDiskBytes, .snapshots, .writeAheadLogWrittenBytes, .writeAheadLogFailures, .queries, .queryDuration,
    .buildInfo, .certificateExpiry, .configurationReloadSuccessful, .configurationReloadSuccessTimestamp,
    .processCPUSeconds, .processResidentMemory, .processOpenFiles, .processStartTime,
  ]
}
