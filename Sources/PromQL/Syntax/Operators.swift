/// The operators between two expressions.
enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case power = "^"
  case atan2
  case equal = "=="
  case notEqual = "!="
  case greater = ">"
  case less = "<"
  case greaterOrEqual = ">="
  case lessOrEqual = "<="
  /// What is left of histograms up to a value.
  case trimUpper = "</"
  /// What is left of histograms from a value on.
  case trimLower = ">/"
  case and
  case or
  case unless

  /// Higher binds tighter.
  var precedence: Int {
    switch self {
    case .or: 1
    case .and, .unless: 2
    case .equal, .notEqual, .greater, .less, .greaterOrEqual, .lessOrEqual, .trimUpper, .trimLower: 3
    case .add, .subtract: 4
    case .multiply, .divide, .modulo, .atan2: 5
    case .power: 6
    }
  }

  /// The precedence at which a sign's operand ends: only `^` binds tighter.
  static let unaryPrecedence = 6

  var isComparison: Bool { precedence == 3 && !isTrim }
  var isTrim: Bool { self == .trimUpper || self == .trimLower }
  /// Whether a result is a sample of the left side, so that its name stays.
  var keepsName: Bool { precedence == 3 }
  var isSet: Bool { precedence <= 2 }
  var isRightAssociative: Bool { self == .power }
}

/// The aggregations over the series of a vector.
enum AggregationOperator: String, Hashable, Sendable, CaseIterable {
  case sum, avg, min, max, count, group, stddev, stdvar, topk, bottomk, quantile
  case countValues = "count_values"
  case limitk
  case limitRatio = "limit_ratio"

  /// Whether a parameter comes before the vector.
  var hasParameter: Bool {
    switch self {
    case .topk, .bottomk, .quantile, .countValues, .limitk, .limitRatio: true
    default: false
    }
  }

  /// Whether the result consists of input series.
  var keepsSeries: Bool {
    switch self {
    case .topk, .bottomk, .limitk, .limitRatio: true
    default: false
    }
  }
}

/// The types that an expression can have.
enum ValueType: String, Hashable, Sendable {
  case scalar
  case vector = "instant vector"
  case matrix = "range vector"
  case string
}
