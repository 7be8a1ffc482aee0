import ConfigurationFile
import Model
import Testing

/// Keys of schedules, forecasts, alerts, triggers of the operator's own, caps of an hour, and host reserves.
@Suite struct SignalKeysTests {
  private static let schedule =
    #""name": "morning", "pool": "burst", "cron": "30 7 * * MON-fri", "duration_minutes": 90, "workers": 4"#

  private static func schedules(_ keys: String = schedule, and others: String = "") -> String { "[{\(keys)}\(others)]" }

  @Test func readsSchedules() throws {
    var edited = try Edited()
    try edited.set(
      "/poolkeeper/schedules",
      Self.schedules(
        and: """
          , {"name": "early", "pool": "spot", "cron": "0 5 1,15 * *", "time_zone": "Europe/Berlin", "duration_minutes": 30,
          "workers": 2, "template": "small", "lead_seconds": 600}
          """))
    let schedules = try #require(try edited.read().configuration).policy.schedules
    #expect(schedules.map(\.name) == ["early", "morning"])
    #expect(schedules.map(\.timeZone) == ["Europe/Berlin", "UTC"])
    #expect(schedules.map(\.cron.text) == ["0 5 1,15 * *", "30 7 * * MON-fri"])
    #expect(schedules.map(\.duration) == [.minutes(30), .minutes(90)])
    #expect(schedules.map(\.workers) == [2, 4])
    #expect(schedules.map(\.template) == ["small", nil])
    #expect(schedules.map(\.lead) == [.minutes(10), nil])
  }

  @Test func readsForecastsOfPressureTriggersOnly() throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/metrics/retention_hours", "192")
    try edited.set("/poolkeeper/pools/permanent/forecast", "{}")
    try edited.set(
      "/poolkeeper/pools/burst/forecast",
      #"{"methods": ["linear"], "horizon_seconds": 900, "look_back_minutes": 45}"#)
    let outcome = try edited.read()
    let triggers = try #require(outcome.configuration).policy.triggers
    for trigger in triggers {
      switch (trigger.pool, trigger.kind) {
      case ("permanent", .cpuPressure), ("permanent", .memoryPressure): #expect(trigger.forecast == ForecastPolicy())
      case ("burst", .cpuPressure), ("burst", .memoryPressure):
        #expect(
          trigger.forecast
            == ForecastPolicy(methods: [.linear], horizon: .minutes(15), lookBack: .minutes(45)))
      default: #expect(trigger.forecast == nil, "\(trigger.name)")
      }
    }
    #expect(triggers.contains { $0.forecast != nil })
    try edited.set("/poolkeeper/pools/permanent/forecast", #"{"enabled": false}"#)
    let off = try #require(try edited.read().configuration).policy.triggers
    #expect(off.allSatisfy { $0.pool != "permanent" || $0.forecast == nil })
  }

  @Test func keepsItsOwnMetricsUnlessItIsTold() throws {
    var edited = try Edited()
    func interval() throws -> Duration {
      try #require(try edited.read().configuration).service.metrics.ownMetricsInterval
    }
    #expect(try interval() == .seconds(15))
    try edited.set("/poolkeeper/metrics/own_metrics_interval_seconds", "0")
    #expect(try interval() == .zero)
  }

  @Test func nothingLooksAheadUnlessItIsTold() throws {
    let policy = try #require(try Edited().read().configuration).policy
    #expect(policy.triggers.allSatisfy { $0.forecast == nil })
    #expect(policy.schedules.isEmpty)
    #expect(policy.signals == SignalPolicy())
    #expect(policy.placement == PlacementPolicy())
    #expect(policy.pools.allSatisfy { $0.hourlyBudget == nil })
    #expect(policy.money.hourlyBudget == nil)
  }

  @Test func readsTriggersByNumberAndByValue() throws {
    var edited = try Edited()
    try edited.set(
      "/poolkeeper/triggers",
      """
      [{"name": "a", "pool": "burst", "expression": "x", "threshold": 1, "workers": 3, "template": "small"},
      {"name": "b", "pool": "burst", "expression": "y", "threshold": 1, "per_worker": 12.5},
      {"name": "c", "pool": "burst", "expression": "z", "threshold": 1}]
      """)
    let triggers = try #require(try edited.read().configuration).policy.triggers.filter { $0.kind == .custom }
    #expect(triggers.map(\.workers) == [3, 1, 1])
    #expect(triggers.map(\.perWorker) == [nil, 12.5, nil])
    #expect(triggers.map(\.template) == ["small", nil, nil])
  }

  @Test func readsCapsOfAnHourReservesAndDeadlines() throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/pools/burst/hourly_budget", "2.5")
    try edited.set("/poolkeeper/budgets/hourly_total", "12")
    try edited.set("/poolkeeper/alert_signals", #"{"deadline_seconds": 900}"#)
    try edited.set(
      "/poolkeeper/placement",
      """
      {"cpu_overcommit": 2.5, "memory_overcommit": 1.2, "reserved_cpu_cores": 2, "reserved_memory_gb": 4,
      "reserved_storage_gb": 100, "zone_label": "topology.kubernetes.io/zone", "zones": {"pve-01": "a", "pve-02": "b"}}
      """)
    let policy = try #require(try edited.read().configuration).policy
    #expect(policy.pool("burst")?.hourlyBudget == HourlyPrice(perHour: Money(2.5)))
    #expect(policy.pool("spot")?.hourlyBudget == nil)
    #expect(policy.money.hourlyBudget == HourlyPrice(perHour: Money(12)))
    #expect(policy.signals.alertDeadline == .minutes(15))
    var placement = PlacementPolicy()
    placement.cpuOvercommit = 2.5
    placement.memoryOvercommit = 1.2
    placement.reservedCPUCores = 2
    placement.reservedMemoryBytes = .mebibytes(4096)
    placement.reservedStorageBytes = .gigabytes(100)
    placement.zoneLabel = "topology.kubernetes.io/zone"
    placement.zones = ["pve-01": "a", "pve-02": "b"]
    #expect(policy.placement == placement)
    try edited.set("/cost_tracking/enabled", "false")
    let free = try #require(try edited.read().configuration).policy
    #expect(free.money.hourlyBudget == nil)
    #expect(free.pool("burst")?.hourlyBudget == nil)
  }

