import Rules
import Testing

@Suite struct RuleTestRunTests {
  private static let rules = """
    groups:
      - name: recordings
        rules:
          - record: job:up:sum
            expr: sum by (job) (up)
            labels: {kind: sum}
      - name: alerts
        labels: {team: infra}
        rules:
          - alert: Down
            expr: up == 0
            for: 2m
            keep_firing_for: 3m
            labels: {severity: critical, who: "{{ $labels.job }}"}
            annotations: {summary: "{{ $labels.instance }} is {{ $value }}"}
          - alert: Few
            expr: job:up:sum < 2
    """

  private static let head = """
    evaluation_interval: 1m
    tests:
      - interval: 1m
        input_series:
          - {series: 'up{job="a",instance="1"}', values: "1 0 0 0 1 1 1 1 1 1"}
          - {series: 'up{job="a",instance="2"}', values: "1x9"}

    """

  private func failures(_ expectations: String) throws -> [String] {
    try Reading.run(Self.head + expectations, rules: Self.rules).compactMap(\.failure)
  }

  private func down(at time: String, fires: Bool) -> String {
    let alert =
      "{exp_labels: {severity: critical, team: infra, who: a, job: a, instance: '1'}, "
      + "exp_annotations: {summary: 1 is 0}}"
    return "      - {eval_time: \(time), alertname: Down, exp_alerts: [\(fires ? alert : "")]}\n"
  }

  @Test(arguments: [
    ("0", false), ("1m", false), ("2m", false), ("2m59s", false), ("3m", true), ("4m", true), ("6m", true),
    ("7m", false), ("9m", false),
  ])
  func firesAfterItsHoldTimeAndIsKeptForAWhile(time: String, fires: Bool) throws {
    #expect(try failures("    alert_rule_test:\n" + down(at: time, fires: fires)) == [])
    let wrong = try failures("    alert_rule_test:\n" + down(at: time, fires: !fires))
    #expect(wrong.count == 1)
    #expect(wrong.first?.contains(fires ? "expected:\n    no alert" : "got:\n    no alert") == true)
  }

  @Test func alertsAreSeriesOfTheirOwn() throws {
    let labels = #"alertname="Down",instance="1",job="a",severity="critical",team="infra",who="a""#
    let found = try failures(
      """
          promql_expr_test:
            - {expr: 'ALERTS{alertname="Down"}', eval_time: 0m, exp_samples: []}
            - expr: 'ALERTS{alertname="Down"}'
              eval_time: 2m
              exp_samples: [{labels: 'ALERTS{alertstate="pending",\(labels)}', value: 1}]
            - expr: 'ALERTS{alertname="Down"}'
              eval_time: 3m
              exp_samples: [{labels: 'ALERTS{alertstate="firing",\(labels)}', value: 1}]
            - expr: 'ALERTS_FOR_STATE{alertname="Down"}'
              eval_time: 3m
              exp_samples: [{labels: 'ALERTS_FOR_STATE{\(labels)}', value: 60}]
            - {expr: 'ALERTS{alertname="Down"}', eval_time: 8m, exp_samples: []}
      """)
    #expect(found == [])
  }

  @Test func recordedSeriesAreThereForLaterRulesAndEndWhenTheirSourceDoes() throws {
    let found = try Reading.run(
      """
      evaluation_interval: 1m
      tests:
        - interval: 1m
          input_series: [{series: 'up{job="a"}', values: "1 1 stale"}]
          promql_expr_test:
            - expr: job:up:sum
              eval_time: 1m
              exp_samples: [{labels: 'job:up:sum{job="a",kind="sum"}', value: 1}]
            - {expr: job:up:sum, eval_time: 2m, exp_samples: []}
            - {expr: count(job:up:sum) + 1, eval_time: 1m, exp_samples: [{labels: "{}", value: 2}]}
          alert_rule_test:
            - eval_time: 1m
              alertname: Few
              exp_alerts: [{exp_labels: {team: infra, job: a, kind: sum}}]
            - {eval_time: 2m, alertname: Few}
      """, rules: Self.rules)
    #expect(found.compactMap(\.failure) == [])
    #expect(found.count == 5)
  }

  @Test func groupsAreEvaluatedInTheOrderAskedFor() throws {
    let rules = """
      groups:
        - name: second
          rules: [{record: b, expr: a + 1}]
        - name: first
          rules: [{record: a, expr: vector(1)}]
      """
    func test(_ order: String) -> String {
      "\(order)\ntests: [{promql_expr_test: [{expr: b, eval_time: 0m, exp_samples: [{labels: b, value: 2}]}]}]"
    }
    #expect(try Reading.run(test("group_eval_order: [first, second]"), rules: rules).first?.failure == nil)
    #expect(try Reading.run(test(""), rules: rules).first?.failure != nil)
    #expect(throws: RulesError.self) { try Reading.run(test("group_eval_order: [third]"), rules: rules) }
  }

