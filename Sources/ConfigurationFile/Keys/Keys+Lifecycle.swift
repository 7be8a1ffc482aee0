import Model

extension Keys {
  static let lifecycle: [Field] = [
    Field("provisioning", .object(provisioning), "From a request to a machine that boots."),
    Field("joining", .object(joining), "From a machine that boots to a node that is Ready."),
    Field("draining", .object(draining), "How pods leave a node."),
    Field("termination", .object(termination), "How a machine goes."),
    Field("ttl_cleanup", .object(cleanup), "Expiry and idleness."),
    Field("health_monitoring", .object(health), "How health is judged."),
    Field("auto_repair", .object(repair), "What is done about an unhealthy node."),
  ]

  private static let stepNumber = Field("step", .integer(1...100), "Number of the step; for people.")
  private static let server = Field("mcp", .anyText, "Not used: every step goes through Poolkeeper's own clients.")
  private static let command = Field(
    "command", .anyText, "Not used: what a check or action does is built in; for people.")

  private static let provisioning: [Field] = [
    secondsField(
      "timeout_seconds", "Not used: the limits of the steps count. A note tells when it is less than their sum.",
      standard: 300),
    Field("retry_attempts", .integer(1...100), "Attempts of a step.", unit: .attempts, standard: 3),
    secondsField("retry_delay_seconds", "Pause between two attempts.", standard: 60),
    Field(
      "parallel_provisioning_limit", .integer(1...1_000),
      "Workers of all pools under way at once, and as many leaving at once.", unit: .workers,
      standard: 5),
    secondsField(
      "vm_start_delay_seconds", "Not used: a machine is started as soon as it is configured.", standard: 30),
    Field(
      "workflow",
      .list(
        .object([
          stepNumber,
          Field("action", .choice(ProvisioningStep.allCases.map(\.rawValue)), "The step.").asRequired,
          server,
          Field(
            "timeout_seconds", .number(1...86_400), "Limit of one attempt.", unit: .seconds,
            note: "90, 30, 60, 120, 120, 300, 30 in the order of the steps"),
          Field(
            "error_handling", .choice(StepErrorHandling.allCases.map(\.rawValue)),
            "retry: again until the attempts are used up; fail: the worker is given up; warn: the next step follows.",
            note: "retry; fail for both waits; warn for labels"),
        ])), "Limits of the steps, whose order is fixed. A step that is absent has its defaults."),
  ]

  private static let joining: [Field] = [
    secondsField("timeout_seconds", "Not used: the limits of the checks count.", standard: 300),
    secondsField("health_check_interval_seconds", "Between two looks at the node.", standard: 10),
    Field("health_check_retries", .integer(0...100_000), "Not used: the limits of the checks count.", standard: 30),
    secondsField("node_ready_wait_seconds", "Not used: the limits of the checks count.", standard: 60),
    Field(
      "validation_steps",
      .list(
        .object([
          Field(
            "check", .choice(["node_appears_in_cluster", "node_condition_ready", "kubelet_running"]), "The check."
          ).asRequired,
          command,
          Field("expected", .anyText, "For people."),
          Field(
            "timeout_seconds", .number(1...86_400), "Must hold within this.", unit: .seconds,
            note: "180, 120, 60 in the order of the checks"),
        ])), "What must hold before a node counts as ready."),
  ]

  private static let draining: [Field] = [
    secondsField("grace_period_seconds", "A pod's own grace period is honoured up to this.", standard: 300),
    secondsField("timeout_seconds", "Limit of the whole drain.", standard: 600),
    switchField("force_drain_after_timeout", "Delete pods that are still there at the limit.", standard: false),
    switchField("ignore_daemonsets", "Leave DaemonSet pods on the node."),
    switchField("delete_emptydir_data", "Evict pods although they keep data in emptyDir volumes."),
    Field("pod_eviction_batch_size", .integer(1...1_000), "Evictions at once.", unit: .evictions, standard: 5),
    secondsField("pod_eviction_delay_seconds", "Pause between two batches.", standard: 10),
    Field(
      "validation_steps",
      .list(
        .object([
          Field("check", .choice(["all_pods_evicted"]), "The check.").asRequired,
          command,
          Field("expected", .anyText, "For people."),
          switchField("exclude_daemonsets", "Not used: see ignore_daemonsets."),
        ])), "Not used: a drain is over when no evictable pod is left."),
  ]