  private static func scheduled(
    _ key: String, _ json: String, _ severity: Problem.Severity, _ code: String, remedy: String = ""
  ) -> ProblemCase {
    ProblemCase(
      "/poolkeeper/schedules", schedules(), severity, code, at: "/poolkeeper/schedules/0/\(key)", remedy: remedy
    )
    .and("/poolkeeper/schedules/0/\(key)", json)
  }

  static let cases: [ProblemCase] = [
    scheduled("cron", "\"61 * * * *\"", .error, "invalid_text", remedy: "numbers from 0 to 59"),
    scheduled("cron", "\"0 0 30 2 *\"", .error, "invalid_text", remedy: "a day that its months have"),
    scheduled("cron", "\"0 8 * *\"", .error, "invalid_text", remedy: "30 7 * * mon-fri"),
    scheduled("pool", "\"brust\"", .error, "unknown_pool", remedy: "\"burst\""),
    scheduled("template", "\"meduim\"", .error, "unknown_template", remedy: "\"medium\""),
    scheduled("workers", "0", .error, "out_of_range"),
    scheduled("workers", "999", .warning, "schedule_above_maximum", remedy: "max_size"),
    scheduled("duration_minutes", "0", .error, "out_of_range"),
    scheduled("lead_seconds", "30", .warning, "lead_too_short", remedy: "180"),
    scheduled("pool", "\"burst\"", .warning, "no_effect", remedy: "Enable")
      .and("/worker_pool_definitions/burst/enabled", "false"),
    scheduled("workers", "4", .warning, "schedule_above_budget").and("/poolkeeper/pools/burst/hourly_budget", "0.5"),
    ProblemCase(
      "/poolkeeper/schedules", schedules(and: ", {\(schedule)}"), .error, "duplicate_schedule",
      at: "/poolkeeper/schedules/1/name"),
    ProblemCase("/poolkeeper/triggers/0/template", "\"meduim\"", .error, "unknown_template", remedy: "\"medium\""),
    ProblemCase("/poolkeeper/triggers/0/per_worker", "0", .error, "out_of_range"),
    ProblemCase(
      "/poolkeeper/triggers/0/per_worker", "5", .warning, "no_effect", at: "/poolkeeper/triggers/0/workers"
    ).and("/poolkeeper/triggers/0/workers", "2"),
    ProblemCase(
      "/poolkeeper/pools/permanent/forecast", "{}", .warning, "retention_too_short",
      at: "/poolkeeper/pools/permanent/forecast/methods", remedy: "192"
    ).and("/poolkeeper/metrics/retention_hours", "24"),
    ProblemCase("/poolkeeper/pools/spot/forecast", "{}", .warning, "no_effect"),
    ProblemCase(
      "/poolkeeper/pools/permanent/forecast", #"{"methods": []}"#, .warning, "no_effect",
      at: "/poolkeeper/pools/permanent/forecast/methods"),
    ProblemCase(
      "/poolkeeper/pools/permanent/forecast", #"{"methods": ["cubic"]}"#, .error, "unknown_value",
      at: "/poolkeeper/pools/permanent/forecast/methods/0", remedy: "linear, daily"),
    ProblemCase("/poolkeeper/pools/permanent/hourly_budget", "0.1", .warning, "minimum_above_budget"),
    ProblemCase("/poolkeeper/pools/burst/hourly_budget", "0.1", .warning, "budget_below_one_worker"),
    ProblemCase(
      "/poolkeeper/placement", #"{"zones": {"pve-01": "a"}}"#, .warning, "no_effect", at: "/poolkeeper/placement/zones"),
    ProblemCase(
      "/poolkeeper/placement", #"{"cpu_overcommit": 0.5}"#, .error, "out_of_range",
      at: "/poolkeeper/placement/cpu_overcommit"),
  ]

  @Test(arguments: cases)
  func reportsTheProblemWhereItIs(_ problemCase: ProblemCase) throws {
    var edited = try Edited()
    for change in problemCase.changes { try edited.set(change.pointer, change.json) }
    let outcome = try edited.read()
    let found = outcome.problems.first { $0.code == problemCase.code && $0.pointer == problemCase.pointer }
    let problem = try #require(found, "found only:\n\(outcome.problems.map(\.description).joined(separator: "\n"))")
    #expect(problem.severity == problemCase.severity)
    #expect(problem.remedy.contains(problemCase.remedy) || problem.message.contains(problemCase.remedy))
  }

  @Test func asksForAKnownTimeZoneOfEachSchedule() throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/schedules", Self.schedules(Self.schedule + #", "time_zone": "Mars/Olympus""#))
    let reader = ConfigurationReader(isTimeZone: { $0 != "Mars/Olympus" })
    #expect(try edited.read(reader).problems(.error).map(\.pointer) == ["/poolkeeper/schedules/0/time_zone"])
  }
}
