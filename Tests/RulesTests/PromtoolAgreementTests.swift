import Foundation
import Rules
import Testing
import Yams

/// The shipped rules and Prometheus's own tool agree with us.
@Suite struct PromtoolAgreementTests {
  private static let rules = "rules/poolkeeper.rules.yml"
  private static let tests = "rules/tests/poolkeeper.test.yml"

  @Test func theShippedRulesPassTheirTests() throws {
    let run = try RuleTestRun(Reading.test(Reading.text(Self.tests)), rules: [Reading.rules(Reading.text(Self.rules))])
    let results = run.run()
    #expect(results.count > 15)
    for result in results { #expect(result.failure == nil, "\(result.test): \(result.subject)") }
  }

  @Test func everyShippedAlertHasATest() throws {
    let rules = try Reading.rules(Reading.text(Self.rules)).groups.flatMap(\.rules)
    let tests = try Reading.text(Self.tests)
    for rule in rules {
      guard case .alerting(let name, _, _) = rule.kind else { continue }
      #expect(tests.contains("alertname: \(name)\n"), "\(name)")
    }
  }

  /// Each change of the shipped rules that makes one of the two fail makes the other fail as well.
  @Test(arguments: [
    ("> 600)", "> 6000)"), ("for: 5m", "for: 50m"), ("humanizeDuration", "humanize"), (">= 3", ">= 300"),
    ("severity: warning", "severity: critical"), ("[1h]", "[2m]"), ("> 0.9", "> 0.97"), ("# Workers", "# workers"),
  ])
  func failsWhenPromtoolDoes(old: String, new: String) throws {
    guard let promtool = Promtool.found else { return print("skipped: no promtool; install-packages.sh --test has it") }
    let rules = try Reading.text(Self.rules)
    #expect(rules.contains(old))
    let changed = rules.replacing(old, with: new)
    let tests = try Reading.text(Self.tests).replacing("../poolkeeper.rules.yml", with: "rules.yml")
    let theirs = try promtool.test(["rules.yml": changed, "test.yml": tests], "test.yml")
    let ours = try RuleTestRun(Reading.test(tests), rules: [Reading.rules(changed)]).run()
    #expect(ours.allSatisfy { $0.failure == nil } == theirs.passed, "\(theirs.text)")
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
