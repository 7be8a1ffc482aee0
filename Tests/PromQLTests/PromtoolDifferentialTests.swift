import Testing
import TimeSeries

@testable import PromQL

/// Random expressions, evaluated here and by the installed Prometheus.
///
/// What 2.x and 3.x mean differently is left out by rule: windows end between samples (closed or open edges do not
/// matter), no selector spans several metric names (names are dropped later in 3.x), no ties are ranked (their order is
/// random there), no time lies in the future of the test (its storage is empty there), and no spread of single odd
/// values is asked for (0 in 2.x, NaN in 3.x). Values do not become labels, where the last digit would count.
@Suite struct PromtoolDifferentialTests {
  private static let series: [(String, String)] = [
    ("c_total{job=\"a\",i=\"1\"}", "0+10x10 5+7x10"), ("c_total{job=\"a\",i=\"2\"}", "3+1.5x20"),
    ("c_total{job=\"b\",i=\"1\"}", "0+100x7 _ _ 900+20x9"),
    ("g{job=\"a\",i=\"1\"}", "1 5 3 8 2 7 4 4 9 -3 6 6 6 1 2 0 3 3 2 1"), ("g{job=\"a\",i=\"2\"}", "-1.5+0.25x20"),
    ("g{job=\"b\",i=\"1\"}", "5x20"), ("h_bucket{le=\"0.1\",i=\"1\"}", "0+1x20"),
    ("h_bucket{le=\"0.5\",i=\"1\"}", "0+3x20"), ("h_bucket{le=\"1\",i=\"1\"}", "0+4x20"),
    ("h_bucket{le=\"+Inf\",i=\"1\"}", "0+5x20"), ("h_bucket{le=\"0.1\",i=\"2\"}", "0+2x20"),
    ("h_bucket{le=\"0.5\",i=\"2\"}", "0+1x20"), ("h_bucket{le=\"+Inf\",i=\"2\"}", "0+2x20"),
  ]

  fileprivate struct Generator {
    var random: SplitMix

    mutating func range(_ depth: Int) -> String {
      if depth > 0 && random.chance(25) {
        return "(\(vector(depth - 1)))[\(random.pick(["3m30s", "7m30s"])):\(random.pick(["1m", "2m", ""]))]"
      }
      let selector = random.pick([
        "c_total", "g", "h_bucket", "c_total{job=\"a\"}", "g{i=\"1\"}", "nope", "g{job!=\"a\"}",
      ])
      let window = random.pick(["2m30s", "5m30s", "9m30s", "14m30s"])
      return "\(selector)[\(window)]\(random.pick(["", "", " offset 1m", " offset 3m", " @ 600"]))"
    }

    mutating func vector(_ depth: Int) -> String {
      if depth <= 0 {
        return random.pick(["c_total", "g", "h_bucket", "g{i=\"1\"}", "nope", "g{job=~\"a|b\"}"])
          + random.pick(["", "", " offset 2m", " @ 300"])
      }
      switch random.next() % 9 {
      case 0, 1:
        let functions = [
          "rate", "increase", "delta", "irate", "idelta", "deriv", "changes", "resets", "avg_over_time",
          "sum_over_time",
          "min_over_time", "max_over_time", "count_over_time", "last_over_time", "stddev_over_time", "absent_over_time",
        ]
        return "\(random.pick(functions))(\(range(depth)))"
      case 2:
        let functions = [
          "abs", "ceil", "floor", "sgn", "sqrt", "round", "exp", "ln", "sin", "absent", "timestamp", "minute",
        ]
        return "\(random.pick(functions))(\(vector(depth - 1)))"
      case 3:
        let grouping = random.pick(["", " by (job)", " by (i)", " without (i)", " by (job, i)"])
        return "\(random.pick(["sum", "avg", "min", "max", "count", "group"]))\(grouping) (\(vector(depth - 1)))"
      case 4: return "quantile(\(random.pick(["0.3", "0.9", "0"])), \(vector(depth - 1)))"
      case 5:
        let operation = random.pick(["+", "-", "*", "/", "%", "^", "== bool", ">", "<=", "!="])
        return "(\(vector(depth - 1))) \(operation) \(random.pick(["0", "2.5", "-1", "100", "NaN", "Inf"]))"
      case 6:
        let operation = random.pick(["+", "-", "/", ">", "and", "or", "unless"])
        let matching = random.pick(["", " on (job, i)", " ignoring (le)", " on (job)"])
        let canGroup = operation.count == 1 && !matching.isEmpty && random.chance(40)
        return "(\(vector(depth - 1))) \(operation)\(matching)\(canGroup ? " group_left" : "") (\(vector(depth - 1)))"
      case 7:
        return
          "histogram_quantile(\(random.pick(["0.5", "0.9"])), \(random.pick(["h_bucket", "rate(h_bucket[5m30s])"])))"
      default:
        let forms = [
          "predict_linear(\(range(depth)), 60)", "clamp(\(vector(depth - 1)), 1, 5)", "-(\(vector(depth - 1)))",
          "quantile_over_time(0.2, \(range(depth)))",
          "label_replace(\(vector(depth - 1)), \"n\", \"$1\", \"job\", \"(.*)\")",
        ]
        return random.pick(forms)
      }
    }
  }

