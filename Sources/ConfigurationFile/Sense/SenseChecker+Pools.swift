import Model

extension SenseChecker {
  mutating func checkSize(_ pool: Pool, _ section: Section) {
    guard pool.enabled else {
      if pool.minimum > 0 {
        note(
          "disabled_pool", at: section.at("enabled"), "The pool is disabled, so that its minimum is not kept.",
          "Enable it, or set min_size to 0 to say the same twice.")
      }
      return
    }
    if pool.maximum == 0 {
      warn(
        "empty_pool", at: section.at("max_size"), "The pool may never have a worker.",
        "Raise max_size, or set enabled to false.")
    }
    if let budget = pool.monthlyBudget, pool.minimum > 0, pool.minimum <= pool.maximum,
      let cost = cost(of: pool.minimum, for: .hours(SenseChecker.hoursOfMonth), in: pool), cost > budget
    {
      warn(
        "minimum_above_budget", at: section.at("min_size"),
        "The minimum of \(pool.minimum) × \(pool.defaultTemplate) costs \(shown(cost)) in a month of "
          + "\(SenseChecker.hoursOfMonth) hours, above the pool's budget of \(shown(budget)).",
        "Raise the budget to \(shown(cost)) or more, lower min_size, or use a cheaper template.")
    }
  }

  mutating func checkNames(_ pool: Pool, _ section: Section) {
    if let label = pool.labels["node-pool"], label != pool.name.rawValue {
      warn(
        "pool_label", at: section.at("node_labels", "node-pool"),
        "The label node-pool is \(JSONText.shown(label)), not the pool's name; nodes would be counted elsewhere.",
        "Set it to \(JSONText.quoted(pool.name.rawValue)).")
    }
    var seen: Set<String> = []
    for (index, taint) in pool.taints.enumerated() where !seen.insert("\(taint.key):\(taint.effect.rawValue)").inserted
    {
      problems.add(
        .error, "duplicate_taint", at: section.at("taints", String(index)),
        "Key and effect are those of a taint before it, which Kubernetes refuses.", "Remove one of them.")
    }
    let preemption = section.section("preemption_config")
    let known = configuration.priorityClasses.map(\.name)
    if let name = preemption.optionalText("priority_class"), !known.isEmpty, !known.contains(name) {
      warn(
        "unknown_priority_class", at: preemption.at("priority_class"),
        "There is no priority class \(JSONText.shown(name)).",
        Suggestion.sentence(for: name, among: known, otherwise: "The classes are: \(known.joined(separator: ", "))."))
    }
  }

  mutating func checkTemplates(_ pool: Pool, _ section: Section) {
    if let template = policy.template(pool.defaultTemplate), (template.machine.gpus > 0) != (pool.kind == .gpu) {
      let has = template.machine.gpus > 0
      warn(
        "gpu_template", at: section.at("default_template"),
        has
          ? "The pool is not for GPUs, but its template has one." : "The pool is for GPUs, but its template has none.",
        has ? "Use a template without GPU, or a pool of type gpu." : "Use a template whose resources have a gpu.")
    }
    let described = section.section("gpu_config")
    guard described.isPresent, let template = policy.template(pool.defaultTemplate), template.machine.gpus > 0 else {
      return
    }
    if let count = described.optionalInteger("count_per_node"), count != template.machine.gpus {
      warn(
        "gpu_mismatch", at: described.at("count_per_node"),
        "The pool speaks of \(count) GPUs a worker, its template \(template.name) of \(template.machine.gpus).",
        "Let both say the same; the template counts.")
    }
    let gpu = root.entries("worker_templates").first { $0.name == template.name.rawValue }?
      .section.section("resources").section("gpu")
    if let memory = described.optionalNumber("vram_gb"), let templateMemory = gpu?.optionalNumber("vram_mb"),
      memory * 1024 != templateMemory
    {
      warn(
        "gpu_mismatch", at: described.at("vram_gb"),
        "The pool speaks of \(JSONText.number(memory)) GiB, its template of \(JSONText.number(templateMemory)) MiB.",
        "Let both say the same.")
    }
  }

