import ConfigurationFile
import Model
import Testing

/// A change of the example, and the problem that it must lead to.
struct ProblemCase: Sendable, CustomTestStringConvertible {
  var changes: [(pointer: String, json: String)]
  var severity: Problem.Severity
  var code: String
  var pointer: String
  var remedy: String

  init(
    _ pointer: String, _ json: String, _ severity: Problem.Severity, _ code: String, at place: String? = nil,
    remedy: String = ""
  ) {
    changes = [(pointer, json)]
    self.severity = severity
    self.code = code
    self.pointer = place ?? pointer
    self.remedy = remedy
  }

  func and(_ pointer: String, _ json: String) -> ProblemCase {
    var result = self
    result.changes.append((pointer, json))
    return result
  }

  var testDescription: String { "\(code) by \(changes[0].pointer) = \(changes[0].json)" }
}

@Suite struct ProblemTests {
  static let pools = "/worker_pool_definitions"
  static let medium = "/worker_templates/medium"
  static let life = "/lifecycle_configurations"

  static let form: [ProblemCase] = [
    ProblemCase("\(pools)/burst/min_size", "\"2\"", .error, "wrong_type", remedy: "Remove the quotes."),
    ProblemCase("\(pools)/burst/min_size", "true", .error, "wrong_type", remedy: "an integer from 0 to 1000"),
    ProblemCase("\(pools)/burst/min_size", "2.5", .error, "out_of_range"),
    ProblemCase("\(pools)/burst/max_size", "-1", .error, "out_of_range"),
    ProblemCase("\(pools)/burst/enabled", "\"true\"", .error, "wrong_type", remedy: "Remove the quotes."),
    ProblemCase("\(pools)/burst/taints", "\"x\"", .error, "wrong_type", remedy: "brackets"),
    ProblemCase("\(pools)/burst/description", "null", .error, "wrong_type", remedy: "Remove the key"),
    ProblemCase("\(pools)/burst/max_sise", "5", .warning, "unknown_key", remedy: "\"max_size\""),
    ProblemCase("\(pools)/burst/Max-Size", "5", .warning, "unknown_key", remedy: "\"max_size\""),
    ProblemCase("/poolkeper", "{}", .warning, "unknown_key", remedy: "\"poolkeeper\""),
    ProblemCase("/poolkeeper/bugdets", "{}", .warning, "unknown_key", remedy: "\"budgets\""),
    ProblemCase("/poolkeeper/zzz", "{}", .warning, "unknown_key", remedy: "The keys here are"),
    ProblemCase("\(pools)/burst/pool_type", "\"brust\"", .error, "unknown_value", remedy: "\"burst\""),
    ProblemCase("\(pools)/burst/pool_type", "\"x\"", .error, "unknown_value", remedy: "permanent, burst, spot, gpu"),
    ProblemCase("\(pools)/burst/default_template", "\"meduim\"", .error, "unknown_template", remedy: "\"medium\""),
    ProblemCase("\(pools)/burst/default_template", "", .error, "missing_key", at: "\(pools)/burst"),
    ProblemCase("\(pools)/Burst!", "{}", .error, "invalid_name"),
    ProblemCase(pools, "{}", .error, "empty"),
    ProblemCase("/cluster_name", "", .error, "missing_key", at: "", remedy: "\"cluster_name\""),
    ProblemCase("/cluster_name", "\"not a label\"", .error, "invalid_text"),
    ProblemCase("\(pools)/burst/node_labels/a~1b~1c", "\"x\"", .error, "invalid_name", remedy: "example.com/NAME"),
    ProblemCase("\(pools)/burst/node_labels/UPPER.com~1x-", "\"x\"", .error, "invalid_name"),
    ProblemCase("\(pools)/burst/node_labels/x", "\"has space\"", .error, "invalid_text"),
    ProblemCase("\(pools)/burst/taints/0/key", "\"-x\"", .error, "invalid_text"),
    ProblemCase("\(pools)/burst/taints/0/effect", "\"noSchedule\"", .error, "unknown_value", remedy: "\"NoSchedule\""),
    ProblemCase(
      "\(pools)/spot/taints/1", #"{"key":"workload-type","value":"z","effect":"NoSchedule"}"#, .error,
      "duplicate_taint"),
    ProblemCase("\(medium)/allocatable_resources/nvidia.com", "1", .warning, "unknown_key"),
    ProblemCase("\(medium)/resources", "", .error, "missing_key", at: medium),
    ProblemCase("\(medium)/talos_config/version", "\"latest\"", .error, "invalid_text", remedy: "1.8.0"),
    ProblemCase(
      "\(medium)/proxmox_config", #"{"Host PCI": "x"}"#, .error, "invalid_name", at: "\(medium)/proxmox_config/Host PCI"
    ),
    ProblemCase("/poolkeeper/listen", "\"9095\"", .error, "invalid_text", remedy: "127.0.0.1:9095"),
    ProblemCase("/poolkeeper/listen", "\"h:99999\"", .error, "invalid_text"),
    ProblemCase("/poolkeeper/expressions/cpu_pressure", "\" \"", .error, "invalid_text"),
    ProblemCase("/poolkeeper/budgets/time_zone", "\"Europe//Berlin\"", .error, "invalid_text"),
    ProblemCase("/talos_integration/network/pod_cidr", "\"10.0.0.0/33\"", .error, "invalid_text"),
    ProblemCase(
      "/talos_integration/cluster_endpoint", "\"kubernetes:6443\"", .error, "invalid_text", remedy: "https://"),
    ProblemCase("/talos_integration/cluster_endpoint", "\"https://u:p@host\"", .error, "invalid_text"),
    ProblemCase("/last_updated", "\"yesterday\"", .error, "invalid_text"),
    ProblemCase("/cost_tracking/currency", "\"dollar\"", .error, "invalid_text"),
    ProblemCase("\(life)/auto_repair/repair_strategies/NotRady", "{}", .warning, "unknown_key", remedy: "\"NotReady\""),
    ProblemCase("\(life)/auto_repair/repair_strategies/NotReady/one", "{}", .error, "invalid_name", remedy: "level1"),
    ProblemCase("\(life)/provisioning/workflow/0/action", "\"clone\"", .error, "unknown_value"),
  ]

