/// A file of unit tests for rules, in the form of `promtool test rules`. How its YAML is read is the caller's affair.
public struct RuleTestFile: Decodable, Sendable {
  /// Paths of rule files, relative to this file; `*` and `?` stand for any characters.
  public var ruleFiles: [String]
  /// Milliseconds between two evaluations of the rules.
  public var evaluationInterval: Int64
  /// Names of groups that are evaluated first, in this order.
  public var groupOrder: [String]
  /// Whether values are compared with a tolerance.
  public var isFuzzy: Bool
  /// The tests.
  public var tests: [RuleTest]

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case tests
    case ruleFiles = "rule_files"
    case evaluationInterval = "evaluation_interval"
    case groupOrder = "group_eval_order"
    case isFuzzy = "fuzzy_compare"
  }

  /// Reads a file, and refuses what it does not know.
  public init(from decoder: any Decoder) throws {
    try KnownKeys.check(decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    ruleFiles = try container.decodeIfPresent([String].self, forKey: .ruleFiles) ?? []
    evaluationInterval = try container.decodeIfPresent(Milliseconds.self, forKey: .evaluationInterval)?.count ?? 60_000
    groupOrder = try container.decodeIfPresent([String].self, forKey: .groupOrder) ?? []
    isFuzzy = try container.decodeIfPresent(Bool.self, forKey: .isFuzzy) ?? false
    tests = try container.decodeIfPresent([RuleTest].self, forKey: .tests) ?? []
    guard evaluationInterval > 0 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "evaluation_interval must be more than 0"))
    }
  }
}

/// Series, and what the rules are expected to make of them.
public struct RuleTest: Decodable, Sendable {
  /// A series and its points in the notation of PromQL's test scripts.
  public struct InputSeries: Decodable, Sendable {
    var series: String
    var values: String

    private enum CodingKeys: String, CodingKey, CaseIterable { case series, values }

    /// Reads a series, and refuses what it does not know.
    public init(from decoder: any Decoder) throws {
      try KnownKeys.check(decoder, CodingKeys.self)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      series = try container.decode(String.self, forKey: .series)
      values = try container.decode(String.self, forKey: .values)
    }
  }

  /// For people.
  public var name: String
  /// Milliseconds between two points.
  var interval: Int64
  var inputs: [InputSeries]
  var alerts: [AlertExpectation]
  var expressions: [ExpressionExpectation]
  var externalLabels: [String: String]
  var externalURL: String

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, interval
    case inputs = "input_series"
    case alerts = "alert_rule_test"
    case expressions = "promql_expr_test"
    case externalLabels = "external_labels"
    case externalURL = "external_url"
  }

  /// Reads a test, and refuses what it does not know.
  public init(from decoder: any Decoder) throws {
    try KnownKeys.check(decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decodeIfPresent(String.self, forKey: .name) ?? ""
    interval = try container.decodeIfPresent(Milliseconds.self, forKey: .interval)?.count ?? 60_000
    inputs = try container.decodeIfPresent([InputSeries].self, forKey: .inputs) ?? []
    alerts = try container.decodeIfPresent([AlertExpectation].self, forKey: .alerts) ?? []
    expressions = try container.decodeIfPresent([ExpressionExpectation].self, forKey: .expressions) ?? []
    externalLabels = try container.decodeIfPresent([String: String].self, forKey: .externalLabels) ?? [:]
    externalURL = try container.decodeIfPresent(String.self, forKey: .externalURL) ?? ""
  }
}

/// The alerts of one name that are expected to fire at a time.
struct AlertExpectation: Decodable, Sendable {
  struct Alert: Decodable, Sendable {
    var labels: [String: String]
    var annotations: [String: String]

    private enum CodingKeys: String, CodingKey, CaseIterable {
      case labels = "exp_labels"
      case annotations = "exp_annotations"
    }

    init(from decoder: any Decoder) throws {
      try KnownKeys.check(decoder, CodingKeys.self)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      labels = try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
      annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:]
    }
  }

  /// Milliseconds after the first point.
  var time: Int64
  var alert: String
  var expected: [Alert]

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case time = "eval_time"
    case alert = "alertname"
    case expected = "exp_alerts"
  }

  init(from decoder: any Decoder) throws {
    try KnownKeys.check(decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    time = try container.decode(Milliseconds.self, forKey: .time).count
    alert = try container.decode(String.self, forKey: .alert)
    expected = try container.decodeIfPresent([Alert].self, forKey: .expected) ?? []
  }
}

/// What an expression is expected to be worth at a time.
struct ExpressionExpectation: Decodable, Sendable {
  struct Sample: Decodable, Sendable {
    var labels: String
    var value: Double
    var histogram: String?

    private enum CodingKeys: String, CodingKey, CaseIterable { case labels, value, histogram }

    init(from decoder: any Decoder) throws {
      try KnownKeys.check(decoder, CodingKeys.self)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      labels = try container.decodeIfPresent(String.self, forKey: .labels) ?? ""
      value = try container.decodeIfPresent(Double.self, forKey: .value) ?? 0
      histogram = try container.decodeIfPresent(String.self, forKey: .histogram)
    }
  }

  var expression: String
  /// Milliseconds after the first point.
  var time: Int64
  var expected: [Sample]

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case expression = "expr"
    case time = "eval_time"
    case expected = "exp_samples"
  }

  init(from decoder: any Decoder) throws {
    try KnownKeys.check(decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    expression = try container.decode(String.self, forKey: .expression)
    time = try container.decode(Milliseconds.self, forKey: .time).count
    expected = try container.decodeIfPresent([Sample].self, forKey: .expected) ?? []
  }
}
