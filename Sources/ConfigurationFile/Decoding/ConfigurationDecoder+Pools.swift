import Model

extension ConfigurationDecoder {
  /// A pool; `nil` when something that it cannot be without is missing or wrong, which has been reported.
  mutating func pool(_ name: String, _ section: Section, templates: [Template]) -> Pool? {
    noteIgnored("current_size", in: section, "the size is read from the cluster")
    guard let kind = kind(of: name, section), let maximum = section.optionalInteger("max_size"),
      let standard = section.optionalText("default_template")
    else { return nil }
    checkReference(standard, to: "template", among: templateNames, at: section.at("default_template"))
    var pool = Pool(
      name: PoolName(name), kind: kind, minimum: section.integer("min_size"), maximum: maximum,
      defaultTemplate: TemplateName(standard),
      templates: choices(for: name, kind: kind, standard: standard, templates: templates))
    if pool.minimum > pool.maximum {
      problems.add(
        .error, "minimum_above_maximum", at: section.at("min_size"),
        "The minimum \(pool.minimum) is above the maximum \(pool.maximum).", "Lower min_size or raise max_size.")
    }
    pool.enabled = section.boolean("enabled")
    pool.labels = section.scalars("node_labels")
    if pool.labels["node-pool"] == nil { pool.labels["node-pool"] = name }
    pool.taints = section.sections("taints").compactMap { taint in
      guard let key = taint.optionalText("key"), let effect = taint.choice("effect", TaintEffect.self) else {
        return nil
      }
      return Taint(key: key, value: taint.text("value"), effect: effect)
    }
    pool.savingPercent = section.optionalNumber("cost_savings_percent") ?? 0
    pool.timeToLive = timeToLive(kind, section)
    pool.idleTimeout = idleTimeout(name, kind, section)
    let scaling = scaling(of: name, kind)
    if scaling == .utilisation, section.section("auto_scaling").boolean("enabled") {
      pool.utilisation = utilisation(section)
    }
    decodeCooldowns(name, section, into: &pool)
    pool.monthlyBudget = monthlyBudget(of: name)
    pool.hourlyBudget = hourlyBudget(of: name)
    pool.servesPendingPods = scaling != .manual
    let manual = section.section("provisioning_triggers").section("manual")
    pool.acceptsRequests = manual.boolean("enabled")
    pool.requestsNeedApproval = manual.boolean("requires_approval")
    if let horizon = overrides(of: name).optionalDuration("horizon_hours") { pool.horizon = horizon }
    pool.standby = overrides(of: name).integer("standby")
    if pool.standby > pool.maximum {
      problems.add(
        .error, "minimum_above_maximum", at: overrides(of: name).at("standby"),
        "\(pool.standby) standby clones are more than the \(pool.maximum) workers that the pool may have.",
        "Lower standby or raise max_size.")
    }
    pool.upgrade = overrides(of: name).choice("upgrade", UpgradeMode.self) ?? .none
    let preemption = section.section("preemption_config")
    if preemption.isPresent || kind == .spot { pool.preemptionGrace = preemption.duration("grace_period_seconds") }
    return pool
  }

  /// Says that a key has no effect.
  mutating func noteIgnored(_ key: String, in section: Section, _ why: String) {
    guard section.has(key) else { return }
    problems.add(
      .note, "ignored", at: section.at(key), "The value is ignored: \(why).", "Nothing needs to be done.")
  }

  /// The pool's part of the section `poolkeeper`.
  func overrides(of pool: String) -> Section {
    let poolkeeper = root.section("poolkeeper")
    if let found = poolkeeper.entries("pools").first(where: { $0.name == pool }) { return found.section }
    let pools = Keys.poolkeeper.first { $0.name == "pools" }
    guard case .object(_, let others?)? = pools?.shape else { preconditionFailure("pools have names of their own") }
    return Section(others.shape, node: nil, pointer: poolkeeper.at("pools", pool))
  }

  private mutating func kind(of name: String, _ section: Section) -> PoolKind? {
    if let kind = section.choice("pool_type", PoolKind.self) { return kind }
    // A type that was written and left out has been reported already.
    if document["worker_pool_definitions"]?[name]?["pool_type"] != nil { return nil }
    if let kind = PoolKind(rawValue: name) { return kind }
    problems.add(
      .error, "missing_key", at: section.pointer, "The key \"pool_type\" is missing, and the pool's name is no type.",
      "Add \"pool_type\": \(PoolKind.allCases.map { JSONText.quoted($0.rawValue) }.joined(separator: " or ")).")
    return nil
  }

