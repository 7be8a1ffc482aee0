import PromQL
import Testing
import TimeSeries

/// What the comparison with the real Prometheus has found, each kept as a script.
@Suite struct EngineAgreementTests {
  static let scripts: [(name: String, text: String)] = [
    (
      "texts in two normal forms of Unicode are two values",
      """
      load 1m
        m{x="gr\u{f6}\u{df}e"} 1
        m{x="gro\u{308}\u{df}e"} 2

      eval instant at 0 count by (x) (m)
        {x="gr\u{f6}\u{df}e"} 1
        {x="gro\u{308}\u{df}e"} 1

      eval instant at 0 m{x="gro\u{308}\u{df}e"}
        m{x="gro\u{308}\u{df}e"} 2

      eval instant at 0 m{x=~"gr\u{f6}\u{df}e|gro\u{308}\u{df}e"}
        m{x="gr\u{f6}\u{df}e"} 1
        m{x="gro\u{308}\u{df}e"} 2

      eval instant at 0 m + on (x) m
        {x="gr\u{f6}\u{df}e"} 2
        {x="gro\u{308}\u{df}e"} 4
      """
    ),
    (
      "a series that was joined from two rows is one again when both lose their name",
      """
      load 1m
        m{x="a"} 0+60x2 stale

      eval range from 2m to 4m step 1m abs(m or rate(m[5m]))
        {x="a"} 120 0.6 0.5
      """
    ),
    (
      "the label of count_values is dropped by a grouping without it",
      """
      load 1m
        m{job="a", x="1"} 5
        m{job="b", x="1"} 6

      eval instant at 0 count_values without (job) ("job", m)
        {x="1"} 2

      eval instant at 0 count_values without (x) ("job", m)
        {job="5"} 1
        {job="6"} 1

      eval instant at 0 count_values("job", m)
        {job="5"} 1
        {job="6"} 1
      """
    ),
    (
      "a series that keeps its name is another than one that loses it",
      """
      load 1m
        m{x="1"} 1 1 _ stale

      eval range from 0 to 3m step 1m m or (m offset 2m) * 2
        m{x="1"} 1 1 1
        {x="1"} _ _ _ 2
      """
    ),
    (
      "factors of smoothing are looked at where there is something to smooth",
      """
      load 1m
        m 1 2 3

      eval instant at 2m double_exponential_smoothing(none[5m], 0, 0.5)

      eval instant at 1h double_exponential_smoothing(m[5m], 0, 0.5)

      eval instant at 2m double_exponential_smoothing(m[5m], 0, 0.5)
        expect fail

      eval instant at 2m double_exponential_smoothing(m[5m], 0.5, 1)
        expect fail

      eval instant at 2m double_exponential_smoothing(m[5m], NaN, 0.5)
        {} NaN
      """
    ),
    (
      "absent takes a label unless a later matcher is for it",
      """
      eval instant at 0 absent(m{job!="x", job="a"})
        {job="a"} 1

      eval instant at 0 absent(m{job="a", job!="x"})
        {} 1

      eval instant at 0 absent(m{job="a", job="b", i="1"})
        {i="1"} 1
      """
    ),
    (
      "bounds of NaN",
      """
      eval instant at 0 clamp_max(vector(NaN), -Inf)
        {} -Inf

      eval instant at 0 clamp_min(vector(NaN), Inf)
        {} Inf

      eval instant at 0 clamp_max(vector(NaN), Inf)
        {} NaN

      eval instant at 0 1 / clamp_min(vector(-1), -0)
        {} -Inf

      eval instant at 0 1 / clamp_min(vector(-0), 0)
        {} Inf

      eval instant at 0 1 / clamp_max(vector(0), -0)
        {} -Inf
      """
    ),
    (
      "label_join needs names of labels",
      """
      load 1m
        m{a="1"} 1

      eval instant at 0 label_join(m, "b", "-", "a", "")
        expect fail regex: invalid source label name in label_join.*

      eval instant at 0 label_join(m, "b", "-", "a", "none", "a")
        m{a="1", b="1--1"} 1
      """
    ),
    (
      "matching by no labels between scalars",
      """
      eval instant at 0 3 % on () (2)
        1

      eval instant at 0 vector(3) + ignoring () 1
        {} 4

      eval instant at 0 3 % on (job) 2
        expect fail
      """
    ),
    (
      "names of groups are of letters and digits of all scripts",
      """
      load 1m
        m{a="xy"} 1

      eval instant at 0 label_replace(m, "b", "$1\u{fc}-$\u{fc}-${\u{fc}}-$01-$1\u{308}-${1-${}", "a", "(x).*")
        m{a="xy", b="----x\u{308}-${1-${}"} 1
      """
    ),
    (
      "expressions of labels are UTF-8",
      """
      load 1m
        m{a="1"} 1

      eval instant at 0 label_replace(m, "b", "x", "a", "\\xff")
        expect fail regex: invalid regular expression in label_replace.*

      eval instant at 0 m{a=~"\\xff"}
        expect fail

      eval instant at 0 m{a!="\\xff"}
        m{a="1"} 1
      """
    ),
    (
      "numbers too large for a float are wrong, numbers too small are zero",
      """
      eval instant at 0 1e400
        expect fail

      eval instant at 0 0xffffffffffffffff
        expect fail

      eval instant at 0 1e-400
        0

      eval instant at 0 0x7fffffffffffffff
        9223372036854775807
      """
    ),
    (
      "inf and nan are no labels to group by",
      """
      eval instant at 0 sum by (NaN) (vector(1))
        expect fail

      eval instant at 0 vector(1) + ignoring (inf) vector(1)
        expect fail
      """
    ),
    (
      "native buckets begin where the zero bucket ends",
      """
      load 1m
        h {{schema:0 z_bucket:2 z_bucket_w:0.4 sum:5 count:6 offset:-1 buckets:[4] n_offset:-1 n_buckets:[4]}}

      eval instant at 0 count_values("v", h)
        {v="{count:6, sum:5, [-0.5,-0.4):4, [-0.4,0.4]:2, (0.4,0.5]:4}"} 1

      eval instant at 0 count_values("v", h - 2 * h)
        {v="{count:-6, sum:-5, [-0.5,-0.4):-4, (0.4,0.5]:-4}"} 1
      """
    ),
    (
      "dates reach as far as whole seconds do",
      """
      eval instant at 0 year(vector(1e15))
        {} 31690708

      eval instant at 0 day_of_month(vector(-1e15))
        {} 29
      """
    ),
  ]

