/// The metrics of a `RandomWorld`, and selectors of them.
extension ExpressionDraw {
  struct Metric: Sendable {
    var name: String
    var labels: [(name: String, values: [String])]
  }

  static let job = ("job", ["api", "web", "db"])
  static let instance = ("instance", ["a:1", "b:1", "c:1"])

  static let metrics: [(weight: UInt64, Metric)] = [
    (6, Metric(name: "requests_total", labels: [job, instance, ("code", ["200", "404", "500"])])),
    (3, Metric(name: "bytes_total", labels: [job, instance, ("device", ["eth0"])])),
    (5, Metric(name: "temperature", labels: [("room", ["kitchen", "hall", "attic"]), ("sensor", ["1", "2", "10"])])),
    (4, Metric(name: "queue_depth", labels: [job, instance])),
    (2, Metric(name: "job:limit:max", labels: [job, instance])),
    (2, Metric(name: "odd_values", labels: [("case", ["one", "two", "three"]), job])),
    (1, Metric(name: "sometimes", labels: [job])),
    (2, Metric(name: "latency_seconds_bucket", labels: [job, ("le", ["0.1", "0.5", "1", "+Inf"])])),
    (1, Metric(name: "latency_seconds_count", labels: [job])), (1, Metric(name: "latency_seconds_sum", labels: [job])),
    (
      2,
      Metric(
        name: "notes", labels: [("text", ["plain", "größe", "gro\u{308}ße", "two\nlines"]), ("number", ["0", "1"])])
    ),
    (2, Metric(name: "build_info", labels: [job, instance, ("version", ["1.2.3", "2.0.0-rc.1"])])),
    (1, Metric(name: "many_labels", labels: [job, ("label_7", ["value 3"]), ("label_2", ["value 2"])])),
    (2, Metric(name: "pods", labels: [("pod", ["pod-1", "pod-2"]), ("node", ["n1", "n2"])])),
    (1, Metric(name: "nothing", labels: [job])),
  ]
  static let allLabels = [
    "job", "instance", "code", "room", "sensor", "le", "text", "number", "version", "pod", "node",
  ]

  mutating func metric() -> Metric { random.weighted(Self.metrics) }

  mutating func counter() -> Metric {
    random.chance(80) ? random.pick([0, 0, 0, 1, 1, 7, 8, 9].map { Self.metrics[$0].1 }) : metric()
  }

  mutating func selector(_ metric: Metric) -> String {
    var matchers: [String] = []
    while random.chance(25) { matchers.append(matcher(metric)) }
    if random.chance(1) { matchers.append("\(random.pick(["on", "sum", "by", "inf", "bool", "a:b"]))=\(quoted("x"))") }
    if random.chance(2) {
      return "{\(matcher(metric, "__name__", [metric.name, metric.name.prefix(4) + ".*"]))\(random.pick(["", ","]))}"
    }
    if matchers.isEmpty { return metric.name + random.pick(["", "", "", "", "{}"]) }
    return "\(metric.name){\(matchers.joined(separator: "," + random.pick(["", " "])))}"
  }

  mutating func matcher(_ metric: Metric) -> String {
    let (name, values) = random.pick(metric.labels)
    return matcher(metric, name, random.chance(95) ? values : ["", "else"])
  }

  mutating func matcher(_ metric: Metric, _ name: String, _ values: [String]) -> String {
    let value = random.pick(values)
    let escaped = value.replacing("+", with: "\\+").replacing(".", with: "\\.")
    switch random.next() % 6 {
    case 0, 1: return "\(name)=\(quoted(value))"
    case 2: return "\(name)!=\(quoted(value))"
    case 3: return "\(name)=~\(quoted(escaped))"
    case 4: return "\(name)=~\(quoted(pattern(escaped)))"
    default: return "\(name)!~\(quoted(pattern(escaped)))"
    }
  }

  mutating func pattern(_ value: String) -> String {
    random.pick([
      "\(value)|else", ".*", ".+", "\(value.prefix(1)).*", "(?i:\(value.uppercased()))", "[a-z]+", "|\(value)",
      "(\(value)|web|n1)", ".*\(value.suffix(1))", "\\d+", "^\(value)$", "[^a]*", "\\w+:\\d", "a{b", "(", ".?",
      "[[:alpha:]]+", "\\pL+", "\\bapi\\b", "a**", "x{1001}", "\\Q\(value)\\E", "\\x{61}.*", "\\z\(value)", "(?-s:.+)",
      "\\D{3}",
      "(?:a|w)(?:pi|eb)", "a(?#c)", "[a-", "\\8", "(a)\\1", "(?=a)", "\(value)\(value)?", "\(value)||x", "(?U)a.*",
      "\\PN*",
    ])
  }
}
