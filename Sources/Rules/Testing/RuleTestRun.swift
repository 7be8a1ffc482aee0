public import PromQL
import TimeSeries

/// Runs the unit tests of a file: the rules are evaluated on the tests' series, as Prometheus would in real time.
public struct RuleTestRun: Sendable {
  /// What became of one expectation.
  public struct CaseResult: Sendable {
    /// The test's name, or its number.
    public var test: String
    /// What was looked at: an alert or an expression, and when.
    public var subject: String
    /// What was expected and what came instead; `nil` when the case passed.
    public var failure: String?
  }

  private let groups: [RuleGroup]
  private let file: RuleTestFile
  private let engine: Engine

  /// The most evaluations of one test.
  static let evaluationLimit: Int64 = 1_000_000

  /// - Parameter rules: the files that `file` names, in that order.
  /// - Throws: `RulesError` when the order of evaluation names a group that there is not.
  public init(_ file: RuleTestFile, rules: [RuleFile], limits: EngineLimits = EngineLimits()) throws(RulesError) {
    self.file = file
    engine = Engine(limits: limits)
    let all = rules.flatMap(\.groups)
    for name in file.groupOrder where !all.contains(where: { $0.name == name }) {
      throw RulesError(.invalidFile, "group_eval_order names \"\(name)\", and there is no such group in the rule files")
    }
    let rank = Dictionary(file.groupOrder.enumerated().map { ($1, $0) }) { first, _ in first }
    groups = all.enumerated().sorted { left, right in
      (rank[left.element.name] ?? .max, left.offset) < (rank[right.element.name] ?? .max, right.offset)
    }.map(\.element)
  }

  /// The results of all tests, in the order of the file.
  public func run() -> [CaseResult] {
    file.tests.enumerated().flatMap { index, test in
      run(test, name: test.name.isEmpty ? "test \(index + 1)" : test.name)
    }
  }

  private func run(_ test: RuleTest, name: String) -> [CaseResult] {
    var results: [CaseResult] = []
    func add(_ subject: String, _ failure: String?) {
      results.append(CaseResult(test: name, subject: subject, failure: failure))
    }
    let inputs: [(Labels, [SampleValue?])]
    do { inputs = try self.inputs(of: test) } catch {
      add("input_series", "\(error)")
      return results
    }
    let last = (test.alerts.map(\.time) + test.expressions.map(\.time)).max() ?? 0
    guard test.interval > 0, last / file.evaluationInterval < Self.evaluationLimit else {
      add("intervals", "the test would take more than \(Self.evaluationLimit) evaluations, or its interval is 0")
      return results
    }

    var table = TableSource()
    var runs = groups.map { GroupRun($0) }
    let context = RuleContext(externalLabels: test.externalLabels, externalURL: test.externalURL)
    let alerts = test.alerts.sorted { $0.time < $1.time }
    var next = 0
    var loaded: Int64 = 0
    for time in stride(from: 0, through: last, by: Int(file.evaluationInterval)) {
      loaded = load(inputs, every: test.interval, from: loaded, through: time, into: &table)
      for index in runs.indices {
        for fault in runs[index].evaluate(engine, &table, at: time, context) {
          add("evaluation at \(DurationFormat.text(milliseconds: time))", fault)
        }
      }
      while next < alerts.count, alerts[next].time < time + file.evaluationInterval {
        add(alerts[next].subject, alerts[next].failure(runs))
        next += 1
      }
    }
    _ = load(inputs, every: test.interval, from: loaded, through: .max, into: &table)
    for one in test.expressions { add(one.subject, one.failure(engine, table, isFuzzy: file.isFuzzy)) }
    return results
  }

  private func inputs(of test: RuleTest) throws -> [(Labels, [SampleValue?])] {
    try test.inputs.map { input in
      do { return (try SeriesText.labels(input.series), try SeriesText.points(input.values)) } catch {
        throw RulesError(.invalidFile, "\(input.series): \(error)")
      }
    }
  }