  mutating func checkUtilisation(_ pool: Pool, _ section: Section) {
    guard let policy = pool.utilisation, policy.growAtPercent > policy.shrinkAtPercent else { return }
    let metrics = section.section("auto_scaling").section("metrics")
    let targets = [
      ("cpu_utilization_target", policy.cpuTargetPercent), ("memory_utilization_target", policy.memoryTargetPercent),
    ]
    for (key, target) in targets {
      if target >= policy.growAtPercent {
        warn(
          "target_outside", at: metrics.at(key),
          "Growth starts at \(JSONText.number(policy.growAtPercent)) % and aims at \(JSONText.number(target)) %, so that it "
            + "adds nothing.", "Set the target below scale_up_threshold.")
      } else if target <= policy.shrinkAtPercent {
        warn(
          "target_outside", at: metrics.at(key),
          "Growth aims at \(JSONText.number(target)) %, where the pool already shrinks: it would swing to and fro.",
          "Set the target between scale_down_threshold and scale_up_threshold.")
      }
    }
    guard metrics.has("scale_up_threshold") || metrics.has("scale_down_threshold") else { return }
    let smallest = Double(max(1, pool.minimum))
    let after = policy.growAtPercent * smallest / (smallest + 1)
    if pool.maximum > pool.minimum, after <= policy.shrinkAtPercent {
      warn(
        "thresholds_oscillate", at: metrics.at("scale_down_threshold"),
        "One worker added to \(Int(smallest)) takes the use from \(JSONText.number(policy.growAtPercent)) % to "
          + "\(JSONText.number((after * 10).rounded() / 10)) %, where the pool shrinks again.",
        "Lower scale_down_threshold below \(JSONText.number((after * 10).rounded(.down) / 10)).")
    }
  }

  /// Settings that the pool's way of scaling does not look at.
  mutating func checkScaling(_ pool: Pool, _ section: Section) {
    let own = root.section("poolkeeper").entries("pools").first { $0.name == pool.name.rawValue }?.section
    let scaling: PoolScaling = own?.choice("scaling") ?? PoolScaling.standard(for: pool.kind)
    let triggers = section.section("provisioning_triggers")
    if scaling != .pendingPods {
      for key in ["pending_pods", "cpu_pressure", "memory_pressure"] where triggers.has(key) {
        warn(
          "no_effect", at: triggers.at(key), "The pool's scaling is \(scaling.rawValue), which has no such trigger.",
          "Remove it, or set poolkeeper.pools.\(pool.name).scaling to \"pending_pods\".")
      }
    }
    if scaling != .utilisation, section.section("auto_scaling").has("metrics") {
      warn(
        "no_effect", at: section.at("auto_scaling", "metrics"),
        "The pool's scaling is \(scaling.rawValue), which does not look at utilisation.",
        "Remove it, or set poolkeeper.pools.\(pool.name).scaling to \"utilisation\".")
    }
    for (index, trigger) in root.section("poolkeeper").sections("triggers").enumerated()
    where trigger.text("pool") == pool.name.rawValue && scaling == .manual {
      warn(
        "no_effect", at: JSONPointer(["poolkeeper", "triggers", String(index), "pool"]),
        "The pool \(pool.name) grows by request only.",
        "Set poolkeeper.pools.\(pool.name).scaling to \"cost\" or \"pending_pods\".")
    }
  }

  /// Two pools that grow at the same reading answer the same load twice.
  mutating func checkSharedThresholds() {
    for pool in policy.pools where pool.kind != .permanent && pool.enabled {
      for trigger in policy.triggers where trigger.pool == pool.name {
        guard trigger.kind == .cpuPressure || trigger.kind == .memoryPressure else { continue }
        let rival = policy.triggers.first { other in
          other.kind == trigger.kind && other.expression == trigger.expression && other.threshold == trigger.threshold
            && policy.pool(other.pool).map { $0.kind == .permanent && $0.enabled } == true
        }
        guard let rival else { continue }
        warn(
          "thresholds_overlap",
          at: poolPointer(pool, "provisioning_triggers", trigger.kind.rawValue, "threshold_percent"),
          "The threshold \(JSONText.number(trigger.threshold)) % is also where the pool \(rival.pool) grows: one load "
            + "would call for workers in both.",
          "Set it above \(JSONText.number(rival.threshold)), so that \(pool.name) comes in only when \(rival.pool) is "
            + "not enough.")
      }
    }
  }

  mutating func checkPoolIdentity() {
    var owners: [String: String] = [:]
    for (name, section) in root.entries("worker_pool_definitions") {
      let id = section.text("pool_id")
      guard !id.isEmpty else { continue }
      if let other = owners.updateValue(name, forKey: id) {
        warn(
          "duplicate_pool_id", at: section.at("pool_id"), "The pool \(other) has the same pool_id.",
          "Give each pool an id of its own.")
      }
    }
  }
}
