/// The length of a range, a step or an offset: a literal, or arithmetic on literals and the query's own step and range.
indirect enum DurationExpression: Hashable, Sendable {
  enum Operation: String, Hashable, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
    case power = "^"

    var precedence: Int {
      switch self {
      case .add, .subtract: 1
      case .multiply, .divide, .modulo: 2
      case .power: 3
      }
    }
  }

  /// A duration literal in milliseconds.
  case literal(Int64)
  /// A bare number: seconds as a length, or a factor in a product.
  case number(Double)
  /// The step of the range query, in seconds.
  case step
  /// The length of the range query (end − start), in seconds.
  case queryRange
  case negated(DurationExpression)
  case parenthesized(DurationExpression)
  case binary(Operation, DurationExpression, DurationExpression)
  case minimum(DurationExpression, DurationExpression)
  case maximum(DurationExpression, DurationExpression)
  /// Arithmetic with its place in the query's text, which errors name.
  case located(DurationExpression, SourceRange)

  /// The times of the query that `step()` and `range()` stand for, in milliseconds.
  struct Context: Sendable {
    var step: Int64
    var range: Int64
  }

  /// The value in seconds.
  func seconds(_ context: Context) throws -> Double {
    switch self {
    case .literal(let milliseconds): return Double(milliseconds) / 1000
    case .number(let value): return value
    case .step: return Double(context.step) / 1000
    case .queryRange: return Double(context.range) / 1000
    case .negated(let operand): return -(try operand.seconds(context))
    case .parenthesized(let inner), .located(let inner, _): return try inner.seconds(context)
    case .minimum(let left, let right): return min(try left.seconds(context), try right.seconds(context))
    case .maximum(let left, let right): return max(try left.seconds(context), try right.seconds(context))
    case .binary(let operation, let left, let right):
      let (l, r) = (try left.seconds(context), try right.seconds(context))
      switch operation {
      case .add: return l + r
      case .subtract: return l - r
      case .multiply: return l * r
      case .divide:
        if r == 0 { throw PromQLError(.badData, "division by zero") }
        return l / r
      case .modulo:
        if r == 0 { throw PromQLError(.badData, "modulo by zero") }
        return l.truncatingRemainder(dividingBy: r)
      case .power: return Arithmetic.power(l, r)
      }
    }
  }

  /// The longest duration in milliseconds, about 292 years; sums of times stay far from overflowing.
  static let limit: Int64 = 9_223_372_036_854

  /// The value in milliseconds: that of a number is rounded, that of arithmetic is cut off.
  func milliseconds(_ context: Context) throws -> Int64 {
    if case .literal(let milliseconds) = self, milliseconds.magnitude <= Self.limit.magnitude { return milliseconds }
    guard case .located(let inner, _) = self else {
      let value = (try seconds(context) * 1000).rounded()
      guard value.magnitude <= Double(Self.limit) else { throw PromQLError(.badData, "duration out of range") }
      return Int64(value)
    }
    do {
      let value = (try inner.seconds(context) * 1000).rounded(.towardZero)
      guard value.magnitude <= Double(Self.limit) else { throw PromQLError(.badData, "duration is out of range") }
      return Int64(value)
    } catch let cause as PromQLError {
      throw PromQLError(.badData, place + cause.message)
    }
  }

  /// `first:last: ` byte of arithmetic in the query's text, as errors of its value begin; empty for plain durations.
  var place: String {
    if case .located(_, let range) = self { "\(range.start):\(range.end): " } else { "" }
  }

  /// Whether it is a plain duration or number.
  var isLiteral: Bool {
    switch self {
    case .literal, .number: true
    default: false
    }
  }

  /// As it is written.
  var text: String {
    switch self {
    case .literal(let milliseconds): DurationFormat.text(milliseconds: milliseconds)
    case .number(let value): FloatFormat.general(value)
    case .step: "step()"
    case .queryRange: "range()"
    case .negated(let operand): "-\(operand.text)"
    case .parenthesized(let inner): "(\(inner.text))"
    case .located(let inner, _): inner.text
    case .binary(let operation, let left, let right): "\(left.text) \(operation.rawValue) \(right.text)"
    case .minimum(let left, let right): "min(\(left.text), \(right.text))"
    case .maximum(let left, let right): "max(\(left.text), \(right.text))"
    }
  }
}
