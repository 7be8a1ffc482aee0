import TimeSeries

/// One `eval` of a script with everything that is expected of it.
struct ScriptCase: Sendable {
  enum Times: Sendable {
    case instant(Int64)
    case range(start: Int64, end: Int64, step: Int64)
  }

  enum MessageTest: Sendable {
    case any
    case exactly(String)
    case matching(String)
  }

  struct ExpectedSeries: Sendable {
    var labels: Labels
    var points: [ScriptPoint?]
  }

  var line: Int
  var times: Times
  var expression: String
  var isOrdered = false
  var failures: [MessageTest] = []
  var warnings: [MessageTest] = []
  var infos: [MessageTest] = []
  var forbidsWarnings = false
  var forbidsInfos = false
  var string: String?
  /// The times of an expected range vector.
  var rangeVector: (start: Int64, end: Int64, step: Int64)?
  var scalar: Double?
  var series: [ExpectedSeries] = []

  init(_ command: String, _ words: inout ScriptWords, line: Int, body: [(Int, String)]) throws {
    self.line = line
    let kind = words.next()
    switch kind {
    case "instant":
      var time: Int64 = 0
      let rest = words
      if words.next() == "at" { time = try words.duration() } else { words = rest }
      times = .instant(time)
    case "range":
      try words.expect("from")
      let start = try words.duration()
      try words.expect("to")
      let end = try words.duration()
      try words.expect("step")
      times = .range(start: start, end: end, step: try words.duration())
    default: throw ScriptSyntaxError(message: "expected \"instant\" or \"range\", found \"\(kind)\"")
    }
    expression = words.remainder
    switch command {
    case "eval_fail": failures.append(.any)
    case "eval_ordered": isOrdered = true
    case "eval_warn": warnings.append(.any)
    case "eval_info": infos.append(.any)
    default: break
    }
    for (_, text) in body { try expect(text) }
  }

  private mutating func expect(_ text: String) throws {
    var words = ScriptWords(text)
    let first = words.next()
    switch first {
    case "expect":
      try expectation(&words)
      return
    case "expected_fail_message":
      failures = [.exactly(words.remainder)]
      return
    case "expected_fail_regexp":
      failures = [.matching(words.remainder)]
      return
    default: break
    }
    if let value = Self.scalar(text) {
      scalar = value
      return
    }
    var notation = SeriesNotation(text)
    let labels = try notation.labels()
    series.append(ExpectedSeries(labels: labels, points: try notation.points()))
  }

  private static func scalar(_ text: String) -> Double? {
    var notation = SeriesNotation(text)
    guard let value = try? notation.number(), notation.isAtEnd else { return nil }
    return value
  }

  private mutating func expectation(_ words: inout ScriptWords) throws {
    let kind = words.next()
    switch kind {
    case "fail": failures.append(Self.test(words.remainder))
    case "warn": warnings.append(Self.test(words.remainder))
    case "info": infos.append(Self.test(words.remainder))
    case "no_warn": forbidsWarnings = true
    case "no_info": forbidsInfos = true
    case "ordered": isOrdered = true
    case "string":
      guard case .string(let literal)? = Lexer.tokens(of: Array(words.remainder.utf8)).first?.kind else {
        throw ScriptSyntaxError(message: "expected a quoted string after \"expect string\"")
      }
      string = literal.value
    case "range":
      try words.expect("vector")
      try words.expect("from")
      let start = try words.duration()
      try words.expect("to")
      let end = try words.duration()
      try words.expect("step")
      rangeVector = (start, end, try words.duration())
    default: throw ScriptSyntaxError(message: "unknown expectation \"\(kind)\"")
    }
  }

  private static func test(_ text: String) -> MessageTest {
    if text.hasPrefix("msg:") { return .exactly(String(text.dropFirst(4)).trimmed()) }
    if text.hasPrefix("regex:") { return .matching(String(text.dropFirst(6)).trimmed()) }
    return .any
  }
}
