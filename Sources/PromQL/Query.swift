public import TimeSeries

/// A parsed and type-checked PromQL expression.
public struct Query: Sendable, Hashable {
  /// The expression as it was given.
  public let text: String
  let expression: Expression

  /// The most bytes that an expression may have.
  public static let textLimit = 1 << 20

  /// Reads an expression.
  /// - Throws: `PromQLError` of code `bad_data`; its description begins with the position, as Prometheus's does.
  public init(parse text: String) throws(PromQLError) {
    guard text.utf8.count <= Query.textLimit else {
      throw PromQLError(.badData, "expression is longer than \(Query.textLimit) bytes")
    }
    self.text = text
    do {
      expression = try Parser.expression(text)
    } catch let cause as PromQLError {
      throw cause
    } catch {
      throw PromQLError(.badData, "\(error)")
    }
  }

  /// The expression in canonical notation, split into lines where it is long, as `/api/v1/format_query` answers.
  public func format() -> String { expression.withSortedMatchers.pretty() }

  /// The type of the result: `scalar`, `string`, `vector` or `matrix` in the words of the HTTP API. A range query answers
  /// with a matrix for scalars and vectors.
  public var resultType: String { expression.type.word }

  /// Every selector in the expression without range and modifiers, in order of first appearance.
  public var selectorTexts: [String] {
    var found: [String] = []
    expression.forEachSelector { if !found.contains($0.body) { found.append($0.body) } }
    return found
  }

  /// The matchers of every selector in the expression, in order of appearance.
  public var selectors: [[LabelMatcher]] {
    var found: [[LabelMatcher]] = []
    expression.forEachSelector { found.append($0.matchers) }
    return found
  }
}

extension Expression {
  /// The expression with the matchers of each selector in order of their text, as Prometheus shows them.
  fileprivate var withSortedMatchers: Expression {
    switch self {
    case .number, .string: return self
    case .selector(var node):
      node.sortMatchers()
      return .selector(node)
    case .matrix(var node):
      node.selector.sortMatchers()
      return .matrix(node)
    case .subquery(var node):
      node.expression = node.expression.withSortedMatchers
      return .subquery(node)
    case .call(var node):
      node.arguments = node.arguments.map(\.withSortedMatchers)
      return .call(node)
    case .aggregation(var node):
      node.parameter = node.parameter?.withSortedMatchers
      node.expression = node.expression.withSortedMatchers
      return .aggregation(node)
    case .binary(var node):
      node.left = node.left.withSortedMatchers
      node.right = node.right.withSortedMatchers
      return .binary(node)
    case .unary(var node):
      node.operand = node.operand.withSortedMatchers
      return .unary(node)
    case .parenthesized(let inner, let range): return .parenthesized(inner.withSortedMatchers, range)
    }
  }

  func forEachSelector(_ body: (VectorSelector) -> Void) {
    switch self {
    case .number, .string: break
    case .selector(let node): body(node)
    case .matrix(let node): body(node.selector)
    case .subquery(let node): node.expression.forEachSelector(body)
    case .call(let node): for argument in node.arguments { argument.forEachSelector(body) }
    case .aggregation(let node):
      node.parameter?.forEachSelector(body)
      node.expression.forEachSelector(body)
    case .binary(let node):
      node.left.forEachSelector(body)
      node.right.forEachSelector(body)
    case .unary(let node): node.operand.forEachSelector(body)
    case .parenthesized(let inner, _): inner.forEachSelector(body)
    }
  }
}

extension VectorSelector {
  fileprivate mutating func sortMatchers() {
    matchers.sort { Labels.precedes($0.description, $1.description) }
  }
}
