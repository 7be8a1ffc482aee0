/// Draws the text of random expressions over the series of a `RandomWorld`: most of them sound, some of them wrong.
///
/// It draws text and not trees, so that precedence, spelling and white space are drawn, too.
struct ExpressionDraw {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed &* 2) }

  /// A question: an expression, and the instant or the range of times that it is asked for.
  mutating func question() -> Question {
    let text = expression()
    let time = instant()
    if random.chance(50) { return Question(text: text, times: .instant(time)) }
    let step: Int64 = random.pick([10_000, 15_000, 30_000, 60_000, 61_010, 150_000, 250])
    let end = time + step * random.number(0...9) + random.pick([0 as Int64, 0, 5_000])
    return Question(text: text, times: .range(start: time, end: end, step: step))
  }

  mutating func expression() -> String {
    let depth = Int(random.number(1...random.pick([3, 3, 3, 5])))
    switch random.next() % 100 {
    case 0..<77: return vector(depth)
    case 77..<83: return scalar(depth)
    case 83..<88: return range(depth)
    case 88: return quoted("text \(random.next() % 10)")
    case 89..<93: return rearranged(random.chance(80) ? vector(depth) : scalar(depth + 1))
    default: return broken(depth)
    }
  }

  /// A multiple of 10 ms, mostly among the samples.
  mutating func instant() -> Int64 {
    let time = RandomWorld.start + random.number(-6_000...210_000) * 10
    return random.chance(50) ? time / 15_000 * 15_000 : time
  }

  // MARK: - Words

  /// White space, perhaps with a comment.
  mutating func gap() -> String { random.chance(90) ? " " : random.pick(["\n", "\t ", "  # why\n", "\r\n"]) }

  mutating func keyword(_ word: String) -> String { random.chance(95) ? word : word.uppercased() }

  mutating func quoted(_ text: String) -> String {
    let isPlain = !text.unicodeScalars.contains { $0 == "`" || $0 == "\n" }
    if random.chance(10), isPlain { return "`\(text)`" }
    let quote: Unicode.Scalar = random.chance(90) ? "\"" : "'"
    var out = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": out += "\\n"
      case "\\": out += "\\\\"
      case quote: out += "\\\(quote)"
      case _ where random.chance(2) && scalar.value < 128:
        out += "\\x\(String(scalar.value + 256, radix: 16).dropFirst())"
      case _ where random.chance(10) && scalar.value > 127 && scalar.value < 65_536:
        out += "\\u\(String(scalar.value + 65_536, radix: 16).dropFirst())"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + String(quote)
  }

  /// A duration in one of its spellings.
  mutating func duration(_ milliseconds: Int64) -> String {
    if milliseconds < 0 { return "-" + duration(-milliseconds) }
    if random.chance(20) { return "\(milliseconds)ms" }
    var rest = milliseconds
    var out = ""
    for (unit, size): (String, Int64) in [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] where rest >= size {
      out += "\(rest / size)\(unit)"
      rest %= size
    }
    return out.isEmpty ? "0s" : out
  }

  /// The length of a window: leaves 5 when divided by 10 ms, see `RandomWorld`.
  mutating func window() -> String {
    duration(random.pick([15, 30, 60, 90, 150, 300, 600, 1_200]) * 1_000 + 5 + random.pick([0, 0, 0, 2_340]))
  }

  mutating func modifiers() -> String {
    var parts: [String] = []
    if random.chance(15) {
      let offset: Int64 = random.pick([10_000, 60_000, 90_000, 300_000, 423_020, -30_000, -300_000])
      parts.append("\(keyword("offset"))\(gap())\(duration(offset))")
    }
    if random.chance(10) {
      let time = instant()
      let second = "\(time / 1000).\(String(time % 1000 + 1000).dropFirst())"
      parts.append("@\(gap())\(random.pick(["start()", "end()", second, second]))")
    }
    if random.chance(30) { parts.reverse() }
    return parts.map { gap() + $0 }.joined()
  }

  // MARK: - Scalars

  mutating func number() -> String {
    random.weighted([
      (8, "1"), (8, "2"), (4, "0"), (4, "0.5"), (4, "-1"), (3, "10"), (2, "1e3"), (2, "0x1F"), (2, ".25"), (2, "3."),
      (1, "Inf"), (1, "-inf"), (1, "NaN"), (1, "1e300"), (1, "2.5E-3"), (1, "017"), (1, "100.125"), (1, "+7"),
      (
        1,
        random.pick([
          "1e400", "1e-400", "0x", "0xfg", "1.5e", "0b11", "0o17", "00.5", "1.e2", "0x1p3", "08", "-0", "1e+2",
          "9007199254740993",
        ])
      ),
    ])
  }

  mutating func scalar(_ depth: Int) -> String {
    if depth <= 0 { return number() }
    switch random.next() % 9 {
    case 0, 1, 2: return number()
    case 3: return "scalar(\(vector(depth - 1)))"
    case 4: return random.pick(["time()", "pi()"])
    case 5: return "(\(scalar(depth - 1)))"
    case 6: return "-\(scalar(depth - 1))"
    default:
      let operation = random.pick(["+", "-", "*", "/", "%", "^", "atan2", "== bool", "!= bool", "> bool", "<= bool"])
      return "\(scalar(depth - 1))\(gap())\(operation)\(gap())\(scalar(depth - 1))"
    }
  }

  // MARK: - Vectors

  mutating func range(_ depth: Int) -> String { range(depth, counter()) }

  mutating func range(_ depth: Int, _ metric: Metric) -> String {
    if depth > 0 && random.chance(20) {
      let resolution = random.chance(25) ? "" : duration(random.pick([10_000, 15_000, 30_000, 60_000, 7_010]))
      let inner = random.chance(60) ? selector(metric) + modifiers() : "(\(vector(depth - 1)))"
      return "\(inner)[\(window()):\(resolution)]\(modifiers())"
    }
    return "\(selector(metric))[\(window())]\(modifiers())"
  }

  mutating func vector(_ depth: Int) -> String {
    if depth <= 0 { return selector(metric()) + modifiers() }
    switch random.next() % 100 {
    case 0..<10: return selector(metric()) + modifiers()
    case 10..<28: return rangeCall(depth)
    case 28..<38: return valueCall(depth)
    case 38..<53: return aggregation(depth)
    case 53..<66: return withScalar(depth)
    case 66..<80: return withVector(depth)
    case 80..<85: return setOperation(depth)
    case 85..<89: return labelCall(depth)
    case 89..<93: return histogramCall(depth)
    case 93..<95: return random.pick(["-", "-", "- -", "+", "-1 ^ "]) + vector(depth - 1)
    case 95..<97: return "(\(vector(depth - 1)))"
    default: return otherCall(depth)
    }
  }

  mutating func rangeCall(_ depth: Int) -> String {
    let d = depth - 1
    switch random.next() % 10 {
    case 0, 1, 2: return "\(random.pick(["rate", "increase", "irate", "resets"]))(\(range(d, counter())))"
    case 3, 4, 5, 6:
      let function = random.pick([
        "avg_over_time", "sum_over_time", "min_over_time", "max_over_time", "count_over_time", "last_over_time",
        "stddev_over_time", "stdvar_over_time", "present_over_time", "absent_over_time", "changes", "delta", "idelta",
        "deriv",
      ])
      return "\(function)(\(range(d, metric())))"
    case 7:
      return "quantile_over_time(\(random.chance(70) ? "0.\(random.next() % 100)" : scalar(d)), \(range(d, metric())))"
    case 8: return "predict_linear(\(range(d, metric())), \(random.chance(70) ? "60" : scalar(d)))"
    default:
      return "double_exponential_smoothing(\(range(d, metric())), 0.\(random.next() % 10), 0.\(random.next() % 9 + 1))"
    }
  }

  mutating func valueCall(_ depth: Int) -> String {
    let function = random.pick([
      "abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
      "cosh", "tanh", "asinh", "acosh", "atanh", "rad", "deg", "sgn", "abs", "ceil", "floor", "sgn", "timestamp",
      "minute",
      "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year", "timestamp",
    ])
    return "\(function)(\(vector(depth - 1)))"
  }

  mutating func labels() -> String {
    if random.chance(3) {
      return random.pick(["(job, job)", "()", "(job,)", "(,)", "(job instance)", "(a:b)", "(__x)"])
    }
    let few =
      Self.allLabels.filter { _ in random.chance(15) } + (random.chance(60) ? ["job"] : [])
      + (random.chance(4) ? [random.pick(["__name__", "by", "on", "offset"])] : [])
    return "(\(Array(Set(few)).sorted().joined(separator: ", ")))"
  }

  mutating func grouping() -> String {
    random.chance(30) ? "" : "\(keyword(random.pick(["by", "by", "without"])))\(gap())\(labels())"
  }

  mutating func aggregation(_ depth: Int) -> String {
    let operation = random.pick([
      "sum", "sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "topk", "bottomk", "quantile",
      "count_values",
    ])
    var parameter = ""
    switch operation {
    case "topk", "bottomk": parameter = "\(random.chance(80) ? "\(random.next() % 4)" : scalar(depth - 1)), "
    case "quantile": parameter = "\(random.chance(80) ? "0.\(random.next() % 100)" : scalar(depth - 1)), "
    case "count_values": parameter = "\(quoted(random.pick(["value", "job", "value", "not a label", ""]))), "
    default: break
    }
    let (group, name) = (grouping(), keyword(operation))
    let body = "(\(parameter)\(vector(depth - 1)))"
    return random.chance(70) ? "\(name) \(group)\(body)" : "\(name)\(body) \(group)"
  }

  mutating func operand(_ depth: Int) -> String {
    let text = vector(depth)
    return random.chance(70) ? "(\(text))" : text
  }

  mutating func withScalar(_ depth: Int) -> String {
    let operation = random.pick([
      "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "> bool", "== bool", "<= bool", "+", "*",
      ">",
    ])
    let (left, right) = (operand(depth - 1), random.chance(70) ? number() : "(\(scalar(depth - 1)))")
    return random.chance(80)
      ? "\(left)\(gap())\(operation)\(gap())\(right)" : "\(right)\(gap())\(operation)\(gap())\(left)"
  }

  mutating func withVector(_ depth: Int) -> String {
    let operation = random.pick([
      "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "> bool", "!= bool", "-", "/", "+",
    ])
    switch random.next() % 5 {
    case 0:
      // The same series with another time or form.
      let metric = metric()
      return "\(selector(metric))\(modifiers()) \(operation) \(selector(metric))\(modifiers())"
    case 1:
      let group = labels()
      let sides = (0..<2).map { _ in "\(random.pick(["sum", "max", "count"])) by \(group) (\(vector(depth - 1)))" }
      return "\(sides[0]) \(operation)\(random.pick([" on \(group)", ""])) \(sides[1])"
    case 2:
      let many = random.pick(["requests_total", "queue_depth", "rate(requests_total[\(window())])", "job:limit:max"])
      let included = random.pick(["", "(version)", "(version, job)", "()"])
      if random.chance(30) { return "build_info \(operation) on (job, instance) group_right \(included) \(many)" }
      return "\(many) \(operation) on (job, instance) group_left \(included) build_info"
    default:
      let matching = random.pick(["", " on \(labels())", " ignoring \(labels())"])
      let group =
        !matching.isEmpty && random.chance(30) ? random.pick([" group_left", " group_right \(labels())"]) : ""
      return "\(operand(depth - 1)) \(operation)\(matching)\(group) \(operand(depth - 1))"
    }
  }

  mutating func setOperation(_ depth: Int) -> String {
    let matching = random.pick(["", "", " on \(labels())", " ignoring \(labels())"])
    let operation = keyword(random.pick(["and", "or", "unless"]))
    return "\(operand(depth - 1)) \(operation)\(matching) \(operand(depth - 1))"
  }

  // MARK: - Other functions

  mutating func labelCall(_ depth: Int) -> String {
    let inner = vector(depth - 1)
    let target = random.pick(["job", "new", "new", "__name__", "text"])
    if random.chance(40) {
      let origins = (0..<random.number(0...3)).map { _ in ", \(quoted(random.pick(Self.allLabels + [""])))" }.joined()
      return "label_join(\(inner), \(quoted(target)), \(quoted(random.pick(["-", "", "ü"])))\(origins))"
    }
    let pattern = random.pick([
      "(.*)", "(.).*", "a(.+)|w(?P<rest>.*)", "([a-z]+):(\\d)", "api", "", "(?i)API", "[", "(.+)-(\\d+)",
    ])
    let replacement = random.pick([
      "$1", "x", "", "${1}y", "$rest", "$2-$1", "$$", "$1x", "$", "$01", "$1ü", "$ü.", "$1\u{308}", "${1", "${}x", "$0",
      "${ü}", "$-1",
    ])
    return
      "label_replace(\(inner), \(quoted(target)), \(quoted(replacement)), \(quoted(random.pick(Self.allLabels))), \(quoted(pattern)))"
  }

  mutating func histogramCall(_ depth: Int) -> String {
    let quantile = random.chance(80) ? "0.\(random.next() % 100)" : scalar(depth - 1)
    let buckets = random.pick([
      "latency_seconds_bucket", "rate(latency_seconds_bucket[\(window())])", "latency_seconds_bucket{le!=\"1\"}",
      "sum by (le) (latency_seconds_bucket)", "latency_seconds_bucket{le!=\"+Inf\"}",
      "latency_seconds_bucket[\(window())]",
      "increase(latency_seconds_bucket{job=\"api\"}[\(window())])", "requests_total",
    ])
    return "histogram_quantile(\(quantile), \(buckets))"
  }

  mutating func otherCall(_ depth: Int) -> String {
    let inner = vector(depth - 1)
    switch random.next() % 8 {
    case 0: return "sort(\(inner))"
    case 1: return "sort_desc(\(inner))"
    case 2: return "absent(\(inner))"
    case 3: return "round(\(inner)\(random.pick(["", ", 5", ", 0.1", ", \(scalar(depth - 1))"])))"
    case 4: return "clamp(\(inner), \(scalar(depth - 1)), \(scalar(depth - 1)))"
    case 5: return "\(random.pick(["clamp_min", "clamp_max"]))(\(inner), \(scalar(depth - 1)))"
    case 6: return "vector(\(scalar(depth - 1)))"
    default: return random.pick(["minute()", "hour()", "day_of_week()", "year()", "month()", "day_of_year()"])
    }
  }
}
