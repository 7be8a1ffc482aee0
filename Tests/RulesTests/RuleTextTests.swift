import Foundation
import Rules
import Testing
import Yams

/// Rules are changed as text, so that their comments stay.
@Suite struct RuleTextTests {
  private static let shipped = "rules/poolkeeper.rules.yml"

  private static let small = """
    # Head.
    groups:
      - name: a
        rules:
          # First.
          - alert: A
            expr: a > 600
            labels:
              severity: warning
            annotations:
              runbook_url: file:///doc/A.md

          # Second,
          # in two lines.
          - alert: B
            expr: |
              b
                > 600
            labels:
              severity: info

          - record: c:c:c
            expr: c

    """

  private func change(
    _ alert: String, _ edit: (inout RuleChange) -> Void
  ) throws -> String {
    var text = RuleText(Self.small)
    var change = RuleChange(alert)
    edit(&change)
    try text.apply(change)
    return text.text
  }

  @Test func changesOneRuleAndLeavesTheRest() throws {
    let text = try change("A") {
      $0.severity = "critical"
      $0.shippedThreshold = "> 600"
      $0.threshold = "> 900"
    }
    let expected = Self.small.replacing("a > 600", with: "a > 900").replacing(
      "severity: warning", with: "severity: critical")
    #expect(text == expected)
    let second = try change("B") {
      $0.shippedThreshold = "> 600"
      $0.threshold = "> 1.5"
    }
    #expect(second == Self.small.replacing("    > 600", with: "    > 1.5"))
  }

  @Test func leavesARuleOutWithItsComments() throws {
    let text = try change("B") { $0.isLeftOut = true }
    #expect(!text.contains("Second") && !text.contains("in two lines") && !text.contains("alert: B"))
    #expect(text.contains("runbook_url: file:///doc/A.md\n\n      - record"), "one empty line is left\n\(text)")
    #expect(try Reading.rules(text).groups[0].rules.map(\.name) == ["A", "c:c:c"])
  }

  @Test func aRuleThatIsNotAsExpectedIsRefused() {
    #expect(throws: RulesError.self) { try change("C") { $0.severity = "info" } }
    #expect(throws: RulesError.self) {
      try change("A") {
        $0.shippedThreshold = "> 700"
        $0.threshold = "> 1"
      }
    }
    #expect(throws: RulesError.self) { try change("c:c:c") { $0.isLeftOut = true } }
  }

  @Test func runbooksMoveBelowAnAddress() throws {
    var text = RuleText(Self.small)
    try text.setRunbooks("https://wiki.example/run?dir=")
    #expect(text.text.contains("          runbook_url: https://wiki.example/run?dir=/A.md\n"))
    try text.setRunbooks("https://wiki.example/")
    #expect(text.text.contains("          runbook_url: https://wiki.example/A.md\n"))
    for wrong in ["wiki", "https://", "://wiki", "https://a b", "https://a\"", "https://a #b", "https://a\nb"] {
      #expect(throws: RulesError.self, "\(wrong)") { try text.setRunbooks(wrong) }
    }
  }

  /// The file that is checked in for the operator is what the rules are.
  @Test func theShippedPrometheusRuleIsMadeOfTheRules() throws {
    let path = "config/kubernetes/prometheus-rule.yaml"
    let rules = try Reading.text(Self.shipped)
    let made = try RuleText(rules).prometheusRule(
      name: "poolkeeper", namespace: "poolkeeper", labels: [("app.kubernetes.io/name", "poolkeeper")])
    if ProcessInfo.processInfo.environment["POOLKEEPER_RECORD"] != nil {
      try made.write(to: Reading.root.appendingPathComponent(path), atomically: true, encoding: .utf8)
    }
    #expect(try Reading.text(path) == made, "run POOLKEEPER_RECORD=1 swift test --filter RuleTextTests")
    let object = try #require(try Yams.load(yaml: made) as? [String: Any])
    #expect(object["kind"] as? String == "PrometheusRule")
    #expect((object["metadata"] as? [String: Any])?["namespace"] as? String == "poolkeeper")
    // Its spec is the rules' file.
    struct Wrapped: Decodable {
      var spec: RuleFile
    }
    let spec = try YAMLDecoder().decode(Wrapped.self, from: made).spec
    let plain = try Reading.rules(rules)
    #expect(spec.groups.map(\.name) == plain.groups.map(\.name))
    #expect(spec.groups.flatMap(\.rules).map(\.name) == plain.groups.flatMap(\.rules).map(\.name))
    #expect(spec.groups.flatMap(\.rules).map(\.annotations) == plain.groups.flatMap(\.rules).map(\.annotations))
  }
}