  /// Adds the points of a span of time. Rules must not see later ones: their own results are added in between.
  /// - Parameter first: the number of the first point.
  /// - Returns: the number of the first point that was not added.
  private func load(
    _ inputs: [(Labels, [SampleValue?])], every interval: Int64, from first: Int64, through time: Int64,
    into table: inout TableSource
  ) -> Int64 {
    let longest = Int64(inputs.map(\.1.count).max() ?? 0)
    var point = first
    while point < longest, point * interval <= time {
      for (labels, points) in inputs where point < points.count {
        if let value = points[Int(point)] { table.add(labels, at: point * interval, value) }
      }
      point += 1
    }
    return point
  }
}

extension AlertExpectation {
  var subject: String { "\(alert) at \(DurationFormat.text(milliseconds: time))" }

  /// What differs from the alerts of this name that fire.
  func failure(_ runs: [GroupRun]) -> String? {
    let firing = runs.flatMap(\.rules).filter { rule in
      if case .alerting(let name, _, _) = rule.rule.kind { return name == alert }
      return false
    }.flatMap(\.firing)
    let found = firing.map { Self.text($0.labels, $0.annotations) }.sorted()
    let wanted = expected.map { one in
      var labels = Labels(one.labels.map { Label(name: $0.key, value: $0.value) })
      labels = labels.setting("alertname", to: alert)
      return Self.text(labels, one.annotations)
    }.sorted()
    return found == wanted ? nil : Difference.text(wanted, found, "no alert")
  }

  private static func text(_ labels: Labels, _ annotations: [String: String]) -> String {
    let notes = annotations.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return ([labels.description] + notes).joined(separator: "\n      ")
  }
}

extension ExpressionExpectation {
  var subject: String { "\(expression) at \(DurationFormat.text(milliseconds: time))" }

  private typealias Element = (labels: Labels, value: SampleValue)

  /// What differs from the expression's value.
  func failure(_ engine: Engine, _ table: TableSource, isFuzzy: Bool) -> String? {
    do {
      let wanted = try expected.map(Self.element).sorted { $0.labels < $1.labels }
      let found = try elements(engine, table).sorted { $0.labels < $1.labels }
      let isEqual =
        wanted.count == found.count
        && zip(wanted, found).allSatisfy { wanted, found in
          wanted.labels == found.labels && Self.fits(wanted.value, found.value, isFuzzy)
        }
      return isEqual ? nil : Difference.text(wanted.map(Self.text), found.map(Self.text), "no element")
    } catch { return "\(error)" }
  }

  private func elements(_ engine: Engine, _ table: TableSource) throws -> [Element] {
    switch try engine.instant(try Query(parse: expression), table, at: time).value {
    case .vector(_, let samples): return samples.map { ($0.labels, $0.value) }
    case .scalar(_, let value): return [(Labels(), .float(value))]
    case .string, .matrix: throw RulesError(.evaluation, "an expression of a test is a number or an instant vector")
    }
  }

  private static func element(_ sample: Sample) throws -> Element {
    let labels = try SeriesText.labels(sample.labels.isEmpty ? "{}" : sample.labels)
    guard let histogram = sample.histogram else { return (labels, .float(sample.value)) }
    let points = try SeriesText.points(histogram)
    guard points.count == 1, let point = points[0], case .histogram = point else {
      throw RulesError(.invalidFile, "\"\(histogram)\" is no histogram; write e.g. {{schema:0 count:1 buckets:[1]}}")
    }
    return (labels, point)
  }

  /// Fuzzy values may differ in the last bits of their mantissas, as results of one sum in another order do.
  private static func fits(_ wanted: SampleValue, _ found: SampleValue, _ isFuzzy: Bool) -> Bool {
    switch (wanted, found) {
    case (.float(let wanted), .float(let found)):
      if wanted.isNaN { return found.isNaN }
      return wanted == found || isFuzzy && abs(wanted - found) <= 1e-15 * max(wanted.magnitude, found.magnitude)
    case (.histogram, .histogram): return SeriesText.text(of: wanted) == SeriesText.text(of: found)
    default: return false
    }
  }

  private static func text(_ element: Element) -> String {
    "\(element.labels) \(SeriesText.text(of: element.value))"
  }
}

/// What was expected beside what came.
enum Difference {
  static func text(_ wanted: [String], _ found: [String], _ none: String) -> String {
    func list(_ texts: [String]) -> String { texts.isEmpty ? "\n    \(none)" : texts.map { "\n    \($0)" }.joined() }
    return "expected:\(list(wanted))\n  got:\(list(found))"
  }
}
