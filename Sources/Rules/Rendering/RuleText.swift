/// What an operator changes of one alerting rule.
public struct RuleChange: Sendable, Hashable {
  /// The alert's name.
  public var alert: String
  /// Whether the rule is left out altogether.
  public var isLeftOut = false
  /// The value of the label `severity`; `nil`: as it is.
  public var severity: String?
  /// How the rule's file writes the threshold, with its comparison, as in `> 600`.
  public var shippedThreshold: String?
  /// What is written instead.
  public var threshold: String?

  /// A change that changes nothing yet.
  public init(_ alert: String) { self.alert = alert }
}

/// A file of rules as text. It is changed rule by rule, so that its comments and its order stay.
///
/// A rule is a line `- alert: NAME` or `- record: NAME` with the lines behind it that are indented further; the comment
/// lines right before it belong to it.
public struct RuleText: Sendable, Hashable {
  private var lines: [String]

  /// Takes a file's text; `RuleFile` says whether it holds rules.
  public init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The text as it is now.
  public var text: String { lines.joined(separator: "\n") }

  /// - Throws: `RulesError` when the rule, or what is to be changed in it, is not there or is there more than once.
  public mutating func apply(_ change: RuleChange) throws(RulesError) {
    var rule = try range(of: change.alert)
    if change.isLeftOut {
      while rule.lowerBound > 0, lines[rule.lowerBound - 1].drop(while: { $0 == " " }).hasPrefix("#") {
        rule = rule.lowerBound - 1..<rule.upperBound
      }
      // Of the two empty lines around it one stays.
      if rule.lowerBound > 0, lines[rule.lowerBound - 1].isEmpty { rule = rule.lowerBound - 1..<rule.upperBound }
      lines.removeSubrange(rule)
      return
    }
    if let severity = change.severity {
      let index = try onlyLine(in: rule, of: change.alert, "a label severity") {
        $0.drop { $0 == " " }.hasPrefix("severity: ")
      }
      lines[index] = lines[index].prefix { $0 == " " } + "severity: " + severity
    }
    if let shipped = change.shippedThreshold, let threshold = change.threshold {
      let index = try onlyLine(in: rule, of: change.alert, "the threshold \"\(shipped)\"") { $0.hasSuffix(shipped) }
      lines[index] = lines[index].dropLast(shipped.count) + threshold
    }
  }

  /// Lets every `runbook_url` lie below another address; the pages' names stay.
  /// - Parameter base: an absolute URL; a slash at its end makes no difference.
  /// - Throws: `RulesError` when it is none, or holds what does not belong into a URL.
  public mutating func setRunbooks(_ base: String) throws(RulesError) {
    let allowed = "-._~:/?[]@!$&()*+,;=%"
    let isText = base.unicodeScalars.allSatisfy { scalar in
      ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        || allowed.unicodeScalars.contains(scalar)
    }
    guard isText, let scheme = base.firstRange(of: "://"), scheme.lowerBound > base.startIndex,
      scheme.upperBound < base.endIndex
    else {
      throw RulesError(
        .invalidFile, "\"\(base)\" is no address for runbooks; write one like https://wiki.example/runbooks.")
    }
    let stem = base.hasSuffix("/") ? String(base.dropLast()) : base
    for index in lines.indices where lines[index].drop(while: { $0 == " " }).hasPrefix("runbook_url: ") {
      guard let page = lines[index].split(separator: "/").last else { continue }
      lines[index] = lines[index].prefix { $0 == " " } + "runbook_url: \(stem)/\(page)"
    }
  }

  /// The line after the rule's last is the end; comments before it are not in it.
  private func range(of name: String) throws(RulesError) -> Range<Int> {
    let starts = lines.indices.filter { lines[$0].drop { $0 == " " } == "- alert: \(name)" }
    guard let start = starts.first, starts.count == 1 else {
      throw RulesError(
        .invalidFile,
        "The rules hold \(starts.count) alerts \(name) where one is expected; take the file of this version.")
    }
    let indentation = lines[start].prefix { $0 == " " }.count
    let end = lines[(start + 1)...].firstIndex { line in
      line.isEmpty || line.prefix { $0 == " " }.count <= indentation
    }
    return start..<(end ?? lines.endIndex)
  }

  private func onlyLine(
    in rule: Range<Int>, of name: String, _ what: String, _ isIt: (String) -> Bool
  ) throws(RulesError) -> Int {
    let found = rule.filter { isIt(lines[$0]) }
    guard let index = found.first, found.count == 1 else {
      throw RulesError(
        .invalidFile,
        "The alert \(name) holds \(what) \(found.count) times where once is expected; take the rules of "
          + "this version.")
    }
    return index
  }
}

extension RuleText {
  /// The rules as an object of the Prometheus operator.
  /// - Parameters:
  ///   - name: the object's name; a DNS label, as the namespace.
  ///   - labels: of the object, in this order; by them a Prometheus chooses its rules.
  /// - Throws: `RulesError` where the text has no line `groups:`.
  public func prometheusRule(
    name: String, namespace: String, labels: [(name: String, value: String)]
  ) throws(RulesError) -> String {
    guard let groups = lines.firstIndex(of: "groups:") else {
      throw RulesError(.invalidFile, "The rules have no line \"groups:\" to begin with.")
    }
    var object = Array(lines[..<groups])
    object += ["apiVersion: monitoring.coreos.com/v1", "kind: PrometheusRule", "metadata:"]
    object += ["  name: \(name)", "  namespace: \(namespace)"]
    if !labels.isEmpty { object += ["  labels:"] + labels.map { "    \($0.name): \"\($0.value)\"" } }
    object.append("spec:")
    object += lines[groups...].map { $0.isEmpty ? "" : "  " + $0 }
    return object.joined(separator: "\n")
  }
}
