import Model

/// One value of a policy that a question can change.
struct PolicyKey<Root>: Sendable {
  var name: String
  /// The name of the same in the configuration file, where that is another.
  var fileName: String?
  /// What its values are, in words.
  var expected: String
  /// Whether the text is such a value; it is set then.
  var set: @Sendable (inout Root, String) -> Bool

  func isNamed(_ text: String) -> Bool { text == name || text == fileName }

  private init(
    _ name: String, _ fileName: String?, _ expected: String, _ set: @escaping @Sendable (inout Root, String) -> Bool
  ) {
    self.name = name
    self.fileName = fileName
    self.expected = expected
    self.set = set
  }

  static func flag(
    _ name: String, file: String? = nil, _ set: @escaping @Sendable (inout Root, Bool) -> Void
  ) -> Self {
    Self(name, file, "true or false") { root, text in
      guard let value = Bool(text) else { return false }
      set(&root, value)
      return true
    }
  }

  static func integer(
    _ name: String, file: String? = nil, _ range: ClosedRange<Int>,
    _ set: @escaping @Sendable (inout Root, Int) -> Void
  ) -> Self {
    Self(name, file, "a whole number of \(range.lowerBound) to \(range.upperBound)") { root, text in
      guard let value = Int(text), range.contains(value) else { return false }
      set(&root, value)
      return true
    }
  }

  static func number(
    _ name: String, file: String? = nil, _ range: ClosedRange<Double>, _ unit: String = "",
    _ set: @escaping @Sendable (inout Root, Double) -> Void
  ) -> Self {
    Self(name, file, words(range, unit)) { root, text in
      guard let value = Double(text), range.contains(value) else { return false }
      set(&root, value)
      return true
    }
  }

  /// A number, or `none`.
  static func optional(
    _ name: String, file: String? = nil, _ range: ClosedRange<Double>, _ unit: String = "",
    _ set: @escaping @Sendable (inout Root, Double?) -> Void
  ) -> Self {
    Self(name, file, words(range, unit) + ", or none") { root, text in
      if text == "none" {
        set(&root, nil)
        return true
      }
      guard let value = Double(text), range.contains(value) else { return false }
      set(&root, value)
      return true
    }
  }

  static func name(
    _ name: String, file: String? = nil, _ set: @escaping @Sendable (inout Root, String) -> Void
  ) -> Self {
    Self(name, file, "a name") { root, text in
      guard !text.isEmpty else { return false }
      set(&root, text)
      return true
    }
  }

  private static func words(_ range: ClosedRange<Double>, _ unit: String) -> String {
    "a number\(unit.isEmpty ? "" : " of \(unit)") from \(JSONText.number(range.lowerBound)) to "
      + JSONText.number(range.upperBound)
  }
}

/// The table of all keys.
enum PolicyKeys {
  static let pool: [PolicyKey<Pool>] = [
    .flag("enabled") { $0.enabled = $1 },
    .integer("minimum", file: "min_size", Keys.workers) { $0.minimum = $1 },
    .integer("maximum", file: "max_size", Keys.workers) { $0.maximum = $1 },
    .name("default_template") { pool, name in
      pool.defaultTemplate = TemplateName(name)
      if !pool.templates.contains(pool.defaultTemplate) {
        pool.templates = (pool.templates + [pool.defaultTemplate]).sorted()
      }
    },
    .number("saving_percent", file: "cost_savings_percent", Keys.percent) { $0.savingPercent = $1 },
    .optional("monthly_budget", Keys.amount, "currency") { $0.monthlyBudget = $1.map { Money($0) } },
    .optional("idle_timeout_minutes", Keys.minutes, "minutes") {
      $0.idleTimeout = $1.flatMap { $0 > 0 ? minutes($0) : nil }
    },
    .number("grow_cooldown_seconds", file: "scale_up_seconds", Keys.seconds, "seconds") {
      $0.growCooldown = seconds($1)
    },
    .number("shrink_cooldown_seconds", file: "scale_down_seconds", Keys.seconds, "seconds") {
      $0.shrinkCooldown = seconds($1)
    },
    .number("horizon_hours", 0.1...8_760, "hours") { $0.horizon = minutes($1 * 60) },
    .number("default_ttl_hours", Keys.hours, "hours") { pool, hours in
      let maximum = pool.timeToLive?.maximum ?? minutes(hours * 60)
      pool.timeToLive = TimeToLivePolicy(standard: minutes(hours * 60), maximum: maximum)
    },
    .number("max_ttl_hours", Keys.hours, "hours") { pool, hours in
      let standard = pool.timeToLive?.standard ?? minutes(hours * 60)
      pool.timeToLive = TimeToLivePolicy(standard: standard, maximum: minutes(hours * 60))
    },
    .integer("standby", 0...1_000) { $0.standby = $1 },
    .flag("serves_pending_pods") { $0.servesPendingPods = $1 },
    .flag("accepts_requests") { $0.acceptsRequests = $1 },
  ]

