import Model

extension ConfigurationDecoder {
  /// Steps, limits and retries of a worker's life.
  mutating func decodeLifecycle(into policy: inout Policy) {
    let lifecycle = root.section("lifecycle_configurations")
    let own = root.section("poolkeeper").section("lifecycle")
    policy.provisioning = provisioning(lifecycle)
    policy.provisioning.usualTotal = own.duration("usual_provisioning_seconds")
    let draining = lifecycle.section("draining")
    policy.draining.grace = draining.duration("grace_period_seconds")
    policy.draining.limit = draining.duration("timeout_seconds")
    policy.draining.forceAfterLimit = draining.boolean("force_drain_after_timeout")
    policy.draining.ignoreDaemonSets = draining.boolean("ignore_daemonsets")
    policy.draining.deleteEmptyDirData = draining.boolean("delete_emptydir_data")
    policy.draining.batchSize = draining.integer("pod_eviction_batch_size")
    policy.draining.batchDelay = draining.duration("pod_eviction_delay_seconds")
    let termination = lifecycle.section("termination")
    policy.termination.limit = termination.duration("timeout_seconds")
    policy.termination.graceful = termination.boolean("graceful_shutdown")
    policy.termination.forceShutdownAfter = termination.duration("force_shutdown_after_seconds")
    policy.cleanup = cleanup(lifecycle.section("ttl_cleanup"))
    policy.cleanup.removesOrphans = own.boolean("remove_orphans")
    policy.cleanup.warning = own.duration("expiry_warning_minutes")
    let health = lifecycle.section("health_monitoring")
    policy.health.enabled = health.boolean("enabled")
    policy.health.interval = health.duration("check_interval_seconds")
    policy.health.unhealthyAfter = health.duration("unhealthy_threshold_minutes")
    policy.repair = repair(lifecycle)
    policy.repair.breakerPercent = own.number("repair_breaker_percent")
  }

  private mutating func provisioning(_ lifecycle: Section) -> ProvisioningPolicy {
    let section = lifecycle.section("provisioning")
    var policy = ProvisioningPolicy()
    policy.attempts = section.integer("retry_attempts")
    policy.retryDelay = section.duration("retry_delay_seconds")
    policy.parallelLimit = section.integer("parallel_provisioning_limit")
    var lastRank = -1
    var seen: Set<ProvisioningStep> = []
    for step in section.sections("workflow") {
      guard let action = step.choice("action", ProvisioningStep.self),
        let rank = ProvisioningStep.allCases.firstIndex(of: action)
      else { continue }
      if !seen.insert(action).inserted {
        problems.add(
          .error, "duplicate_step", at: step.at("action"), "The step \(action.rawValue) stands more than once.",
          "Keep one of them.")
      } else if rank < lastRank {
        problems.add(
          .warning, "step_order", at: step.at("action"),
          "The step \(action.rawValue) stands behind one that it comes before; the order is built in.",
          "Put the steps in this order: " + ProvisioningStep.allCases.map(\.rawValue).joined(separator: ", ") + ".")
      }
      lastRank = max(lastRank, rank)
      if let limit = step.optionalDuration("timeout_seconds") { policy.stepLimits[action] = limit }
      if let handling = step.choice("error_handling", StepErrorHandling.self) {
        policy.errorHandling[action] = handling
      }
    }
    let joining = lifecycle.section("joining")
    policy.joinCheckInterval = joining.duration("health_check_interval_seconds")
    for step in joining.sections("validation_steps") {
      guard let limit = step.optionalDuration("timeout_seconds") else { continue }
      switch step.text("check") {
      case "node_appears_in_cluster": policy.nodeAppears = limit
      case "node_condition_ready": policy.nodeReady = limit
      case "kubelet_running": policy.kubeletRuns = limit
      default: break
      }
    }
    return policy
  }

  private func cleanup(_ section: Section) -> CleanupPolicy {
    var policy = CleanupPolicy()
    policy.enabled = section.boolean("enabled")
    policy.grace = section.duration("grace_period_minutes")
    policy.expiry = section.choice("cleanup_policy") ?? .drainThenTerminate
    let idle = section.section("idle_detection")
    policy.idleDetection = idle.boolean("enabled")
    policy.idleCPUPercent = idle.number("cpu_threshold_percent")
    let extensions = section.section("ttl_extension")
    policy.extensionsAllowed = extensions.boolean("allowed")
    policy.maximumExtensions = extensions.integer("max_extensions")
    policy.extensionLength = extensions.duration("extension_duration_hours")
    policy.extensionsNeedApproval = extensions.boolean("requires_approval")
    return policy
  }

  private mutating func repair(_ lifecycle: Section) -> RepairPolicy {
    var policy = RepairPolicy()
    let bounds = lifecycle.section("health_monitoring").section("auto_repair")
    let section = lifecycle.section("auto_repair")
    policy.enabled = section.boolean("enabled") && bounds.boolean("enabled")
    policy.maximumAttempts = bounds.integer("max_repair_attempts")
    policy.cooldown = bounds.duration("repair_cooldown_minutes")
    let strategies = section.section("repair_strategies")
    for issue in RepairIssue.allCases where strategies.has(issue.rawValue) {
      policy.levels[issue] = levels(of: issue, strategies)
    }
    return policy
  }

  private mutating func levels(of issue: RepairIssue, _ strategies: Section) -> [RepairPolicy.Level] {
    let countsRestarts = issue == .kubeletCrashLoop || issue == .containerdCrashLoop
    let wanted = countsRestarts ? "trigger_after_restarts" : "trigger_after_seconds"
    let other = countsRestarts ? "trigger_after_seconds" : "trigger_after_restarts"
    var levels: [RepairPolicy.Level] = []
    var last = -1.0
    for (name, section) in strategies.entries(issue.rawValue) {
      guard let action = section.choice("action", RepairAction.self) else { continue }
      guard let bound = section.optionalNumber(wanted) else {
        problems.add(
          .error, "missing_key", at: section.pointer,
          "The key \"\(wanted)\" is missing; \(issue.rawValue) is judged by it.",
          "Add \"\(wanted)\".")
        continue
      }
      if section.has(other) {
        problems.add(
          .warning, "no_effect", at: section.at(other), "\(issue.rawValue) is not judged by \(other).",
          "Remove it; \(wanted) counts.")
      }
      if bound <= last {
        problems.add(
          .error, "levels_out_of_order", at: section.at(wanted),
          "\(name) comes no later than the level before it, which would never have its turn.",
          "Let each level begin later than the one before.")
      }
      last = bound
      levels.append(
        RepairPolicy.Level(
          action: action, after: countsRestarts ? nil : section.duration(wanted),
          afterRestarts: countsRestarts ? Int(bound) : nil, escalates: section.boolean("escalate")))
    }
    return levels
  }
}
