import PromQL
import Testing
import TimeSeries

@Suite struct QueryParsingTests {
  @Test(arguments: [
    ("foo", "foo"), ("{\"my.metric\", \"a.b\"='x'}", "{\"my.metric\",\"a.b\"=\"x\"}"), ("{\"up\"}", "up"),
    ("SUM(foo) BY (a,b)", "sum by (a, b) (foo)"), ("sum by () (foo)", "sum(foo)"),
    ("sum without (a) (foo)", "sum without (a) (foo)"), ("foo[5m] OFFSET 1h", "foo[5m] offset 1h"),
    ("foo offset -5m @ 10", "foo @ 10.000 offset -5m"), ("foo @ start()", "foo @ start()"),
    ("rate(foo[90s])", "rate(foo[1m30s])"), ("foo[1h:]", "foo[1h:]"), ("foo[1h:30]", "foo[1h:30s]"),
    ("1e6 + 0.00001", "1e+06 + 1e-05"), ("foo[90] offset -30", "foo[1m30s] offset -30s"),
    ("{b='1',a!='2'}", "{a!=\"2\",b=\"1\"}"),
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
    let sorted = "node_cpu_seconds_total{cluster=\"a-rather-long-name-of-a-cluster\",mode!=\"idle\"}[5m]"
    let lines = ["    sum by (node) (", "      rate(\(sorted))", "    )", "  /", "    2", ">", "  0.5"]
    #expect(try Query(parse: text).format() == lines.joined(separator: "\n"))
  }

  @Test(arguments: [
    ("", "1:1: parse error: no expression found in input"),
    ("foo{", "1:5: parse error: unexpected end of input inside braces"),
    ("foo\n  )", "2:4: parse error: unexpected right parenthesis ')'"),
    ("sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"),
    ("rate(foo)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"),
    ("rate()", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 0"),
    ("nosuch(foo)", "1:1: parse error: unknown function with name \"nosuch\""),
    ("1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
    ("1 + bool 1", "1:3: parse error: bool modifier can only be used on comparison operators"),
    ("1 and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"),
    ("foo and on(a) group_left bar", "1:1: parse error: no grouping allowed for \"and\" operation"),
    ("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
    ("{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
    ("foo @ -Inf", "1:1: parse error: timestamp out of bounds for @ modifier: -Inf"),
    ("foo[300y]", "1:5: parse error: duration out of range"),
    ("foo offset -300y", "1:12: parse error: duration out of range"),
    ("foo[0s]", "1:5: parse error: duration must be greater than 0"),
    ("foo offset 5m offset 5m", "1:1: parse error: offset may not be set multiple times"),
    ("foo[5m", "1:7: parse error: unclosed left bracket"),
    ("1d5y", "1:1: parse error: bad number or duration syntax: \"1d5\""),
    ("foo[5m1h1m]", "1:5: parse error: not a valid duration string: \"5m1h1m\""),
    ("2.5.", "1:4: parse error: unexpected character: '.'"),
    ("100..4", "1:5: parse error: unexpected number \".4\""),
    ("foo{__name__=\"bar\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\""),
    ("\"a", "1:1: parse error: unterminated quoted string"),
    ("topk(foo)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"),
    ("a * on(b) group_left(b) c", "1:3: parse error: label \"b\" must not occur in ON and GROUP clause at once"),
    ("(foo + 1)[5m]", "1:10: parse error: ranges only allowed for vector selectors"),
    ("abs(foo,)", "1:8: parse error: trailing commas not allowed in function call args"),
    ("((1)", "1:5: parse error: unclosed left parenthesis"),
    ("1 + * 2", "1:5: parse error: unexpected <op:*>"),
    ("foo bar", "1:5: parse error: unexpected identifier \"bar\""),
    ("foo by", "1:5: parse error: unexpected <by>"),
    ("foo{a}", "1:6: parse error: unexpected \"}\" in label matching, expected label matching operator"),
    ("foo{a=1}", "1:7: parse error: unexpected character inside braces: '1'"),
    ("foo{a='b' c='d'}", "1:11: parse error: unexpected identifier \"c\" in label matching, expected \",\" or \"}\""),
    ("1 =~ 1", "1:3: parse error: unexpected character after '=': '~'"),
    ("1 !~ 1", "1:3: parse error: unexpected character after '!': '~'"),
    ("sum by a (foo)", "1:8: parse error: unexpected identifier \"a\" in grouping opts, expected \"(\""),
    (
      "foo[]",
      "1:5: parse error: unexpected \"]\" in subquery or range selector, expected number, duration, step(), or range()"
    ),
    (
      "foo offset bar",
      "1:12: parse error: unexpected identifier \"bar\" in offset, expected number, duration, step(), or range()"
    ),
    ("foo @ bar", "1:7: parse error: unexpected identifier \"bar\" in @, expected timestamp"),
    ("foo[5m/0]", "1:7: parse error: division by zero"),
    ("foo offset (5m%0s)", "1:15: parse error: modulo by zero"),
    ("(5 + 2)[5m:]", "1:1: parse error: subquery is only allowed on instant vector, got scalar instead"),
    ("'\\c'", "1:1: parse error: unknown escape sequence U+0063 'c'"),
    ("foo + bool fill(0) bar", "1:5: parse error: bool modifier can only be used on comparison operators"),
    ("foo and fill(0) bar", "1:1: parse error: filling in missing series not allowed for set operators"),
    ("foo + fill(0) 1", "1:1: parse error: filling in missing series only allowed between instant vectors"),
    ("foo[5m:1m] anchored", "1:1: parse error: anchored modifier is not supported for subqueries"),
    ("rate(foo[5m] anchored smoothed)", "1:6: parse error: anchored and smoothed modifiers cannot be used together"),
    ("foo{a=~'(('}", "1:5: parse error: error parsing regexp: missing closing ): `((`"),
    ("foo{a=~'b)'}", "1:5: parse error: error parsing regexp: unexpected ): `b)`"),
    ("foo{a!~'*'}", "1:5: parse error: error parsing regexp: missing argument to repetition operator: `*`"),
    ("foo{a=~'[b'}", "1:5: parse error: error parsing regexp: missing closing ]: `[b`"),
    ("foo{a=~'b**'}", "1:5: parse error: error parsing regexp: invalid nested repetition operator: `**`"),
    ("foo{a=~'b\\\\'}", "1:5: parse error: error parsing regexp: trailing backslash at end of expression: ``"),
    ("foo{a=~'(?=b)'}", "1:5: parse error: error parsing regexp: invalid or unsupported Perl syntax: `(?=`"),
    ("foo{a=~'[z-a]'}", "1:5: parse error: error parsing regexp: invalid character class range: `z-a`"),
    ("info(foo, bar)", "1:11: parse error: expected label selectors only, got vector selector instead"),
    ("{__name__='a',__name__='b'}", "1:1: parse error: metric name must not be set twice: \"a\" or \"b\""),
    (
      String(repeating: "(", count: 1000) + "1" + String(repeating: ")", count: 1000),
      "1:401: parse error: expression is nested more than 400 levels deep; split it up"
    ),
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

  @Test func namesEverySelectorOnce() throws {
    let query = try Query(parse: #"sum(rate(a{b="c"}[5m] offset 1m)) / a + a{b="c"} @ 5 + {"my.metric",x!~"y"}"#)
    #expect(query.selectorTexts == [#"a{b="c"}"#, "a", #"{"my.metric",x!~"y"}"#])
    #expect(try Query(parse: "1 + 1").selectorTexts == [])
  }
}