  static let template: [PolicyKey<Template>] = [
    .number("price", file: "cost_per_hour", Keys.amount, "currency an hour") {
      $0.price = HourlyPrice(perHour: Money($1))
    },
    .integer("cpu_millicores", 1...1_000_000) { $0.allocatable.cpuMillicores = Int64($1) },
    .integer("memory_mb", 1...100_000_000) { $0.allocatable.memoryBytes = .mebibytes(Int64($1)) },
    .integer("max_pods", 1...10_000) { $0.allocatable.pods = Int64($1) },
  ]

  static let trigger: [PolicyKey<Trigger>] = [
    .number("threshold", -1e300...1e300) { $0.threshold = $1 },
    .number("hold_seconds", Keys.seconds, "seconds") { $0.hold = seconds($1) },
  ]

  /// Keys of the policy itself, by the group that they stand in.
  static let groups: [(name: String, keys: [PolicyKey<Policy>])] = [
    (
      "money",
      [
        .optional("monthly_budget", file: "monthly_total", Keys.amount, "currency") {
          $0.money.monthlyBudget = $1.map { Money($0) }
        },
        .optional("burst_event_maximum", file: "burst_cost_per_event_max", Keys.amount, "currency") {
          $0.money.burstEventMaximum = $1.map { Money($0) }
        },
        .optional("hourly_budget", file: "hourly_total", Keys.amount, "currency an hour") {
          $0.money.hourlyBudget = $1.map { HourlyPrice(perHour: Money($0)) }
        },
        .number("standby_price_percent", Keys.percent) { $0.money.standbyPricePercent = $1 },
        .number("alert_percent", file: "budget_threshold_percent", Keys.percent) { $0.money.alertPercent = $1 },
      ]
    ),
    (
      "pace",
      [
        .number("max_pending_seconds", Keys.seconds, "seconds") { $0.pace.maximumPending = seconds($1) },
        .number("shrink_percent", Keys.percent) { $0.pace.shrinkPercent = $1 },
        .number("shrink_window_minutes", Keys.minutes, "minutes") { $0.pace.shrinkWindow = minutes($1) },
        .integer("priority_cutoff", -2_147_483_648...1_000_000_000) { $0.pace.priorityCutoff = $1 },
      ]
    ),
    (
      "consolidation",
      [
        .flag("enabled") { $0.consolidation.enabled = $1 },
        .number("utilisation_percent", Keys.percent) { $0.consolidation.utilisationPercent = $1 },
        .number("minimum_saving_percent", Keys.percent) { $0.consolidation.minimumSavingPercent = $1 },
        .number("unneeded_minutes", Keys.minutes, "minutes") { $0.consolidation.unneededFor = minutes($1) },
        .number("payback_minutes", Keys.minutes, "minutes") { $0.consolidation.payback = minutes($1) },
      ]
    ),
    (
      "placement",
      [
        .number("cpu_overcommit", 1...64) { $0.placement.cpuOvercommit = $1 },
        .number("memory_overcommit", 1...8) { $0.placement.memoryOvercommit = $1 },
        .integer("reserved_cpu_cores", 0...1_024) { $0.placement.reservedCPUCores = $1 },
        .number("reserved_memory_gb", 0...65_536, "GiB") {
          $0.placement.reservedMemoryBytes = Int64($1 * 1_073_741_824)
        },
        .number("reserved_storage_gb", 0...10_000_000, "GB") {
          $0.placement.reservedStorageBytes = Int64($1 * 1_000_000_000)
        },
      ]
    ),
    (
      "provisioning",
      [
        .integer("parallel_limit", file: "parallel_provisioning_limit", 1...1_000) {
          $0.provisioning.parallelLimit = $1
        }
      ]
    ),
  ]

  private static func seconds(_ count: Double) -> Duration { .milliseconds(Int64((count * 1000).rounded())) }
  private static func minutes(_ count: Double) -> Duration { .milliseconds(Int64((count * 60_000).rounded())) }
}
