import TimeSeries

/// Checks that every operand and argument has a type that fits.
struct TypeChecker {
  let text: [UInt8]

  private func error(_ message: String, at range: SourceRange) -> PromQLError {
    PromQLError(.badData, message, at: .at(range.start, in: text))
  }

  mutating func check(_ expression: Expression) throws -> ValueType {
    switch expression {
    case .number: return .scalar
    case .string: return .string
    case .selector(let node):
      try check(node)
      return .vector
    case .matrix(let node):
      try check(node.selector)
      return .matrix
    case .parenthesized(let inner, _): return try check(inner)
    case .subquery(let node):
      let type = try check(node.expression)
      if type != .vector {
        let name = type == .matrix ? "matrix" : type.rawValue
        throw error("subquery is only allowed on instant vector, got \(name) instead", at: node.range)
      }
      return .matrix
    case .unary(let node):
      let type = try check(node.operand)
      if type != .scalar && type != .vector {
        throw error(
          "unary expression only allowed on expressions of type scalar or instant vector, got \(Self.quoted(type))",
          at: node.range)
      }
      return type
    case .call(let node): return try check(node)
    case .aggregation(let node): return try check(node)
    case .binary(let node): return try check(node)
    }
  }

  private static func quoted(_ type: ValueType) -> String { "\"\(type.rawValue)\"" }

  private mutating func expect(_ expression: Expression, _ wanted: ValueType, in context: String) throws {
    let type = try check(expression)
    if type != wanted {
      throw error("expected type \(wanted.rawValue) in \(context), got \(type.rawValue)", at: expression.range)
    }
  }

  private mutating func check(_ node: Call) throws -> ValueType {
    let signature = node.signature
    let count = signature.arguments.count
    let given = node.arguments.count
    let context = "call to function \"\(signature.name)\""
    let call = "call to \"\(signature.name)\""
    if signature.optional == 0, given != count {
      throw error("expected \(count) argument(s) in \(call), got \(given)", at: node.range)
    }
    let least = count - (signature.optional < 0 ? 1 : signature.optional)
    if given < least {
      throw error("expected at least \(least) argument(s) in \(call), got \(given)", at: node.range)
    }
    if signature.optional > 0, given > count {
      throw error("expected at most \(count) argument(s) in \(call), got \(given)", at: node.range)
    }
    for (index, argument) in node.arguments.enumerated() {
      // The second argument of `info` only tells which labels to take; it may fit everything.
      if signature.name == "info", index == 1, case .selector = argument { continue }
      try expect(argument, signature.arguments[min(index, count - 1)], in: context)
    }
    if signature.name == "info", given > 1 { try checkInfo(node) }
    return signature.returns
  }

  private func checkInfo(_ node: Call) throws {
    guard case .selector(let selector) = node.arguments[1], selector.name.isEmpty else {
      throw error(
        "expected label selectors only, got vector selector instead", at: node.arguments[1].range)
    }
  }

  /// A selector of all series is most likely a slip of the pen.
  private func check(_ selector: VectorSelector) throws {
    if !selector.matchers.contains(where: { !$0.fits("") }) {
      throw error("vector selector must contain at least one non-empty matcher", at: selector.range)
    }
  }

  private mutating func check(_ node: Aggregation) throws -> ValueType {
    try expect(node.expression, .vector, in: "aggregation expression")
    if let parameter = node.parameter {
      let wanted: ValueType = node.operation == .countValues ? .string : .scalar
      try expect(parameter, wanted, in: "aggregation parameter")
    }
    return .vector
  }

  private mutating func check(_ node: BinaryExpression) throws -> ValueType {
    let left = try check(node.left)
    let right = try check(node.right)
    let (operation, matching) = (node.operation, node.matching)
    if node.returnsBool && !operation.isComparison {
      throw error("bool modifier can only be used on comparison operators", at: node.operatorRange)
    }
    if operation.isComparison && !node.returnsBool && left == .scalar && right == .scalar {
      throw error("comparisons between scalars must use BOOL modifier", at: node.operatorRange)
    }
    if matching.isOn, let both = matching.labels.first(where: matching.included.contains) {
      throw error("label \"\(both)\" must not occur in ON and GROUP clause at once", at: node.operatorRange)
    }
    for (type, operand) in [(left, node.left), (right, node.right)] where type != .scalar && type != .vector {
      throw error("binary expression must contain only scalar and instant vector types", at: operand.range)
    }
    let isFilling = matching.fillLeft != nil || matching.fillRight != nil
    if left == .vector && right == .vector {
      if operation.isSet && matching.cardinality != .oneToOne {
        throw error("no grouping allowed for \"\(operation.rawValue)\" operation", at: node.range)
      }
      if operation.isSet && isFilling {
        throw error("filling in missing series not allowed for set operators", at: node.range)
      }
      return .vector
    }
    if !matching.labels.isEmpty {
      throw error("vector matching only allowed between instant vectors", at: node.range)
    }
    if isFilling {
      throw error("filling in missing series only allowed between instant vectors", at: node.range)
    }
    if operation.isSet {
      throw error("set operator \"\(operation.rawValue)\" not allowed in binary scalar expression", at: node.range)
    }
    return left == .scalar && right == .scalar ? .scalar : .vector
  }
}
