import TimeSeries

@testable import PromQL

extension Expression {
  /// The expressions directly inside, without the selector of a matrix.
  var children: [Expression] {
    switch self {
    case .number, .string, .selector, .matrix: []
    case .subquery(let node): [node.expression]
    case .call(let node): node.arguments
    case .aggregation(let node): [node.parameter, node.expression].compactMap { $0 }
    case .binary(let node): [node.left, node.right]
    case .unary(let node): [node.operand]
    case .parenthesized(let inner, _): [inner]
    }
  }

  /// Whether this expression or any inside fits.
  func contains(_ fits: (Expression) -> Bool) -> Bool {
    fits(self) || children.contains { $0.contains(fits) }
  }

  /// The same, with whether the expression is inside of a subquery and so evaluated at other times than the question's.
  func contains(inSubquery: Bool, _ fits: (Expression, Bool) -> Bool) -> Bool {
    if fits(self, inSubquery) { return true }
    let isSubquery = if case .subquery = self { true } else { false }
    return children.contains { $0.contains(inSubquery: inSubquery || isSubquery, fits) }
  }

  /// The selectors of instant and range vectors.
  var selectors: [VectorSelector] {
    switch self {
    case .selector(let node): [node]
    case .matrix(let node): [node.selector]
    default: children.flatMap(\.selectors)
    }
  }

  /// The durations in brackets and after `offset`, without those of parts.
  var durations: [DurationExpression] {
    switch self {
    case .selector(let node): [node.offset].compactMap { $0 }
    case .matrix(let node): [node.window, node.selector.offset].compactMap { $0 }
    case .subquery(let node): [node.window, node.resolution, node.offset].compactMap { $0 }
    default: []
    }
  }

  /// The name of the function, if it is a call.
  var function: String? {
    if case .call(let node) = unwrapped { node.name } else { nil }
  }

  /// The metrics that all selectors inside name; `nil` where one of them may fit several.
  var metricNames: Set<String>? {
    var names: Set<String> = []
    for selector in selectors {
      guard let name = selector.fixedName else { return nil }
      names.insert(name)
    }
    return names
  }
}

extension VectorSelector {
  /// The one name that fits; `nil` where there may be several.
  var fixedName: String? {
    matchers.first { $0.name == Labels.metricName && $0.operation == .equal }?.value
  }
}