  static let meaning: [ProblemCase] = [
    ProblemCase("\(pools)/burst/min_size", "30", .error, "minimum_above_maximum"),
    ProblemCase("\(pools)/burst/ttl_config/default_ttl_hours", "9", .error, "default_above_maximum"),
    ProblemCase("\(pools)/burst/ttl_config/default_ttl_hours", "0", .error, "out_of_range"),
    ProblemCase(
      "\(pools)/permanent/auto_scaling/metrics/scale_up_threshold", "40", .error, "thresholds_overlap"),
    ProblemCase("\(medium)/allocatable_resources/memory_mb", "20000", .error, "more_than_machine"),
    ProblemCase("\(medium)/allocatable_resources/nvidia.com~1gpu", "1", .error, "more_than_machine"),
    ProblemCase("/poolkeeper/pace/backoff_initial_minutes", "45", .error, "minimum_above_maximum"),
    ProblemCase(
      "/poolkeeper/pools/spot/templates", "[\"smal\"]", .error, "unknown_template",
      at: "/poolkeeper/pools/spot/templates/0", remedy: "\"small\""),
    ProblemCase("/poolkeeper/pools/brust", "{}", .warning, "unknown_pool", remedy: "\"burst\""),
    ProblemCase(
      "/poolkeeper/templates", #"{"larg":{}}"#, .warning, "unknown_template", at: "/poolkeeper/templates/larg"),
    ProblemCase("/cost_tracking/cost_allocation/sopt_pool", "{}", .warning, "unknown_pool", remedy: "\"spot_pool\""),
    ProblemCase("/poolkeeper/triggers/0/pool", "\"brst\"", .error, "unknown_pool", remedy: "\"burst\""),
    ProblemCase("/poolkeeper/triggers/0/name", "\"burst/pending_pods\"", .error, "duplicate_trigger"),
    ProblemCase("/poolkeeper/triggers/0/pool", "\"gpu\"", .warning, "no_effect"),
    ProblemCase("\(life)/provisioning/workflow/2/action", "\"clone_vm_from_template\"", .error, "duplicate_step"),
    ProblemCase(
      "\(life)/auto_repair/repair_strategies/NotReady/level2/trigger_after_seconds", "100", .error,
      "levels_out_of_order"),
    ProblemCase(
      "\(life)/auto_repair/repair_strategies/ContainerdCrashLoop/level1/trigger_after_restarts", "", .error,
      "missing_key", at: "\(life)/auto_repair/repair_strategies/ContainerdCrashLoop/level1"),
    ProblemCase(
      "\(life)/auto_repair/repair_strategies/NotReady/level1/trigger_after_restarts", "2", .warning, "no_effect"),
    ProblemCase(
      "\(pools)/batch", #"{"max_size": 1, "default_template": "small"}"#, .error, "missing_key",
      remedy: "\"pool_type\""),
  ]

  static let sense: [ProblemCase] = [
    ProblemCase("\(pools)/permanent/min_size", "3", .warning, "minimum_above_budget", remedy: "525.60 USD"),
    ProblemCase("/poolkeeper/budgets/monthly_total", "300", .warning, "minimum_above_budget"),
    ProblemCase(
      "/worker_templates/gpu-nvidia/proxmox_config/hostpci0", "\"host=01:00.0,pcie=1\"", .warning, "fixed_pci_device",
      remedy: "mapping="),
    ProblemCase("/poolkeeper/pools/burst/cooldowns/grow_seconds", "60", .warning, "cooldown_too_short", remedy: "180"),
    ProblemCase(
      "\(pools)/permanent/auto_scaling/cooldown_periods/scale_up_seconds", "100", .warning, "cooldown_too_short"),
    ProblemCase(
      "\(pools)/permanent/auto_scaling/metrics/cpu_utilization_target", "85", .warning, "target_outside"),
    ProblemCase(
      "\(pools)/permanent/auto_scaling/metrics/memory_utilization_target", "45", .warning, "target_outside",
      remedy: "between"),
    ProblemCase(
      "\(pools)/permanent/auto_scaling/metrics/scale_down_threshold", "60", .warning, "thresholds_oscillate",
      remedy: "53.3"),
    ProblemCase(
      "\(pools)/burst/provisioning_triggers/cpu_pressure/threshold_percent", "80", .warning, "thresholds_overlap"),
    ProblemCase(
      "\(pools)/burst/provisioning_triggers/memory_pressure/threshold_percent", "80", .warning, "thresholds_overlap"),
    ProblemCase(
      "\(pools)/burst/ttl_config/max_ttl_hours", "12", .warning, "burst_above_event_maximum", remedy: "57.60"),
    ProblemCase(
      "/cost_tracking/cost_allocation/burst_pool/monthly_budget", "10", .warning, "burst_above_budget",
      at: "\(pools)/burst/ttl_config/default_ttl_hours"),
    ProblemCase("/cost_tracking/cost_allocation/burst_pool/monthly_budget", "0.5", .warning, "budget_below_one_worker"),
    ProblemCase("/cost_tracking/alerts/burst_cost_per_event_max", "0.5", .warning, "budget_below_one_worker"),
    ProblemCase(
      "/cost_tracking/cost_allocation/spot_pool/cost_per_worker_hour", "0.24", .warning, "price_mismatch"),
    ProblemCase("\(pools)/burst/ttl_config/idle_timeout_minutes", "300", .warning, "idle_longer_than_life"),
    ProblemCase("\(pools)/burst/ttl_config/idle_timeout_minutes", "1", .warning, "idle_too_short"),
    ProblemCase("/poolkeeper/pools/spot/idle_timeout_minutes", "2", .warning, "idle_too_short"),
    ProblemCase("\(pools)/burst/ttl_config/default_ttl_hours", "0.04", .warning, "life_too_short"),
    ProblemCase("\(pools)/spot/preemption_config/grace_period_seconds", "700", .warning, "grace_above_limit"),
    ProblemCase(
      "\(pools)/spot/preemption_config/priority_class", "\"spot-worklod\"", .warning, "unknown_priority_class",
      remedy: "\"spot-workload\""),
    ProblemCase("\(life)/draining/grace_period_seconds", "700", .warning, "grace_above_limit"),
    ProblemCase("\(life)/provisioning/timeout_seconds", "300", .note, "not_used"),
    ProblemCase(
      "/poolkeeper/lifecycle", #"{"usual_provisioning_seconds": 800}"#, .warning, "limits_below_usual",
      at: "\(life)/provisioning/workflow"),
    ProblemCase(
      "/monitoring_and_alerting/alert_rules/worker_provision_timeout/threshold_seconds", "60", .warning,
      "alert_below_usual"),
    ProblemCase("\(life)/ttl_cleanup/ttl_extension/extension_duration_hours", "0", .warning, "no_effect"),
    ProblemCase(
      "\(life)/termination/cleanup_steps", #"[{"action":"drain_node","timeout_seconds":60}]"#, .warning,
      "limits_differ", at: "\(life)/termination/cleanup_steps/0/timeout_seconds"),
    ProblemCase("\(life)/health_monitoring/enabled", "false", .warning, "no_effect", at: "\(life)/auto_repair/enabled"),
    ProblemCase("\(life)/auto_repair/enabled", "false", .warning, "switches_differ")
      .and("\(life)/health_monitoring/auto_repair/enabled", "true"),
    ProblemCase(
      "\(life)/provisioning/workflow/0/action", "\"apply_kubernetes_labels\"", .warning, "step_order",
      at: "\(life)/provisioning/workflow/1/action"
    ).and("\(life)/provisioning/workflow/6/action", "\"clone_vm_from_template\""),
    ProblemCase("\(pools)/permanent/node_labels/node-pool", "\"other\"", .warning, "pool_label"),
    ProblemCase("\(pools)/burst/pool_id", "\"spot-1\"", .warning, "duplicate_pool_id", at: "\(pools)/spot/pool_id"),
    ProblemCase("\(pools)/burst/default_template", "\"gpu-nvidia\"", .warning, "gpu_template"),
    ProblemCase("\(pools)/gpu/default_template", "\"small\"", .warning, "gpu_template"),
    ProblemCase("\(pools)/gpu/gpu_config/count_per_node", "2", .warning, "gpu_mismatch"),
    ProblemCase("\(pools)/gpu/gpu_config/vram_gb", "24", .warning, "gpu_mismatch"),
    ProblemCase("\(pools)/burst/max_size", "0", .warning, "empty_pool"),
    ProblemCase("\(pools)/permanent/enabled", "false", .note, "disabled_pool"),
    ProblemCase(
      "\(pools)/spot/provisioning_triggers", #"{"pending_pods":{}}"#, .warning, "no_effect",
      at: "\(pools)/spot/provisioning_triggers/pending_pods"),
    ProblemCase(
      "\(pools)/burst/auto_scaling", #"{"metrics":{}}"#, .warning, "no_effect",
      at: "\(pools)/burst/auto_scaling/metrics"),
    ProblemCase(
      "\(medium)/proxmox_template_id", "9001", .warning, "duplicate_template_id",
      at: "/worker_templates/small/proxmox_template_id"),
    ProblemCase("\(medium)/cost_per_hour", "0", .note, "no_price"),
    ProblemCase("\(medium)/allocatable_resources/max_pods", "200", .warning, "more_pods_than_kubelet"),
    ProblemCase("\(medium)/talos_config/version", "\"1.9.0\"", .warning, "versions_differ"),
    ProblemCase("\(medium)/talos_config/install_image", "\"example.com/i:v1.7.0\"", .warning, "versions_differ"),
    ProblemCase("\(medium)/talos_config/kubernetes_version", "\"1.32.0\"", .warning, "kubelet_newer"),
    ProblemCase("/talos_integration/cluster_name", "\"port\"", .warning, "cluster_names_differ"),
    ProblemCase("/poolkeeper/metrics/lookback_seconds", "45", .warning, "lookback_too_short"),
    ProblemCase("/poolkeeper/metrics/retention_hours", "0.25", .warning, "retention_too_short")
      .and("/poolkeeper/metrics/lookback_seconds", "3600"),
    ProblemCase("/poolkeeper/metrics/max_uncompressed_bytes", "2048", .warning, "limits_overlap"),
    ProblemCase("/poolkeeper/metrics/retention_bytes", "8589934592", .warning, "retention_beyond_memory"),
    ProblemCase("/poolkeeper/metrics/ha_deduplication/cluster_label", "\"\"", .error, "invalid_label")
      .and("/poolkeeper/metrics/ha_deduplication/enabled", "true"),
    ProblemCase("/poolkeeper/metrics/ha_deduplication/replica_label", "\"__name__\"", .error, "invalid_label")
      .and("/poolkeeper/metrics/ha_deduplication/enabled", "true"),
    ProblemCase("/poolkeeper/metrics/ha_deduplication/replica_label", "\"cluster\"", .error, "equal_labels")
      .and("/poolkeeper/metrics/ha_deduplication/enabled", "true"),
    ProblemCase("/poolkeeper/metrics/prometheus", #"{"url": "http://p:9090"}"#, .note, "no_effect"),
    ProblemCase(
      "/poolkeeper/metrics/source", "\"prometheus\"", .error, "missing_key", at: "/poolkeeper/metrics",
      remedy: "\"url\""),
    prometheus(#""url": "prometheus:9090""#, .error, "invalid_text", at: "/url"),
    prometheus(#""url": "https://u:p@host""#, .error, "invalid_text", at: "/url"),
    prometheus(#""timeout_seconds": 1"#, .error, "missing_key", at: ""),
    prometheus(
      #""url": "https://p", "bearer_token": "${T}", "bearer_token_file": "/t""#, .error, "missing_variable",
      at: "/bearer_token"),
    prometheus(#""url": "https://p", "bearer_token": "hush""#, .warning, "secret_in_file", at: "/bearer_token"),
    prometheus(
      #""url": "https://p", "bearer_token": "hush", "bearer_token_file": "/t""#, .error, "two_secrets",
      at: "/bearer_token_file"),
    prometheus(
      #""url": "https://p", "bearer_token_file": "/t", "username": "u", "password_file": "/p""#, .error,
      "two_credentials", at: "/username"),
    prometheus(#""url": "https://p", "username": "u""#, .error, "half_credentials", at: ""),
    prometheus(#""url": "https://p", "password_file": "/p""#, .error, "half_credentials", at: ""),
    prometheus(#""url": "https://p", "client_key_file": "/k""#, .error, "half_credentials", at: ""),
    prometheus(#""url": "http://p", "bearer_token_file": "/t""#, .warning, "secret_in_the_clear", at: "/url"),
    prometheus(#""url": "http://p", "timeout_seconds": 60"#, .note, "timeout_too_long", at: "/timeout_seconds"),
    ProblemCase("/poolkeeper/pace/tick_seconds", "120", .warning, "tick_too_long"),
    ProblemCase("/poolkeeper/mode", "\"act\"", .warning, "nothing_to_act_on"),
    ProblemCase("/poolkeeper/listen", "\"0.0.0.0:9095\"", .warning, "insecure_listen"),
    ProblemCase(
      "/poolkeeper/triggers/0/hold_seconds", "10", .note, "short_hold",
      at: "/poolkeeper/triggers/0/expression"),
    ProblemCase("/cost_tracking/enabled", "false", .note, "budgets_off"),
    ProblemCase("/proxmox_integration/authentication/token_secret", "\"hush\"", .warning, "secret_in_file"),
    ProblemCase("/proxmox_integration/authentication/token_secret_file", "\"/none\"", .warning, "unreadable_file"),
  ]

  /// The source prometheus with these keys.
  private static func prometheus(
    _ keys: String, _ severity: Problem.Severity, _ code: String, at place: String
  ) -> ProblemCase {
    ProblemCase(
      "/poolkeeper/metrics", #"{"source": "prometheus", "prometheus": {\#(keys)}}"#, severity, code,
      at: "/poolkeeper/metrics/prometheus" + place)
  }

  @Test(arguments: form + meaning + sense)
  func reportsTheProblemWhereItIs(_ problemCase: ProblemCase) throws {
    var edited = try Edited()
    for change in problemCase.changes { try edited.set(change.pointer, change.json) }
    let outcome = try edited.read()
    let found = outcome.problems.first { $0.code == problemCase.code && $0.pointer == problemCase.pointer }
    let problem = try #require(found, "found only:\n\(outcome.problems.map(\.description).joined(separator: "\n"))")
    #expect(problem.severity == problemCase.severity)
    #expect(problem.remedy.contains(problemCase.remedy) || problem.message.contains(problemCase.remedy))
    #expect(problem.position != nil)
    #expect((outcome.configuration == nil) == outcome.problems.contains { $0.severity == .error })
  }

  @Test func reportsAllProblemsAtOnceSortedByPointer() throws {
    var edited = try Edited()
    try edited.set("\(Self.pools)/burst/min_size", "30")
    try edited.set("\(Self.pools)/gpu/max_size", "\"three\"")
    try edited.set("/poolkeeper/listen", "1")
    try edited.set("/cost_tracking/curency", "\"EUR\"")
    let problems = try edited.read().problems
    #expect(Set(problems.map(\.code)).isSuperset(of: ["minimum_above_maximum", "wrong_type", "unknown_key"]))
    #expect(problems.filter { $0.severity == .error }.count == 3)
    #expect(problems == problems.sorted())
  }

  @Test func doesNotCallATemplateUnknownThatHasFaultsOfItsOwn() throws {
    var edited = try Edited()
    try edited.set("\(Self.medium)/cost_per_hour", "\"cheap\"")
    #expect(try edited.read().problems(.error).map(\.code) == ["wrong_type"])
  }

  @Test func tellsTheLineAndColumnOfAProblem() throws {
    let text = "{\n  \"cluster_name\": \"a\",\n  \"worker_templates\": {},\n  \"worker_pool_definitions\": 3\n}"
    let problem = try #require(ConfigurationReader().read(text).problems.first { $0.code == "wrong_type" })
    #expect(problem.position == TextPosition(line: 4, column: 3))
    #expect(problem.description.hasPrefix("error /worker_pool_definitions (4:3): An object is expected, not a number."))
  }

  @Test func reportsAKeyThatStandsTwice() {
    let text = #"{"cluster_name": "a", "cluster_name": "b"}"#
    let problems = ConfigurationReader().read(text).problems
    #expect(problems.contains { $0.code == "duplicate_key" && $0.pointer == "/cluster_name" && $0.severity == .error })
  }

  @Test func boundsTheListOfProblems() throws {
    let keys = (0..<2000).map { "\"key_number_\($0)\": 1" }.joined(separator: ",")
    let problems = ConfigurationReader().read("{\(keys)}").problems
    #expect(problems.count == 501)
    #expect(problems.last?.code == "more_problems")
  }

  @Test func boundsPoolsSoThatSumsOfMoneyFit() throws {
    var edited = try Edited()
    try edited.set("\(Self.medium)/cost_per_hour", "10000")
    try edited.set("/poolkeeper/budgets/monthly_total", "1000000000")
    for number in 0..<196 {
      let pool = #"{"pool_type": "permanent", "min_size": 1000, "max_size": 1000, "default_template": "medium"}"#
      try edited.set("\(Self.pools)/p\(number)", pool)
    }
    let full = try edited.read()
    #expect(full.problems(.error) == [])
    #expect(full.problems(.warning).contains { $0.pointer == "/poolkeeper/budgets/monthly_total" })
    try edited.set("\(Self.pools)/one-more", #"{"pool_type": "spot", "max_size": 1, "default_template": "medium"}"#)
    #expect(try edited.read().problems(.error).map(\.code) == ["too_many"])
  }

  @Test func asksForAKnownTimeZone() throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/budgets/time_zone", "\"Mars/Olympus\"")
    let reader = ConfigurationReader(isTimeZone: { $0 == "UTC" })
    #expect(try edited.read(reader).problems(.error).map(\.pointer) == ["/poolkeeper/budgets/time_zone"])
  }
}
