import Model

extension Keys {
  /// One pool of `worker_pool_definitions`.
  static let pool: [Field] = [
    Field("pool_id", .anyText, "Identifier in the operator's own records; for people.", standard: ""),
    Field(
      "pool_type", .choice(PoolKind.allCases.map(\.rawValue)), "What the pool is for.",
      note: "the pool's name when it is one of these"),
    description(of: "the pool"),
    switchField("enabled", "Whether the pool is looked after; a disabled pool neither grows nor shrinks."),
    Field("min_size", .integer(workers), "Workers that are always there.", unit: .workers, standard: 0),
    Field("max_size", .integer(workers), "Workers at most.", unit: .workers).asRequired,
    Field("current_size", .integer(workers), "Ignored: the size is read from the cluster.", unit: .workers),
    Field("auto_scaling", .object(autoScaling), "Growth and shrinking by utilisation."),
    Field("ttl_config", .object(timeToLive), "How long a worker lives; without it only burst workers expire."),
    Field(
      "provisioning_triggers", .object(provisioningTriggers),
      "What starts growth of a pool with scaling pending_pods. A trigger that is absent is off; when the whole section is "
        + "absent, pending_pods is on with its defaults."),
    Field("preemption_config", .object(preemption), "How a worker gives way to a permanent one."),
    percentField(
      "cost_savings_percent", "Taken off the template's price.", note: "0"),
    Field("gpu_config", .object(gpuConfiguration), "The GPUs of the pool's workers; checked against the template."),
    Field("default_template", .text(.name), "Template of a worker when nothing asks for another.").asRequired,
    Field(
      "node_labels", .map("LABEL", .labelKey, of: .text(.labelValue), "A label and its value."),
      "Labels of the pool's nodes. node-pool is added when absent."),
    Field("taints", .list(.object(taint)), "Taints of the pool's nodes."),
  ]

  private static let autoScaling: [Field] = [
    switchField("enabled", "Whether utilisation changes the size."),
    Field("scaling_policy", .choice(["cpu_memory_based"]), "What is looked at.", standard: "cpu_memory_based"),
    Field("metrics", .object(utilisation), "Targets and thresholds."),
    Field("cooldown_periods", .object(cooldownPeriods), "Pauses after a change."),
  ]

  private static let utilisation: [Field] = [
    percentField("cpu_utilization_target", "CPU use that growth aims at.", standard: 70),
    percentField("memory_utilization_target", "Memory use that growth aims at.", standard: 75),
    percentField("scale_up_threshold", "At or above this use of CPU or memory the pool grows.", standard: 80),
    percentField("scale_down_threshold", "Below this use of CPU and memory the pool may shrink.", standard: 50),
  ]

  private static let cooldownPeriods: [Field] = [
    secondsField("scale_up_seconds", "No further growth for so long after one.", standard: 300),
    secondsField("scale_down_seconds", "No shrinking for so long after a change.", standard: 600),
  ]

  private static let timeToLive: [Field] = [
    Field(
      "default_ttl_hours", .number(hours), "Life of a worker when no other is asked for.", unit: .hours, standard: 4),
    Field("max_ttl_hours", .number(hours), "Longest life, extensions included.", unit: .hours, standard: 12),
    Field(
      "idle_timeout_minutes", .number(minutes), "An idle worker goes after this time.", unit: .minutes,
      note: "idle_threshold_minutes of ttl_cleanup"),
    secondsField(
      "cleanup_check_interval_seconds",
      "Not used: expiry is looked at in every decision; see poolkeeper.pace.tick_seconds."),
  ]

  private static let provisioningTriggers: [Field] = [
    Field(
      "pending_pods",
      .object([
        switchField("enabled", "Whether the trigger is on."),
        Field(
          "threshold_count", .integer(1...100_000), "Fires at so many pods that no node can take.", unit: .pods,
          standard: 5),
        secondsField("threshold_duration_seconds", "For so long.", standard: 120),
      ]), "Pods that wait."),
    Field("cpu_pressure", .object(pressureTrigger(80)), "CPU use of the cluster."),
    Field("memory_pressure", .object(pressureTrigger(85)), "Memory use of the cluster."),
    Field(
      "manual",
      .object([
        switchField("enabled", "Whether people may ask for workers."),
        switchField(
          "requires_approval", "Whether a request waits until somebody approves it (poolkeeper.approvals).",
          standard: false),
      ]), "Requests by API and command line."),
  ]

  private static func pressureTrigger(_ threshold: Int) -> [Field] {
    [
      switchField("enabled", "Whether the trigger is on."),
      percentField("threshold_percent", "Fires at or above this use.", standard: .integer(threshold)),
      secondsField("duration_seconds", "For so long.", standard: 300),
    ]
  }

  private static let preemption: [Field] = [
    Field(
      "policy", .choice(["terminate_after_grace_period"]), "What happens to a preempted worker.",
      standard: "terminate_after_grace_period"),
    secondsField("grace_period_seconds", "Notice before it goes.", standard: 300),
    Field("priority_class", .text(.name), "Priority class of the pods that run there."),
  ]

  private static let gpuConfiguration: [Field] = [
    Field("vendor", .anyText, "Maker of the GPU.", standard: "nvidia"),
    Field("model", .anyText, "Its model.", standard: ""),
    Field("count_per_node", .integer(1...16), "GPUs of one worker.", note: "as the template says"),
    Field("vram_gb", .number(0...1_024), "Memory of one GPU.", unit: .gibibytes, note: "as the template says"),
    Field("driver_version", .anyText, "For people.", standard: ""),
    Field("cuda_version", .anyText, "For people.", standard: ""),
    Field("device_plugin", .anyText, "For people.", standard: ""),
  ]

  private static let taint: [Field] = [
    Field("key", .text(.labelKey), "The taint's key.").asRequired,
    Field("value", .text(.labelValue), "Its value.", standard: ""),
    Field("effect", .choice(TaintEffect.allCases.map(\.rawValue)), "What it does to pods that do not tolerate it.")
      .asRequired,
  ]
}
