import PromQL
import Testing

@Suite struct ScriptRunnerTests {
  private func results(_ text: String) -> [PromQLScript.CaseResult] {
    PromQLScript(text, file: "case.test").run()
  }

  @Test func reportsTheLineAndBothValuesWhenAValueIsWrong() throws {
    let result = try #require(results("load 1m\n  a 1 2\n\neval instant at 1m a\n  a 3\n").first)
    #expect(result.line == 4)
    let failure = try #require(result.failure)
    #expect(failure.contains("expected 3, got 2"))
  }

  @Test(arguments: [
    ("eval instant at 0 a\n", "unexpected series"),
    ("eval instant at 0 b\n  b 1\n", "expected {__name__=\"b\"}"),
    ("eval instant at 0 a\n  expect fail\n", "expected an error"),
    ("eval instant at 0 a +\n  a 1\n", "unexpected error"),
    ("eval instant at 0 a\n  expect warn\n  a 1\n", "expected warning"),
    ("eval instant at 0 quantile(2, a)\n  expect no_warn\n  {} +Inf\n", "expected no warning"),
    ("eval instant at 0 \"x\"\n  expect string \"y\"\n", "expected the string"),
    ("eval instant at 0 1\n  2\n", "expected 2, got 1"),
    ("eval range from 0 to 1m step 1m a\n  a 1 3\n", "step 1"),
    ("eval range from 0 to 1m step 1m a\n  a 1\n", "expected nothing"),
    ("eval range from 0 to 1m step 1m a\n  a 1 2 3\n", "got nothing"),
    ("eval sometimes a\n", "expected \"instant\" or \"range\""),
    ("evaluate a\n", "unknown command"),
  ])
  func failsACaseThatDoesNotHold(_ script: String, _ message: String) throws {
    let all = results("load 1m\n  a 1 2\n\n" + script)
    let failure = try #require(all.first?.failure)
    #expect(failure.contains(message), "\(failure)")
  }

  @Test func failsAnOrderedCaseWhenTheOrderDiffers() throws {
    let script =
      "load 1m\n  a{x=\"1\"} 1\n  a{x=\"2\"} 2\n\neval_ordered instant at 0 sort_desc(a)\n  a{x=\"1\"} 1\n  a{x=\"2\"} 2\n"
    #expect(results(script).first?.failure?.contains("in this order") == true)
  }

  @Test(arguments: [
    ("1 2 3", "count_over_time(a[10m])", 3.0), ("1x4", "count_over_time(a[10m])", 5),
    ("1+2x3", "sum_over_time(a[10m])", 16), ("5-1x2", "sum_over_time(a[10m])", 12),
    ("1 _x3 2", "count_over_time(a[10m])", 2), ("1 stale 2", "count_over_time(a[10m])", 2),
    ("-1.5e1 0x10", "sum_over_time(a[20m])", -15), ("0x1f", "sum_over_time(a[20m])", 31),
    ("Inf", "a", .infinity), ("-Inf", "a", -.infinity),
  ])
  func readsTheNotationOfPoints(_ points: String, _ expression: String, _ expected: Double) throws {
    let time = points.contains("Inf") ? "0" : "9m"
    let script = "load 1m\n  a \(points)\n\neval instant at \(time) \(expression)\n  {} \(expected)\n"
    let all = results(script.replacing("  {} inf", with: "  a Inf").replacing("  {} -inf", with: "  a -Inf"))
    #expect(all.count == 1)
    #expect(all.first?.failure == nil)
  }
}
