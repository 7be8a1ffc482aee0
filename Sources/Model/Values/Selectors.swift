/// One condition on labels. Source: Kubernetes, `LabelSelectorRequirement` and `NodeSelectorRequirement`.
public struct LabelRequirement: Hashable, Sendable, Codable {
  public enum Operator: String, Sendable, Codable, Hashable, CaseIterable {
    case `in` = "In"
    case notIn = "NotIn"
    case exists = "Exists"
    case doesNotExist = "DoesNotExist"
    /// For nodes only: label and value are integers.
    case greaterThan = "Gt"
    case lessThan = "Lt"
  }

  public var key: String
  public var `operator`: Operator
  /// Any number for `in` and `notIn`, one integer for `greaterThan` and `lessThan`, none for the others.
  public var values: [String]

  public init(key: String, operator: Operator, values: [String] = []) {
    self.key = key
    self.operator = `operator`
    self.values = values
  }

  public func matches(_ labels: [String: String]) -> Bool { matches(value: labels[key]) }

  /// - Parameter value: the label's value; `nil` when there is no such label.
  public func matches(value: String?) -> Bool {
    switch self.operator {
    case .in: value.map(values.contains) ?? false
    case .notIn: !(value.map(values.contains) ?? false)
    case .exists: value != nil
    case .doesNotExist: value == nil
    case .greaterThan: compare(value, >)
    case .lessThan: compare(value, <)
    }
  }

  private func compare(_ value: String?, _ holds: (Int64, Int64) -> Bool) -> Bool {
    guard values.count == 1, let bound = Int64(values[0]), let number = value.flatMap({ Int64($0) }) else {
      return false
    }
    return holds(number, bound)
  }

  /// As kubectl writes it: `zone in (a, b)`, `!gpu`, `cores > 8`.
  public var text: String {
    switch self.operator {
    case .in where values.count == 1: "\(key)=\(values[0])"
    case .in: "\(key) in (\(values.joined(separator: ", ")))"
    case .notIn: "\(key) not in (\(values.joined(separator: ", ")))"
    case .exists: key
    case .doesNotExist: "!\(key)"
    case .greaterThan: "\(key) > \(values.first ?? "")"
    case .lessThan: "\(key) < \(values.first ?? "")"
    }
  }
}

/// Chooses objects by their labels: all conditions must hold; without any it chooses everything.
public struct LabelSelector: Hashable, Sendable, Codable {
  public var matchLabels: [String: String]
  public var expressions: [LabelRequirement]

  public init(matchLabels: [String: String] = [:], expressions: [LabelRequirement] = []) {
    self.matchLabels = matchLabels
    self.expressions = expressions
  }

  public func matches(_ labels: [String: String]) -> Bool {
    matchLabels.allSatisfy { labels[$0.key] == $0.value } && expressions.allSatisfy { $0.matches(labels) }
  }
}

/// One alternative of a node affinity: all conditions must hold; without any it matches no node.
public struct NodeSelectorTerm: Hashable, Sendable, Codable {
  /// On the node's labels.
  public var expressions: [LabelRequirement]
  /// On the node's fields, of which there is `metadata.name`.
  public var fields: [LabelRequirement]

  public init(expressions: [LabelRequirement] = [], fields: [LabelRequirement] = []) {
    self.expressions = expressions
    self.fields = fields
  }

  public func matches(labels: [String: String], name: NodeName?) -> Bool {
    guard !expressions.isEmpty || !fields.isEmpty else { return false }
    return expressions.allSatisfy { $0.matches(labels) }
      && fields.allSatisfy { $0.key == Self.nameField && $0.matches(value: name?.rawValue) }
  }

  public static let nameField = "metadata.name"

  public var text: String { (expressions + fields).map(\.text).joined(separator: ", ") }
}