  @Test(arguments: scripts.indices)
  func everyCaseHolds(_ index: Int) {
    let script = Self.scripts[index]
    let results = PromQLScript(script.text, file: script.name).run()
    #expect(!results.isEmpty)
    for result in results {
      if let failure = result.failure {
        Issue.record("\(script.name):\(result.line): \(result.expression): \(failure)")
      }
    }
  }

  @Test func formatsMatchersInOrderOfTheirText() throws {
    #expect(try Query(parse: #"x{z="1",a=~"x",a="2"}"#).format() == #"x{a="2",a=~"x",z="1"}"#)
    #expect(try Query(parse: "1 + on () 2").format() == "1 + 2")
    #expect(try Query(parse: "x[1y2w3d4h5m6s5ms]").format() == "x[382d4h5m6s5ms]")
  }

  @Test func spellsScalarsWithoutExponents() throws {
    let result = try Engine().instant(try Query(parse: "1e21"), TableOfNothing(), at: 1_500)
    let text = String(decoding: result.encodedJSON(), as: UTF8.self)
    #expect(text == #"{"resultType":"scalar","result":[1.500,"1000000000000000000000"]}"#)
  }

  private struct TableOfNothing: SeriesSource {
    func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) -> [any SelectedSeries] { [] }
  }

  @Test func takesAMarkOnAnOperatorForSyntax() throws {
    // U+0308 makes one character of the dot and itself; the expression has a dot all the same.
    let expression = try RegularExpression("a.\u{308}")
    #expect(expression.matches("ax\u{308}"))
    #expect(expression.literals == nil)
  }

  @Test func refusesAQuotationWithoutEnd() throws {
    #expect(throws: TimeSeriesError.self) { try RegularExpression("\\Qa.b") }
    #expect(try RegularExpression("\\Qa.b\\E+").matches("a.bb"))
  }
}
