import Foundation
import Testing
import Yams

@testable import Rules

/// The shipped rules and Prometheus's own tool agree with us.
@Suite struct PromtoolAgreementTests {
  private static let rules = "rules/poolkeeper.rules.yml"
  private static let tests = Reading.files("rules/tests", ".test.yml")

  @Test(arguments: tests)
  func theShippedRulesPassTheirTests(path: String) throws {
    let run = try RuleTestRun(Reading.test(Reading.text(path)), rules: [Reading.rules(Reading.text(Self.rules))])
    let results = run.run()
    #expect(results.count >= 10)
    for result in results { #expect(result.failure == nil, "\(result.test): \(result.subject)") }
  }

  /// In one test of each alert it is not there, then there, and then not there any more.
  @Test func everyShippedAlertIsTestedToFireAndToEnd() throws {
    let rules = try Reading.rules(Reading.text(Self.rules)).groups.flatMap(\.rules)
    let cases = try Self.tests.flatMap { try Reading.test(Reading.text($0)).tests }
    var alerts = 0
    for rule in rules {
      guard case .alerting(let name, _, _) = rule.kind else { continue }
      alerts += 1
      let isWhole = cases.contains { one in
        let looks = one.alerts.filter { $0.alert == name }
        guard let fires = looks.filter({ !$0.expected.isEmpty }).map(\.time).min() else { return false }
        return looks.contains { $0.time < fires } && looks.contains { $0.time > fires && $0.expected.isEmpty }
      }
      #expect(isWhole, "\(name) has no test in which it is absent, fires and ends")
    }
    #expect(alerts >= 25)
  }

  /// Each change of the shipped rules that makes one of the two fail makes the other fail as well.
  @Test(arguments: [
    ("> 600", "> 6000", "workers"), ("for: 5m", "for: 50m", "pools"), ("humanizeDuration", "humanize", "loop"),
    (">= 3", ">= 300", "workers"), ("severity: warning", "severity: critical", "samples"), ("[1h]", "[2m]", "money"),
    ("> 0.9", "> 0.97", "pools"), ("# Per", "# per", "samples"), ("min by (cluster", "max by (cluster", "loop"),
    ("poolkeeper_leading == 1", "poolkeeper_leading == 0", "pools"),
  ])
  func failsWhenPromtoolDoes(old: String, new: String, subject: String) throws {
    guard let promtool = Promtool.found else { return print("skipped: no promtool; install-packages.sh --test has it") }
    let rules = try Reading.text(Self.rules)
    #expect(rules.contains(old))
    let changed = rules.replacing(old, with: new)
    let tests = try Reading.text("rules/tests/\(subject).test.yml")
      .replacing("../poolkeeper.rules.yml", with: "rules.yml")
    let theirs = try promtool.test(["rules.yml": changed, "test.yml": tests], "test.yml")
    let ours = try RuleTestRun(Reading.test(tests), rules: [Reading.rules(changed)]).run()
      .allSatisfy { $0.failure == nil }
    #expect(ours == theirs.passed, "\(theirs.text)")
    #expect(ours == (old == "# Per"), "only a comment may be changed without notice")
  }

  /// What our templates make of values is what promtool expects of them.
  @Test func expandsTemplatesAsPromtoolDoes() throws {
    guard let promtool = Promtool.found else { return print("skipped: no promtool; install-packages.sh --test has it") }
    // Newer than the package: not known there, or of another meaning.
    let newer = ["stripPort", "toTime"]
    let cases = TemplateTests.table.filter { one in !newer.contains(where: one.template.contains) }
    var rules = "groups:\n  - name: templates\n    rules:\n"
    var test = "rule_files: [rules.yml]\ntests:\n  - interval: 1m\n    input_series:\n"
    var expectations = ""
    for (index, one) in cases.enumerated() {
      rules += "      - alert: T\(index)\n        expr: 'v{case=\"\(index)\"} == v{case=\"\(index)\"}'\n"
      rules += "        annotations:\n          text: \(quoted("<" + one.template + ">"))\n"
      test += "      - series: 'v{case=\"\(index)\",pool=\"burst\"}'\n        values: \"\(one.value)\"\n"
      expectations += "      - eval_time: 0m\n        alertname: T\(index)\n        exp_alerts:\n"
      expectations += "          - exp_labels: {case: \"\(index)\", pool: burst}\n"
      expectations += "            exp_annotations: {text: \(quoted("<" + one.text + ">"))}\n"
    }
    let (passed, text) = try promtool.test(
      ["rules.yml": rules, "test.yml": test + "    alert_rule_test:\n" + expectations], "test.yml")
    #expect(passed, "\(text)")
  }

  /// A text as JSON, which YAML reads as it is.
  private func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    return "\"\(escaped)\""
  }
}
