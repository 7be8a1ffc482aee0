import PromQL
import Testing
import TimeSeries

@Suite struct QueryParsingTests {
  @Test(arguments: [
    ("foo", "foo"), ("{\"my.metric\", \"a.b\"='x'}", "{\"my.metric\",\"a.b\"=\"x\"}"), ("{\"up\"}", "up"),
    ("SUM(foo) BY (a,b)", "sum by (a, b) (foo)"), ("sum by () (foo)", "sum(foo)"),
    ("sum without (a) (foo)", "sum without (a) (foo)"), ("foo[5m] OFFSET 1h", "foo[5m] offset 1h"),
    ("foo offset -5m @ 10", "foo @ 10.000 offset -5m"), ("foo @ start()", "foo @ start()"),
    ("rate(foo[90s])", "rate(foo[1m30s])"), ("foo[1h:]", "foo[1h:]"), ("foo[1h:30]", "foo[1h:30]"),
    ("a+b*c^d", "a + b * c ^ d"), ("a == bool 1", "a == bool 1"), ("-a", "-a"), ("- 1", "-1"), ("5m", "5m"),
    ("0x1F", "31"),
    ("a * on(x) group_left(y) b", "a * on (x) group_left (y) b"), ("a and ignoring(x) b", "a and ignoring (x) b"),
    ("a / on() group_right b", "a / on () group_right () b"), ("a + fill(0) b", "a + fill (0) b"),
    ("foo{a='x',}", "foo{a=\"x\"}"), ("{a=`\\n`, b!~\"c\"}", "{a=\"\\\\n\",b!~\"c\"}"), ("sum", "sum"),
    ("by{on='1'}", "by{on=\"1\"}"),
    ("1 # comment", "1"), ("topk(3, a)", "topk(3, a)"), ("count_values('v', a)", "count_values(\"v\", a)"),
    ("a[5m + 1m]", "a[5m + 1m]"), ("rate(a[5m] anchored)", "rate(a[5m] anchored)"),
    ("a or b unless c", "a or b unless c"),
  ])
  func formatsInCanonicalNotation(_ text: String, _ expected: String) throws {
    #expect(try Query(parse: text).format() == expected)
  }

  @Test func splitsLongExpressionsIntoLines() throws {
    let selector = "node_cpu_seconds_total{cluster=\"a-rather-long-name-of-a-cluster\",mode!=\"idle\"}[5m]"
    let text = "sum by (node) (rate(\(selector))) / 2 > 0.5"
    let lines = ["    sum by (node) (", "      rate(\(selector))", "    )", "  /", "    2", ">", "  0.5"]
    #expect(try Query(parse: text).format() == lines.joined(separator: "\n"))
  }

  @Test(arguments: [
    ("", "1:1: parse error: no expression found in input"),
    ("foo{", "1:5: parse error: unexpected end of input inside braces"),
    ("foo\n  )", "2:3: parse error: unexpected \")\""),
    ("sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"),
    ("rate(foo)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"),
    ("rate()", "1:1: parse error: expected 1 argument(s) in call to function \"rate\", got 0"),
    ("nosuch(foo)", "1:1: parse error: unknown function with name \"nosuch\""),
    ("1 == 1", "1:1: parse error: comparisons between scalars must use BOOL modifier"),
    ("1 + bool 1", "1:5: parse error: bool modifier can only be used on comparison operators"),
    ("1 and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"),
    ("foo and on(a) group_left bar", "1:15: parse error: no grouping allowed for \"and\" operation"),
    ("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
    ("{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
    ("foo @ 1e300", "1:7: parse error: timestamp out of bounds for @ modifier: \(FloatFormat.decimal(1e300))"),
    ("foo[300y]", "1:5: parse error: duration out of range"),
    ("foo offset -300y", "1:12: parse error: duration out of range"),
    ("foo[0s]", "1:5: parse error: duration must be greater than 0"),
    ("foo offset 5m offset 5m", "1:15: parse error: offset may not be set multiple times"),
    ("foo[5m", "1:7: parse error: unexpected end of input inside brackets"),
    ("1d5y", "1:1: parse error: bad number or duration syntax: \"1d5y\""),
    ("foo{__name__=\"bar\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\""),
    ("\"a", "1:1: parse error: unterminated quoted string"),
    ("topk(foo)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"),
    ("a * on(b) group_left(b) c", "1:23: parse error: label \"b\" must not occur in ON and GROUP clause at once"),
    ("(foo + 1)[5m]", "1:10: parse error: ranges only allowed for vector selectors"),
    ("abs(foo,)", "1:9: parse error: trailing commas not allowed in function call args"),
  ])
  func saysWhereAndWhatIsWrong(_ text: String, _ message: String) {
    let error = #expect(throws: PromQLError.self) { try Query(parse: text) }
    #expect(error?.code == .badData)
    #expect(error?.description == message)
  }

  @Test func tellsAllSelectorsAndTheType() throws {
    let query = try Query(parse: "sum(rate(a{x=\"1\"}[5m])) / scalar(b) + max_over_time(c[1h:1m])")
    #expect(
      query.selectors.map { $0.map(\.description).sorted() } == [
        ["__name__=\"a\"", "x=\"1\""], ["__name__=\"b\""], ["__name__=\"c\""],
      ])
    #expect(query.resultType == "vector")
    #expect(try Query(parse: "a[5m]").resultType == "matrix")
    #expect(try Query(parse: "\"a\"").resultType == "string")
    #expect(try Query(parse: "1 + time()").resultType == "scalar")
  }
}