  @Test func comparesHistogramsAndNaN() throws {
    let test = """
      tests:
        - interval: 1m
          input_series:
            - {series: h, values: "{{schema:0 sum:3 count:2 buckets:[2]}}x2"}
            - {series: n, values: "NaN"}
          promql_expr_test:
            - {expr: h, eval_time: 1m, exp_samples: [{labels: h, histogram: "{{schema:0 sum:3 count:2 buckets:[2 0]}}"}]}
            - {expr: n, eval_time: 0m, exp_samples: [{labels: n, value: .nan}]}
            - {expr: h, eval_time: 1m, exp_samples: [{labels: h, histogram: "{{schema:0 sum:3 count:2 buckets:[1 1]}}"}]}
      """
    #expect(try Reading.run(test, rules: "groups: []").map { $0.failure == nil } == [true, true, false])
  }

  @Test func valuesAreComparedExactlyUnlessToldOtherwise() throws {
    func test(_ head: String) -> String {
      head + "tests: [{promql_expr_test: [{expr: 0.1 + 0.2, eval_time: 0m, exp_samples: [{labels: '', value: 0.3}]}]}]"
    }
    #expect(try Reading.run(test(""), rules: "groups: []").first?.failure != nil)
    #expect(try Reading.run(test("fuzzy_compare: true\n"), rules: "groups: []").first?.failure == nil)
  }

  @Test func aRuleThatCannotBeEvaluatedIsAFailure() throws {
    let rules = """
      groups:
        - name: g
          limit: 1
          rules:
            - {record: r, expr: up}
            - {alert: Same, expr: up, labels: {instance: same}}
            - {alert: Text, expr: up, annotations: {a: "{{ $labels.x.y }}"}}
      """
    let test = """
      tests:
        - input_series: [{series: 'up{instance="1"}', values: 1}, {series: 'up{instance="2"}', values: 1}]
          promql_expr_test: [{expr: count(up), eval_time: 0m, exp_samples: [{labels: "{}", value: 2}]}]
      """
    let failures = try Reading.run(test, rules: rules).compactMap(\.failure)
    #expect(failures.count == 3)
    for (failure, text) in zip(failures, ["limit of 1", "several elements", "has no field y"]) {
      #expect(failure.contains(text), "\(failure)")
    }
  }

  @Test(arguments: [
    ("groups: [{name: g, rules: [{alert: A, expr: up, fore: 1m}]}]", "no key \"fore\""),
    ("groups: [{name: g, rules: [{expr: up}]}]", "either record or alert"),
    ("groups: [{name: g, rules: [{record: r, expr: 'up('}]}]", "expression of r is wrong"),
    ("groups: [{name: g, rules: [{record: r, expr: up, for: 1m}]}]", "takes no for"),
    ("groups: [{name: g, rules: [{alert: A, expr: up, for: soon}]}]", "no duration"),
    ("groups: [{name: g, rules: [{alert: A, expr: up, annotations: {a: '{{ x'}}]}]", "template of a is wrong"),
    ("group: []", "no key \"group\""),
  ])
  func refusesRuleFilesThatAreWrong(yaml: String, complaint: String) {
    let error = #expect(throws: DecodingError.self) { _ = try Reading.rules(yaml) }
    guard case .dataCorrupted(let context)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.debugDescription.contains(complaint), "\(context.debugDescription)")
  }

  @Test(arguments: [
    ("tests: [{input_series: [{series: 'up{', values: 1}]}]", "input_series"),
    ("tests: [{input_series: [{series: up, values: one}]}]", "input_series"),
    ("evaluation_interval: 1ms\ntests: [{promql_expr_test: [{expr: up, eval_time: 1y}]}]", "intervals"),
    ("tests: [{promql_expr_test: [{expr: 'up(', eval_time: 1m}]}]", "up( at 1m"),
    ("tests: [{promql_expr_test: [{expr: 'up[1m]', eval_time: 1m}]}]", "up[1m] at 1m"),
  ])
  func testsThatAreWrongFailAndSayWhy(yaml: String, subject: String) throws {
    let results = try Reading.run(yaml, rules: "groups: []")
    #expect(results.count == 1)
    #expect(results.first?.subject == subject)
    #expect(results.first?.failure != nil)
  }
}
