public import PromQL

/// A file of recording and alerting rules, in Prometheus's form. How its YAML is read is the caller's affair.
public struct RuleFile: Decodable, Sendable {
  /// The groups, in the order of the file.
  public var groups: [RuleGroup]

  private enum CodingKeys: String, CodingKey, CaseIterable { case groups }

  /// Reads a file, and refuses what it does not know.
  public init(from decoder: any Decoder) throws {
    try KnownKeys.check(decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    groups = try container.decodeIfPresent([RuleGroup].self, forKey: .groups) ?? []
  }
}

/// Rules that are evaluated one after the other at the same instants.
public struct RuleGroup: Decodable, Sendable {
  /// Unlike every other group's of its file.
  public var name: String
  /// Added to what every rule of the group gives; a rule's own labels win.
  public var labels: [String: String]
  /// The most series or alerts that a rule may give; 0 for no limit.
  public var limit: Int
  /// So far back the rules look, in milliseconds.
  public var queryOffset: Int64
  /// In the order in which they are evaluated.
  public var rules: [Rule]

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, interval, limit, labels, rules
    case queryOffset = "query_offset"
    case partialResponseStrategy = "partial_response_strategy"
    case sourceTenants = "source_tenants"
  }

  /// Reads a group, and refuses what it does not know.
  public init(from decoder: any Decoder) throws {
    try KnownKeys.check(decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    labels = try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
    limit = try container.decodeIfPresent(Int.self, forKey: .limit) ?? 0
    queryOffset = try container.decodeIfPresent(Milliseconds.self, forKey: .queryOffset)?.count ?? 0
    rules = try container.decodeIfPresent([Rule].self, forKey: .rules) ?? []
    // Unit tests evaluate every group at their own interval; the group's only has to be one.
    _ = try container.decodeIfPresent(Milliseconds.self, forKey: .interval)
  }
}

/// A rule: what is evaluated, and what becomes of the result.
public struct Rule: Decodable, Sendable {
  /// What becomes of the result.
  public enum Kind: Sendable, Hashable {
    /// Written down as series of this name.
    case recording(String)
    /// Each element is an alert of this name once it has been there for `hold` milliseconds; it stays for another
    /// `keepFiring` milliseconds when the element is gone.
    case alerting(String, hold: Int64, keepFiring: Int64)
  }

  /// What becomes of the result.
  public var kind: Kind
  /// What is evaluated.
  public var query: Query
  /// Templates by label, set on the results.
  public var labels: [String: String]
  /// Templates by annotation.
  public var annotations: [String: String]

  /// The name of the recorded metric or of the alert.
  public var name: String {
    switch kind {
    case .recording(let name), .alerting(let name, _, _): name
    }
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case record, alert, expr, labels, annotations
    case hold = "for"
    case keepFiring = "keep_firing_for"
  }

  /// Reads a rule, parses its expression and its templates, and refuses what it does not know.
  public init(from decoder: any Decoder) throws {
    try KnownKeys.check(decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let record = try container.decodeIfPresent(String.self, forKey: .record)
    let alert = try container.decodeIfPresent(String.self, forKey: .alert)
    let hold = try container.decodeIfPresent(Milliseconds.self, forKey: .hold)?.count
    let keepFiring = try container.decodeIfPresent(Milliseconds.self, forKey: .keepFiring)?.count
    labels = try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
    annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:]
    func fault(_ message: String) -> DecodingError {
      .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: message))
    }
    switch (record, alert) {
    case (let record?, nil):
      guard hold == nil, keepFiring == nil, annotations.isEmpty else {
        throw fault("a recording rule takes no for, keep_firing_for or annotations")
      }
      kind = .recording(record)
    case (nil, let alert?): kind = .alerting(alert, hold: hold ?? 0, keepFiring: keepFiring ?? 0)
    default: throw fault("a rule has either record or alert")
    }
    let text = try container.decode(String.self, forKey: .expr)
    do { query = try Query(parse: text) } catch {
      throw fault("the expression of \(record ?? alert ?? "") is wrong: \(error)")
    }
    for (name, template) in labels.merging(annotations, uniquingKeysWith: { own, _ in own }) {
      do { _ = try Template(template) } catch { throw fault("the template of \(name) is wrong: \(error)") }
    }
  }
}

/// A duration in Prometheus's notation.
struct Milliseconds: Decodable {
  let count: Int64

  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let count = text == "0" ? 0 : DurationFormat.milliseconds(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is no duration; write e.g. 1m30s"))
    }
    self.count = count
  }
}