  /// How the pool's size comes about: as told, or else by its kind.
  func scaling(of name: String, _ kind: PoolKind) -> PoolScaling {
    overrides(of: name).choice("scaling") ?? PoolScaling.standard(for: kind)
  }

  private mutating func choices(
    for name: String, kind: PoolKind, standard: String, templates: [Template]
  ) -> [TemplateName] {
    let overrides = overrides(of: name)
    var names: Set<String> = [standard]
    if overrides.has("templates") {
      for (index, template) in overrides.texts("templates").enumerated() {
        let pointer = overrides.at("templates", String(index))
        checkReference(template, to: "template", among: templateNames, at: pointer)
        names.insert(template)
      }
    } else {
      for template in templates where (template.machine.gpus > 0) == (kind == .gpu) {
        names.insert(template.name.rawValue)
      }
    }
    return names.map { TemplateName($0) }.sorted()
  }

  private mutating func timeToLive(_ kind: PoolKind, _ section: Section) -> TimeToLivePolicy? {
    let life = section.section("ttl_config")
    noteIgnored("cleanup_check_interval_seconds", in: life, "expiry is looked at in every decision")
    guard life.isPresent || kind == .burst else { return nil }
    var maximum = life.duration("max_ttl_hours")
    let standard = life.duration("default_ttl_hours")
    if life.has("default_ttl_hours"), !life.has("max_ttl_hours") { maximum = max(maximum, standard) }
    if standard > maximum {
      problems.add(
        .error, "default_above_maximum", at: life.at("default_ttl_hours"),
        "The default life of \(standard.text) is longer than the longest of \(maximum.text).",
        "Lower default_ttl_hours or raise max_ttl_hours.")
    }
    if standard <= .zero {
      problems.add(
        .error, "out_of_range", at: life.at("default_ttl_hours"), "A life of no time ends before it begins.",
        "Write a number of hours above 0.")
    }
    return TimeToLivePolicy(standard: standard, maximum: maximum)
  }

  private func idleTimeout(_ name: String, _ kind: PoolKind, _ section: Section) -> Duration? {
    let own = overrides(of: name)
    if let timeout = own.optionalDuration("idle_timeout_minutes") { return timeout > .zero ? timeout : nil }
    if let timeout = section.section("ttl_config").optionalDuration("idle_timeout_minutes") { return timeout }
    guard kind == .burst || kind == .spot else { return nil }
    let detection = root.section("lifecycle_configurations").section("ttl_cleanup").section("idle_detection")
    return detection.duration("idle_threshold_minutes")
  }

  private mutating func utilisation(_ section: Section) -> UtilisationPolicy {
    let metrics = section.section("auto_scaling").section("metrics")
    let policy = UtilisationPolicy(
      cpuTargetPercent: metrics.number("cpu_utilization_target"),
      memoryTargetPercent: metrics.number("memory_utilization_target"),
      growAtPercent: metrics.number("scale_up_threshold"), shrinkAtPercent: metrics.number("scale_down_threshold"))
    if policy.growAtPercent <= policy.shrinkAtPercent {
      problems.add(
        .error, "thresholds_overlap", at: metrics.at("scale_up_threshold"),
        "The pool would grow at \(JSONText.number(policy.growAtPercent)) % and shrink below "
          + "\(JSONText.number(policy.shrinkAtPercent)) %, so that it never rests.",
        "Set scale_up_threshold well above scale_down_threshold.")
    }
    return policy
  }

  private func decodeCooldowns(_ name: String, _ section: Section, into pool: inout Pool) {
    let periods = section.section("auto_scaling").section("cooldown_periods")
    if section.section("auto_scaling").isPresent {
      pool.growCooldown = periods.duration("scale_up_seconds")
      pool.shrinkCooldown = periods.duration("scale_down_seconds")
    }
    let own = overrides(of: name).section("cooldowns")
    if let cooldown = own.optionalDuration("grow_seconds") { pool.growCooldown = cooldown }
    if let cooldown = own.optionalDuration("shrink_seconds") { pool.shrinkCooldown = cooldown }
  }

  /// Names in the section `poolkeeper` that must be those of pools and templates.
  mutating func checkReferences() {
    let poolkeeper = root.section("poolkeeper")
    for (name, section) in poolkeeper.entries("pools") {
      checkReference(name, to: "pool", among: poolNames, at: section.pointer, severity: .warning)
    }
    for (name, section) in poolkeeper.entries("templates") {
      checkReference(name, to: "template", among: templateNames, at: section.pointer, severity: .warning)
    }
  }
}
