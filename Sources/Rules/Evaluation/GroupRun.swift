import PromQL
import TimeSeries

/// A group of rules with what they remember from one evaluation to the next.
struct GroupRun {
  let group: RuleGroup
  private(set) var rules: [RuleRun]

  init(_ group: RuleGroup) {
    self.group = group
    rules = group.rules.map { RuleRun($0) }
  }

  /// Evaluates the rules in order; what one of them gives the next can see already.
  /// - Returns: what could not be evaluated, one sentence each.
  mutating func evaluate(_ engine: Engine, _ table: inout TableSource, at time: Int64, _ context: RuleContext)
    -> [String]
  {
    var faults: [String] = []
    for index in rules.indices {
      do {
        try rules[index].evaluate(engine, &table, at: time, group, context)
      } catch { faults.append("\(rules[index].rule.name) of group \(group.name): \(error)") }
    }
    return faults
  }
}

/// What templates know beside the element.
struct RuleContext: Sendable {
  var externalLabels: [String: String] = [:]
  var externalURL = ""
}

/// An element of an alerting rule's result, for as long as the rule remembers it.
struct ActiveAlert: Sendable {
  enum State: String, Sendable {
    case pending, firing
  }

  var labels: Labels
  var annotations: [String: String]
  var state = State.pending
  /// Milliseconds: when the element was first there.
  var activeAt: Int64
  /// Milliseconds: since when the element is gone while the alert is kept.
  var keptSince: Int64?
}

/// A rule with what it remembers.
struct RuleRun {
  let rule: Rule
  /// Alerts by their labels.
  private(set) var active: [Labels: ActiveAlert] = [:]
  /// Series that the last evaluation gave.
  private var given: Set<Labels> = []

  init(_ rule: Rule) { self.rule = rule }

  /// Alerts that fire now, sorted by labels.
  var firing: [ActiveAlert] {
    active.values.filter { $0.state == .firing }.sorted { $0.labels < $1.labels }
  }

  mutating func evaluate(
    _ engine: Engine, _ table: inout TableSource, at time: Int64, _ group: RuleGroup, _ context: RuleContext
  ) throws {
    let instant = time - group.queryOffset
    let result = try engine.instant(rule.query, table, at: instant)
    let samples: [VectorSample]
    switch result.value {
    case .vector(_, let found): samples = found
    case .scalar(_, let value): samples = [VectorSample(labels: Labels(), value: .float(value))]
    case .string, .matrix:
      throw RulesError(.evaluation, "a rule needs a number or an instant vector, not a \(rule.query.resultType)")
    }
    let series: [(Labels, SampleValue)]
    switch rule.kind {
    case .recording(let name): series = try record(samples, as: name, group)
    case .alerting(_, let hold, let keepFiring):
      series = try alert(samples, at: time, hold: hold, keepFiring: keepFiring, group, context)
    }
    for (labels, value) in series { table.add(labels, at: instant, value) }
    let now = Set(series.map(\.0))
    for gone in given.subtracting(now) { table.add(gone, at: instant, .float(.staleMarker)) }
    given = now
  }

  // MARK: Recording

  private func record(_ samples: [VectorSample], as name: String, _ group: RuleGroup) throws -> [(Labels, SampleValue)]
  {
    var seen: Set<Labels> = []
    let series = try samples.map { sample in
      var labels = sample.labels.setting(Labels.metricName, to: name)
      for (label, value) in group.labels.merging(rule.labels, uniquingKeysWith: { $1 }) {
        labels = labels.setting(label, to: value)
      }
      guard seen.insert(labels).inserted else {
        throw RulesError(.evaluation, "the result has several elements with the labels \(labels)")
      }
      return (labels, sample.value)
    }
    if group.limit > 0, series.count > group.limit {
      throw RulesError(.evaluation, "\(series.count) series, more than the group's limit of \(group.limit)")
    }
    return series
  }

  // MARK: Alerting

  private mutating func alert(
    _ samples: [VectorSample], at time: Int64, hold: Int64, keepFiring: Int64, _ group: RuleGroup,
    _ context: RuleContext
  ) throws -> [(Labels, SampleValue)] {
    var present: Set<Labels> = []
    for sample in samples {
      let found = try found(sample, at: time, group, context)
      guard present.insert(found.labels).inserted else {
        throw RulesError(
          .evaluation, "the result has several elements with the labels \(found.labels) once the rule's are set")
      }
      if active[found.labels] == nil {
        active[found.labels] = found
      } else {
        active[found.labels]?.annotations = found.annotations
      }
    }
    for labels in active.keys.sorted() {
      guard var alert = active[labels] else { continue }
      if present.contains(labels) {
        alert.keptSince = nil
        if alert.state == .pending, time - alert.activeAt >= hold { alert.state = .firing }
        active[labels] = alert
      } else if alert.state == .firing, keepFiring > 0, time - (alert.keptSince ?? time) < keepFiring {
        alert.keptSince = alert.keptSince ?? time
        active[labels] = alert
      } else {
        active[labels] = nil
      }
    }
    if group.limit > 0, active.count > group.limit {
      let count = active.count
      active = [:]
      throw RulesError(.evaluation, "\(count) alerts, more than the group's limit of \(group.limit)")
    }
    return active.values.sorted { $0.labels < $1.labels }.flatMap { alert -> [(Labels, SampleValue)] in
      let since = alert.labels.setting(Labels.metricName, to: "ALERTS_FOR_STATE")
      let state = alert.labels.setting(Labels.metricName, to: "ALERTS")
        .setting("alertstate", to: alert.state.rawValue)
      return [(state, .float(1)), (since, .float((Double(alert.activeAt) / 1000).rounded(.down)))]
    }
  }

  /// The alert that an element stands for.
  private func found(
    _ sample: VectorSample, at time: Int64, _ group: RuleGroup, _ context: RuleContext
  ) throws -> ActiveAlert {
    let pairs = sample.labels.entries.map { ($0.name, $0.value) }
    let value: Double
    switch sample.value {
    case .float(let float): value = float
    case .histogram(let histogram): value = histogram.sum
    }
    var data = TemplateData(labels: Dictionary(pairs) { $1 }, value: value)
    data.externalLabels = context.externalLabels
    data.externalURL = context.externalURL
    var labels = sample.labels.removing([Labels.metricName])
    for (name, template) in group.labels.merging(rule.labels, uniquingKeysWith: { $1 }) {
      labels = labels.setting(name, to: try Template(template).expanded(data))
    }
    labels = labels.setting("alertname", to: rule.name)
    let annotations = try rule.annotations.mapValues { try Template($0).expanded(data) }
    return ActiveAlert(labels: labels, annotations: annotations, activeAt: time)
  }
}
