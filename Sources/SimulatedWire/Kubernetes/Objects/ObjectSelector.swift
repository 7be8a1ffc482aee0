/// Which objects of a kind a request asks for.
struct ObjectSelector: Sendable {
  /// `nil`: all.
  var namespace: String?
  var labels: [LabelTerm] = []
  var fields: [FieldTerm] = []

  struct LabelTerm: Sendable {
    enum Test: Sendable { case isIn([String]), isNotIn([String]), exists, isAbsent, isGreater(Int64), isLess(Int64) }
    var key: String
    var test: Test

    func matches(_ labels: [String: String]) -> Bool {
      let value = labels[key]
      switch test {
      case .isIn(let values): return value.map { values.contains($0) } ?? false
      case .isNotIn(let values): return value.map { !values.contains($0) } ?? true
      case .exists: return value != nil
      case .isAbsent: return value == nil
      case .isGreater(let bound): return value.flatMap { Int64($0) }.map { $0 > bound } ?? false
      case .isLess(let bound): return value.flatMap { Int64($0) }.map { $0 < bound } ?? false
      }
    }
  }

  struct FieldTerm: Sendable {
    var path: String
    var value: String
    var equal: Bool
  }

  func matches(_ key: ObjectKey, _ object: StoredObject) -> Bool {
    if let namespace, key.namespace != namespace { return false }
    guard labels.allSatisfy({ $0.matches(object.labels) }) else { return false }
    return fields.allSatisfy { term in
      let actual =
        switch term.path {
        case "metadata.name": key.name
        case "metadata.namespace": key.namespace
        default: object.fields[term.path] ?? ""
        }
      return (actual == term.value) == term.equal
    }
  }

  /// Whether it may leave some objects of the namespace out.
  var isSelective: Bool { !labels.isEmpty || !fields.isEmpty }

  /// Fields by which objects of a table can be selected beside name and namespace.
  static let selectableFields: [String: Set<String>] = [
    "nodes": ["spec.unschedulable"],
    "pods": [
      "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
      "status.phase", "status.podIP", "status.nominatedNodeName",
    ],
    "events": [
      "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
      "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
      "reportingComponent", "source", "type",
    ],
    "namespaces": ["status.phase"], "secrets": ["type"], "jobs.batch": ["status.successful"],
    "replicasets.apps": ["status.replicas"],
  ]

  // MARK: - Reading

  static func parseFields(_ text: String, of kind: ResourceKind) throws(APIStatus) -> [FieldTerm] {
    var terms: [FieldTerm] = []
    for part in text.split(separator: ",") {
      let part = String(part)
      let (path, value, equal): (String, String, Bool)
      if let range = part.firstRange(of: "!=") {
        (path, value, equal) = (String(part[..<range.lowerBound]), String(part[range.upperBound...]), false)
      } else if let range = part.firstRange(of: "==") ?? part.firstRange(of: "=") {
        (path, value, equal) = (String(part[..<range.lowerBound]), String(part[range.upperBound...]), true)
      } else {
        throw .badRequest("invalid selector: '\(text)'; can't understand '\(part)'")
      }
      let renamed = path.hasPrefix("regarding.") ? "involvedObject." + path.dropFirst("regarding.".count) : path
      let isKnown =
        ["metadata.name", "metadata.namespace"].contains(renamed)
        || selectableFields[kind.table]?.contains(renamed) == true
      guard isKnown else { throw .badRequest("field label not supported: \(path)") }
      terms.append(FieldTerm(path: renamed, value: value, equal: equal))
    }
    return terms
  }

  static func parseLabels(_ text: String) throws(APIStatus) -> [LabelTerm] {
    var terms: [LabelTerm] = []
    for part in topLevelParts(of: text) where !part.isEmpty { terms.append(try labelTerm(part, of: text)) }
    return terms
  }

  /// Splits at commas that are not within parentheses.
  private static func topLevelParts(of text: String) -> [String] {
    var parts = [""]
    var depth = 0
    for character in text {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == "," && depth == 0 {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.map { trimmed($0[...]) }
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  private static func labelTerm(_ part: String, of whole: String) throws(APIStatus) -> LabelTerm {
    func term(_ key: Substring, _ test: LabelTerm.Test) throws(APIStatus) -> LabelTerm {
      let key = trimmed(key)
      guard isKey(key) else { throw APIStatus.badRequest("unable to parse requirement: invalid label key \"\(key)\"") }
      return LabelTerm(key: key, test: test)
    }
    if part.hasSuffix(")"), let open = part.firstIndex(of: "(") {
      let values = part[part.index(after: open)...].dropLast().split(separator: ",", omittingEmptySubsequences: false)
        .map { trimmed($0) }
      let head = part[..<open].split(separator: " ")
      guard head.count == 2, ["in", "notin"].contains(head[1]) else {
        throw .badRequest("unable to parse requirement: found '\(part)' in '\(whole)'")
      }
      return try term(head[0], head[1] == "in" ? .isIn(values) : .isNotIn(values))
    }
    if part.hasPrefix("!"), !part.contains("=") { return try term(part.dropFirst(), .isAbsent) }
    for (sign, makesEqual) in [("!=", false), ("==", true), ("=", true)] {
      guard let range = part.firstRange(of: sign) else { continue }
      let value = trimmed(part[range.upperBound...])
      return try term(part[..<range.lowerBound], makesEqual ? .isIn([value]) : .isNotIn([value]))
    }
    for sign in ["<", ">"] {
      guard let range = part.firstRange(of: sign) else { continue }
      guard let bound = Int64(trimmed(part[range.upperBound...])) else {
        throw .badRequest("unable to parse requirement: '\(part)' needs an integer")
      }
      return try term(part[..<range.lowerBound], sign == ">" ? .isGreater(bound) : .isLess(bound))
    }
    return try term(part[...], .exists)
  }

  private static func isKey(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "-_./".utf8.contains($0)
      }
  }
}
