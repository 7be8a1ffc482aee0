import Model

extension SenseChecker {
  mutating func checkTimes(_ pool: Pool, _ section: Section) {
    let usual = policy.provisioning.usualTotal
    let overrides = root.section("poolkeeper").entries("pools").first { $0.name == pool.name.rawValue }?.section
    let own = overrides?.section("cooldowns")
    let periods = section.section("auto_scaling").section("cooldown_periods")
    let isOwn = own?.has("grow_seconds") == true
    if pool.growCooldown < usual, isOwn || periods.has("scale_up_seconds") {
      warn(
        "cooldown_too_short", at: isOwn ? own?.at("grow_seconds") ?? .root : periods.at("scale_up_seconds"),
        "The cooldown of \(pool.growCooldown.text) is over before a new worker is Ready, which usually takes "
          + "\(usual.text).", "Set it to \(Int(usual.inSeconds)) or more.")
    }
    let life = section.section("ttl_config")
    if let idle = pool.idleTimeout, let ttl = pool.timeToLive, idle > ttl.standard {
      let pointer =
        overrides?.has("idle_timeout_minutes") == true
        ? overrides?.at("idle_timeout_minutes") ?? .root : life.at("idle_timeout_minutes")
      warn(
        "idle_longer_than_life", at: pointer,
        "A worker expires after \(ttl.standard.text), before it can have been idle for \(idle.text).",
        "Set the idle timeout below default_ttl_hours.")
    }
    if let idle = pool.idleTimeout, idle < usual {
      let pointer =
        overrides?.has("idle_timeout_minutes") == true
        ? overrides?.at("idle_timeout_minutes") ?? .root : life.at("idle_timeout_minutes")
      warn(
        "idle_too_short", at: pointer,
        "An idle worker goes after \(idle.text), sooner than a new one comes (\(usual.text)).",
        "Set the idle timeout well above the time that provisioning takes.")
    }
    if let ttl = pool.timeToLive, ttl.standard <= usual, ttl.standard > .zero {
      warn(
        "life_too_short", at: life.at("default_ttl_hours"),
        "A worker lives for \(ttl.standard.text), and \(usual.text) of it are needed to become Ready.",
        "Set default_ttl_hours to an hour or more.")
    }
    if let grace = pool.preemptionGrace, grace > policy.draining.limit {
      warn(
        "grace_above_limit", at: section.at("preemption_config", "grace_period_seconds"),
        "The notice of \(grace.text) is longer than a drain may take (\(policy.draining.limit.text)).",
        "Lower it, or raise timeout_seconds of draining.")
    }
    let interval = policy.pace.expectedSampleInterval
    for trigger in policy.triggers where trigger.pool == pool.name && trigger.hold < interval * 2 {
      note(
        "short_hold", at: triggerPointers[trigger.name] ?? section.pointer,
        "The trigger \(trigger.name) holds for \(trigger.hold.text), less than two samples (\(interval.text) each): a "
          + "single reading may fire it.", "Hold for \((interval * 2).text) or more, unless that is meant.")
    }
  }

  mutating func checkLifecycle() {
    let lifecycle = root.section("lifecycle_configurations")
    let draining = lifecycle.section("draining")
    if policy.draining.grace > policy.draining.limit {
      warn(
        "grace_above_limit", at: draining.at("grace_period_seconds"),
        "Pods may take \(policy.draining.grace.text) to stop, but the drain ends after \(policy.draining.limit.text).",
        "Lower grace_period_seconds, or raise timeout_seconds.")
    }
    let provisioning = lifecycle.section("provisioning")
    let total = ProvisioningStep.allCases.reduce(Duration.zero) { $0 + policy.provisioning.limit(of: $1) }
    if provisioning.has("timeout_seconds"), provisioning.duration("timeout_seconds") < total {
      note(
        "not_used", at: provisioning.at("timeout_seconds"),
        "The limits of the steps count, \(total.text) together; this limit of "
          + "\(provisioning.duration("timeout_seconds").text) is not used.", "Nothing needs to be done.")
    }
    if total < policy.provisioning.usualTotal {
      warn(
        "limits_below_usual", at: provisioning.at("workflow"),
        "The limits of all steps together, \(total.text), are below what is usual, "
          + "\(policy.provisioning.usualTotal.text).",
        "Raise the limits, or lower poolkeeper.lifecycle.usual_provisioning_seconds.")
    }
    let alert = configuration.alerting.provisionTimeout
    if alert.enabled, let threshold = alert.threshold, threshold < policy.provisioning.usualTotal.inSeconds {
      warn(
        "alert_below_usual",
        at: JSONPointer([
          "monitoring_and_alerting", "alert_rules", "worker_provision_timeout", "threshold_seconds",
        ]),
        "The alert is raised after \(JSONText.number(threshold)) s, but \(policy.provisioning.usualTotal.text) is usual.",
        "Set it well above the usual time.")
    }
    let cleanup = lifecycle.section("ttl_cleanup")
    if policy.cleanup.extensionsAllowed, policy.cleanup.maximumExtensions > 0, policy.cleanup.extensionLength <= .zero {
      warn(
        "no_effect", at: cleanup.at("ttl_extension", "extension_duration_hours"), "An extension adds no time.",
        "Write a number of hours above 0, or set allowed to false.")
    }
    let termination = lifecycle.section("termination")
    for (index, step) in termination.sections("cleanup_steps").enumerated() where step.text("action") == "drain_node" {
      if step.has("timeout_seconds"), step.duration("timeout_seconds") < policy.draining.limit {
        warn(
          "limits_differ", at: termination.at("cleanup_steps", String(index), "timeout_seconds"),
          "Draining may take \(policy.draining.limit.text) by draining.timeout_seconds, which counts; this step says "
            + "\(step.duration("timeout_seconds").text).", "Let both say the same.")
      }
    }
    checkRepair(lifecycle)
  }

  private mutating func checkRepair(_ lifecycle: Section) {
    let switches = [
      lifecycle.section("health_monitoring").section("auto_repair"), lifecycle.section("auto_repair"),
    ]
    if switches.allSatisfy({ $0.has("enabled") }), switches[0].boolean("enabled") != switches[1].boolean("enabled") {
      warn(
        "switches_differ", at: switches[1].at("enabled"),
        "health_monitoring.auto_repair.enabled and auto_repair.enabled differ; nodes are not repaired.",
        "Set both to the same.")
    }
    if policy.repair.enabled, !policy.health.enabled {
      warn(
        "no_effect", at: lifecycle.at("auto_repair", "enabled"),
        "Health is not monitored, so that nothing is ever repaired.", "Set health_monitoring.enabled to true.")
    }
  }
}