  private static let termination: [Field] = [
    secondsField("timeout_seconds", "Limit of one step.", standard: 120),
    switchField("graceful_shutdown", "Shut the system down rather than power it off."),
    secondsField("force_shutdown_after_seconds", "Power off a machine that has not shut down by then.", standard: 300),
    Field(
      "cleanup_steps",
      .list(
        .object([
          stepNumber,
          Field(
            "action",
            .choice([
              "cordon_node", "drain_node", "delete_node_from_kubernetes", "shutdown_talos_node",
              "delete_vm_from_proxmox", "remove_from_inventory",
            ]), "The step."
          ).asRequired,
          server,
          secondsField("timeout_seconds", "Not used: see timeout_seconds of termination and draining."),
        ])), "Not used: the order of the steps is built in."),
  ]

  private static let cleanup: [Field] = [
    switchField("enabled", "Whether workers expire and idle ones go."),
    secondsField("check_interval_seconds", "Not used: looked at in every decision.", standard: 300),
    Field("grace_period_minutes", .number(minutes), "Kept so long past expiry.", unit: .minutes, standard: 5),
    Field(
      "cleanup_policy", .choice(CleanupPolicy.Expiry.allCases.map(\.rawValue)),
      "What happens at expiry while pods still run there.", standard: "drain_then_terminate"),
    Field(
      "idle_detection",
      .object([
        switchField("enabled", "Whether idle workers go."),
        Field(
          "idle_threshold_minutes", .number(minutes), "Idle so long: default of burst and spot pools.", unit: .minutes,
          standard: 30),
        percentField("cpu_threshold_percent", "Idle is a node below this CPU use.", standard: 5),
        switchField("exclude_system_pods", "Not used: DaemonSet and mirror pods never keep a node busy."),
      ]), "Idle workers."),
    Field(
      "ttl_extension",
      .object([
        switchField("allowed", "Whether a life may be extended."),
        Field("max_extensions", .integer(0...1_000), "How often.", standard: 3),
        Field("extension_duration_hours", .number(hours), "By how much.", unit: .hours, standard: 2),
        switchField(
          "requires_approval", "Whether an extension waits until somebody approves it (poolkeeper.approvals).",
          standard: false),
      ]), "Longer lives."),
  ]

  private static let health: [Field] = [
    switchField("enabled", "Whether health is looked at."),
    secondsField("check_interval_seconds", "Between two looks.", standard: 30),
    Field(
      "unhealthy_threshold_minutes", .number(minutes), "A condition that lasts so long makes a node unhealthy.",
      unit: .minutes, standard: 5),
    Field(
      "auto_repair",
      .object([
        switchField("enabled", "Whether nodes are repaired; off when either this or auto_repair.enabled is off."),
        Field("max_repair_attempts", .integer(0...100), "Rounds of repair a worker.", unit: .attempts, standard: 3),
        Field(
          "repair_cooldown_minutes", .number(minutes), "Pause between two rounds.", unit: .minutes, standard: 15),
      ]), "Bounds of repair."),
    Field(
      "health_checks",
      .list(
        .object([
          Field(
            "check",
            .choice([
              "node_ready_condition", "memory_pressure", "disk_pressure", "pid_pressure", "network_unavailable",
              "kubelet_running", "containerd_running",
            ]), "The check."
          ).asRequired,
          Field("severity", .choice(["critical", "warning"]), "For people.", standard: "warning"),
          secondsField("timeout_seconds", "Not used: all checks are read at once.", standard: 10),
        ])), "Not used: all of these are always looked at."),
  ]

  private static let repair: [Field] = [
    switchField("enabled", "Whether nodes are repaired."),
    Field(
      "repair_strategies",
      .object(
        RepairIssue.allCases.map { issue in
          Field(
            issue.rawValue, .map("levelN", .repairLevel, of: .object(repairLevel), "A level, level1 to level9."),
            "What is done, level by level. When absent, the built-in levels hold.")
        }), "What is done about each issue."),
  ]

  private static let repairLevel: [Field] = [
    Field("action", .choice(RepairAction.allCases.map(\.rawValue)), "What is done.").asRequired,
    secondsField("trigger_after_seconds", "When the condition has lasted so long."),
    Field("trigger_after_restarts", .integer(1...10_000), "After so many restarts.", unit: .restarts),
    server,
    command,
    switchField("escalate", "Whether reaching the level raises an alert.", standard: false),
  ]
}
