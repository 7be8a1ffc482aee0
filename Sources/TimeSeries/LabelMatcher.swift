/// A condition on one label's value. An absent label has the empty value.
public struct LabelMatcher: Sendable, Hashable {
  /// The label's name.
  public let name: String
  /// How the value is compared.
  public let operation: MatchOperation
  /// The text or expression to compare with.
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
    case .equal: candidate.hasSameBytes(as: value)
    case .notEqual: !candidate.hasSameBytes(as: value)
    case .matches: expression!.matches(candidate)
    case .notMatches: !expression!.matches(candidate)
    }
  }

  /// Whether a label of this value, given as UTF-8, fits.
  func fits(bytes candidate: UnsafeRawBufferPointer) -> Bool {
    switch operation {
    case .equal: candidate.elementsEqual(value.utf8)
    case .notEqual: !candidate.elementsEqual(value.utf8)
    case .matches: expression!.matches(bytes: candidate)
    case .notMatches: !expression!.matches(bytes: candidate)
    }
  }

  /// The only values that a positive matcher fits, or the only ones that a negative matcher does not fit, when they
  /// are known without looking at what values there are.
  var literals: [String]? {
    switch operation {
    case .equal, .notEqual: [value]
    case .matches, .notMatches: expression!.literals.map { Array(Set($0)).sorted() }
    }
  }

  /// Whether the operation is `=` or `=~`.
  var isPositive: Bool { operation == .equal || operation == .matches }

  /// Equal when name, operation and value are.
  public static func == (left: LabelMatcher, right: LabelMatcher) -> Bool {
    left.name.hasSameBytes(as: right.name) && left.operation == right.operation
      && left.value.hasSameBytes(as: right.value)
  }

  /// Hashes name, operation and value.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(operation)
    hasher.combine(value)
  }
}

extension LabelMatcher: CustomStringConvertible {
  /// Prometheus's notation.
  public var description: String { "\(name)\(operation.rawValue)\"\(value)\"" }
}