  private static func table() throws -> TableSource {
    let script = PromQLScript("load 1m\n" + series.map { "  \($0.0) \($0.1)\n" }.joined(), file: "series")
    return script.loadedSeries()
  }

  @Test(.enabled("promtool is not installed") { Promtool.installed != nil }, arguments: 0..<4)
  func agreesWithTheInstalledPrometheus(_ seed: UInt64) throws {
    let promtool = try #require(Promtool.installed)
    var generator = Generator(random: SplitMix(seed: 300 + seed))
    let expressions = Set((0..<250).map { _ in generator.vector(3) }).sorted()
    let answers = try promtool.answers(expressions, series: Self.series, minutes: 15)
    let source = try Self.table()
    var compared = 0
    for expression in expressions {
      guard let answer = answers[expression] else { continue }
      compared += 1
      let found: [VectorSample]?
      do {
        let result = try Engine().instant(try Query(parse: expression), source, at: 900_000)
        guard case .vector(_, let samples) = result.value else { continue }
        found = samples
      } catch is PromQLError {
        found = nil
      }
      try compare(found, answer, expression)
    }
    #expect(compared > 200)
  }

  /// Breaks expressions somewhere and compares what is wrong with them, and where. What 3.x says otherwise is left out
  /// by rule: all that has to do with durations, `@`, quoted names and the grouping of regular expressions.
  @Test(.enabled("promtool is not installed") { Promtool.installed != nil }, arguments: 0..<4)
  func findsTheSameFaultsInBrokenExpressions(_ seed: UInt64) throws {
    let promtool = try #require(Promtool.installed)
    var breaker = Breaker(seed: 900 + seed)
    let expressions = Set((0..<600).map { _ in breaker.broken() }).subtracting([""]).sorted()
    let complaints = try promtool.complaints(expressions)
    #expect(complaints.contains { $0 == nil } && complaints.count { $0 != nil } > 200)
    for (expression, theirs) in zip(expressions, complaints)
    where !expression.contains("</") && !expression.contains(">/") {
      var ours: String?
      do { _ = try Query(parse: expression) } catch { ours = "\(error)" }
      if [ours, theirs].contains(where: { $0.map(Breaker.changedSince) ?? false }) { continue }
      #expect(ours == theirs, "\(expression)")
    }
  }

  private func compare(_ found: [VectorSample]?, _ answer: [(String, Double)]?, _ expression: String) throws {
    guard let found, let answer else {
      #expect((found == nil) == (answer == nil), "\(expression): \(String(describing: answer)) or an error")
      return
    }
    var rest = Dictionary(uniqueKeysWithValues: found.map { ($0.labels, $0.value.float ?? .nan) })
    for (labels, value) in answer {
      guard let ours = rest.removeValue(forKey: try SeriesNotation.labels(Array(labels.utf8))) else {
        Issue.record("\(expression): \(labels) is missing, there are \(found.map(\.labels.description))")
        continue
      }
      let isClose =
        ours == value || (ours.isNaN && value.isNaN) || (ours - value).magnitude <= 1e-9 * value.magnitude.nextUp
      #expect(isClose || (ours - value).magnitude < 1e-9, "\(expression): \(labels) is \(ours), not \(value)")
    }
    #expect(rest.isEmpty, "\(expression): \(rest) is too much")
  }
}

/// Takes words out of expressions, or puts others in.
private struct Breaker {
  private var random: SplitMix
  private var generator: PromtoolDifferentialTests.Generator

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    generator = PromtoolDifferentialTests.Generator(random: SplitMix(seed: seed &+ 77))
  }

  mutating func broken() -> String {
    var text = Array(generator.vector(Int(random.next() % 3)))
    for _ in 0...(random.next() % 2) {
      let place = Int(random.next() % UInt64(text.count + 1))
      if random.chance(50), place < text.count {
        text.removeSubrange(place..<min(text.count, place + 1 + Int(random.next() % 4)))
      } else {
        let added = random.pick([
          "(", ")", "{", "}", "[", "]", ",", ":", "=", "!", "~", "+", "*", "==", "!=", ">", " by ", " on(x) ", " bool ",
          " and ", " offset ", "foo", "1", ".", "\"", "'x'", "{a=\"b\"}", "[5m]", " group_left ", "sum", "5m", " or 1 ",
          "rate(g)", "#", " without (a,) ", " == 1 == ", "-", "time()", " unless on() group_right() ",
        ])
        text.insert(contentsOf: added, at: place)
      }
    }
    return String(text)
  }

  /// Whether a complaint is of a kind that reads otherwise since 3.0.
  static func changedSince(_ complaint: String) -> Bool {
    [
      "duration", "in offset", "subquery", "range selector", "in @", "op:@", "regexp", "regular", "colon", "trailing",
      "unexpected string", "set twice",
    ].contains { complaint.contains($0) }
  }
}
