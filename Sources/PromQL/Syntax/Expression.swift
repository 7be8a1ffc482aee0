import TimeSeries

/// A parsed expression. Parentheses are kept, so that printing gives back what was read.
indirect enum Expression: Hashable, Sendable {
  case number(NumberLiteral)
  case string(StringLiteral)
  case selector(VectorSelector)
  case matrix(MatrixSelector)
  case subquery(Subquery)
  case call(Call)
  case aggregation(Aggregation)
  case binary(BinaryExpression)
  case unary(UnaryExpression)
  case parenthesized(Expression, SourceRange)

  /// Where the expression stands in the query.
  var range: SourceRange {
    switch self {
    case .number(let node): node.range
    case .string(let node): node.range
    case .selector(let node): node.range
    case .matrix(let node): node.range
    case .subquery(let node): node.range
    case .call(let node): node.range
    case .aggregation(let node): node.range
    case .binary(let node): node.range
    case .unary(let node): node.range
    case .parenthesized(_, let range): range
    }
  }

  /// The expression inside any parentheses.
  var unwrapped: Expression {
    var current = self
    while case .parenthesized(let inner, _) = current { current = inner }
    return current
  }

  var type: ValueType {
    switch self {
    case .number: .scalar
    case .string: .string
    case .selector, .aggregation: .vector
    case .matrix, .subquery: .matrix
    case .call(let call): call.signature.returns
    case .binary(let node): node.left.type == .scalar && node.right.type == .scalar ? .scalar : .vector
    case .unary(let node): node.operand.type
    case .parenthesized(let inner, _): inner.type
    }
  }
}

/// A number; `isDuration` when it was spelled as a duration (`5m` is 300).
struct NumberLiteral: Hashable, Sendable {
  var value: Double
  var isDuration = false
  var range = SourceRange.none

  static func == (left: NumberLiteral, right: NumberLiteral) -> Bool {
    (left.value == right.value || (left.value.isNaN && right.value.isNaN)) && left.isDuration == right.isDuration
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(value.isNaN ? 0 : value)
    hasher.combine(isDuration)
  }
}

/// The time that a selector looks at, when `@` fixes it.
enum AtModifier: Hashable, Sendable {
  /// Milliseconds since the Unix epoch.
  case timestamp(Int64)
  case start
  case end
}

/// How a range is read at its edges.
enum RangeMode: String, Hashable, Sendable {
  case plain = ""
  case anchored
  case smoothed
}

struct VectorSelector: Hashable, Sendable {
  /// All conditions, the one on the name included.
  var matchers: [LabelMatcher]
  /// The name when it was given outside of a matcher.
  var name = ""
  var offset: DurationExpression?
  var at: AtModifier?
  var mode = RangeMode.plain
  var range = SourceRange.none
}

struct MatrixSelector: Hashable, Sendable {
  var selector: VectorSelector
  var window: DurationExpression
  var range = SourceRange.none
}

struct Subquery: Hashable, Sendable {
  var expression: Expression
  var window: DurationExpression
  var resolution: DurationExpression?
  var offset: DurationExpression?
  var at: AtModifier?
  var range = SourceRange.none
}

struct Call: Hashable, Sendable {
  var signature: FunctionSignature
  var arguments: [Expression]
  var range = SourceRange.none

  var name: String { signature.name }
}

/// The labels that make a group: those listed, or all but those listed (and the name).
struct Grouping: Hashable, Sendable {
  var isWithout = false
  var labels: [String] = []
}

struct Aggregation: Hashable, Sendable {
  var operation: AggregationOperator
  var grouping = Grouping()
  var parameter: Expression?
  var expression: Expression
  var range = SourceRange.none
}

struct UnaryExpression: Hashable, Sendable {
  var isNegation: Bool
  var operand: Expression
  var range = SourceRange.none
}

struct BinaryExpression: Hashable, Sendable {
  var operation: BinaryOperator
  var left: Expression
  var right: Expression
  var returnsBool = false
  var matching = VectorMatching()
  var range = SourceRange.none
  var operatorRange = SourceRange.none
}

/// Which series of the two sides of an operator belong together.
struct VectorMatching: Hashable, Sendable {
  enum Cardinality: Hashable, Sendable { case oneToOne, manyToOne, oneToMany }

  var cardinality = Cardinality.oneToOne
  /// `on` when true, `ignoring` when false.
  var isOn = false
  var labels: [String] = []
  /// Labels copied from the "one" side by `group_left` or `group_right`.
  var included: [String] = []
  /// Values in the place of a missing partner, from the `fill` modifiers.
  var fillLeft: Double?
  var fillRight: Double?
}
