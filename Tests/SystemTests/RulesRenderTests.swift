import Foundation
import Testing

@testable import poolkeeper

/// `poolkeeper rules render`: the shipped rules with what the operator wants of them.
@Suite struct RulesRenderTests {
  private static let rules = Bench.root.appendingPathComponent("rules").path
  private static let shipped = try? String(contentsOfFile: rules + "/poolkeeper.rules.yml", encoding: .utf8)

  private func render(_ arguments: [String]) async throws -> (code: Int32, text: String) {
    let program = try RunningProgram(Bench.poolkeeper, ["rules", "render", "--rules", Self.rules] + arguments)
    let code = await program.end()
    return (code, program.text)
  }

  @Test func withoutAConfigurationTheRulesAreTheShippedOnes() async throws {
    let (code, text) = try await render([])
    #expect(code == 0)
    #expect(text == Self.shipped)
    let object = try await render(["--format", "prometheusrule"])
    let path = Bench.root.appendingPathComponent("config/kubernetes/prometheus-rule.yaml")
    #expect(try object.text == String(contentsOf: path, encoding: .utf8))
  }

  @Test func theConfigurationsThresholdsAndSeveritiesAreInTheRules() async throws {
    let shipped = try #require(Self.shipped)
    try await Bench.withDirectory { directory in
      let alerts = "monitoring_and_alerting/alert_rules"
      let config = try EditedConfiguration.write(
        in: directory,
        [
          (alerts + "/worker_provision_timeout/threshold_seconds", 720),
          (alerts + "/worker_provision_timeout/severity", "critical"),
          (alerts + "/worker_join_failure/threshold_failures", 5), (alerts + "/worker_join_failure/severity", "info"),
          (alerts + "/worker_pool_capacity_low/threshold_percent", 57),
          (alerts + "/ttl_cleanup_failure/enabled", false), (alerts + "/auto_repair_failure/threshold_failures", 4),
          ("cost_tracking/alerts/budget_threshold_percent", 72.5), ("poolkeeper/pace/tick_seconds", 30),
        ])
      let (code, text) = try await render(["--config", config, "--runbooks", "https://wiki.example/run/"])
      #expect(code == 0, "\(text)")
      func rule(_ name: String) -> String {
        let rest = text.components(separatedBy: "- alert: Poolkeeper\(name)\n").dropFirst().first ?? ""
        return rest.components(separatedBy: "\n\n").first ?? ""
      }
      #expect(rule("ProvisioningSlow").contains(") > 720\n"))
      #expect(rule("ProvisioningSlow").contains("severity: critical\n"))
      #expect(rule("ProvisioningSlow").contains("runbook_url: https://wiki.example/run/PoolkeeperProvisioningSlow.md"))
      #expect(rule("JoinFailures").contains(">= 5\n"))
      #expect(rule("JoinFailures").contains("severity: info\n"))
      #expect(rule("PoolNearMaximum").contains(") > 0.57\n"))
      #expect(rule("RepairsFail").contains(">= 4\n"))
      #expect(rule("BudgetNearCap").contains("> 0.725\n"))
      #expect(rule("LoopLate").contains("> 120\n"))
      #expect(!text.contains("PoolkeeperCleanupFailed"), "it is switched off")
      #expect(shipped.contains("PoolkeeperCleanupFailed"))
      #expect(
        text.split(separator: "\n").count { $0.contains("- alert: ") }
          == shipped.split(separator: "\n").count { $0.contains("- alert: ") } - 1)
      guard let promtool = Bench.program("promtool") else {
        return print("skipped: no promtool; scripts/install-packages.sh --test fetches it")
      }
      let file = directory.appendingPathComponent("rendered.yml")
      try Data(text.utf8).write(to: file)
      let check = try RunningProgram(promtool, ["check", "rules", file.path])
      #expect(await check.end() == 0, "\(check.text)")
    }
  }

  @Test func aPrometheusRuleHasTheNamespaceAndTheLabelsThatAreWanted() async throws {
    let (code, text) = try await render([
      "--format", "prometheusrule", "--namespace", "monitoring", "--name", "fleet", "--label", "release=prometheus",
    ])
    #expect(code == 0)
    #expect(
      text.contains(
        "metadata:\n  name: fleet\n  namespace: monitoring\n  labels:\n    app.kubernetes.io/name: \"poolkeeper\"\n"
          + "    release: \"prometheus\"\nspec:\n  groups:\n"))
  }

  @Test func mistakesAreToldWithWhatHelps() async throws {
    let mistakes: [(arguments: [String], words: String)] = [
      (["--runbooks", "wiki"], "https://wiki.example"), (["--label", "release=prometheus"], "--format prometheusrule"),
      (["--format", "prometheusrule", "--label", "release"], "release=prometheus"),
      (["--format", "prometheusrule", "--namespace", "My Space"], "small letters"),
    ]
    for mistake in mistakes {
      let (code, text) = try await render(mistake.arguments)
      #expect(code == 64, "\(mistake.arguments): \(text)")
      #expect(text.contains(mistake.words), "\(text)")
    }
    let nowhere = try RunningProgram(Bench.poolkeeper, ["rules", "render", "--rules", "/does/not/exist"])
    #expect(await nowhere.end() == 4)
    #expect(nowhere.text.contains("--rules"), "\(nowhere.text)")
    try await Bench.withDirectory { directory in
      let old = try #require(Self.shipped).replacing("PoolkeeperLoopLate", with: "PoolkeeperLoopSlow")
      try Data(old.utf8).write(to: directory.appendingPathComponent("poolkeeper.rules.yml"))
      let config = Bench.root.appendingPathComponent("config/worker-pools.json").path
      let other = try RunningProgram(
        Bench.poolkeeper, ["rules", "render", "--rules", directory.path, "--config", config])
      #expect(await other.end() == 64)
      #expect(other.text.contains("PoolkeeperLoopLate"), "\(other.text)")
    }
  }
}
