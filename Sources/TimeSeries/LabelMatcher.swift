/// A condition on one label's value. An absent label has the empty value.
public struct LabelMatcher: Sendable, Hashable {
  public let name: String
  public let operation: MatchOperation
  public let value: String
  let expression: RegularExpression?

  /// - Throws: `TimeSeriesError` with RE2's message when the expression of `=~` or `!~` is invalid.
  public init(name: String, operation: MatchOperation, value: String) throws {
    self.name = name
    self.operation = operation
    self.value = value
    switch operation {
    case .equal, .notEqual: expression = nil
    case .matches, .notMatches: expression = try RegularExpression(value)
    }
  }

  /// Whether a label of this value (empty when absent) fits.
  public func fits(_ candidate: String) -> Bool {
    switch operation {
    case .equal: candidate == value
    case .notEqual: candidate != value
    case .matches: expression!.matches(candidate)
    case .notMatches: !expression!.matches(candidate)
    }
  }

  public static func == (left: LabelMatcher, right: LabelMatcher) -> Bool {
    left.name == right.name && left.operation == right.operation && left.value == right.value
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(operation)
    hasher.combine(value)
  }
}

extension LabelMatcher: CustomStringConvertible {
  public var description: String { "\(name)\(operation.rawValue)\"\(value)\"" }
}
