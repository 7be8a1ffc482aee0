import TimeSeries

/// One run of a query: walks the tree and computes whole columns (all steps of a series) at a time.
final class Evaluation {
  let source: any SeriesSource
  let limits: EngineLimits
  /// The query's own times, which `start()`, `end()`, `step()` and `range()` stand for.
  let queryStart: Int64
  let queryEnd: Int64
  let queryStep: Int64
  let text: [UInt8]
  var annotations = Annotations()
  /// Whether rows that keep their name were joined with rows that will lose it, so that one series may be in two rows.
  var mixesNames = false
  /// The name that was last looked at for a counter's suffix; most series of a selector share it.
  var lastCounterName = ""
  private var touched = 0
  private var sinceCheck = 0

  init(query: Query, source: any SeriesSource, limits: EngineLimits, start: Int64, end: Int64, step: Int64) {
    self.source = source
    self.limits = limits
    queryStart = start
    queryEnd = end
    queryStep = step
    text = Array(query.text.utf8)
  }

  var durations: DurationExpression.Context { .init(step: queryStep, range: queryEnd - queryStart) }

  /// `(line:column)` of an expression, as annotations name it.
  func place(_ range: SourceRange) -> String { "(\(SourcePosition.at(range.start, in: text)))" }

  /// Counts samples against the limit, and now and then asks whether to stop.
  func touch(_ samples: Int) throws {
    touched += samples
    if touched > limits.maximumSamples {
      throw PromQLError(
        .execution,
        "query processing would load too many samples into memory in query execution")
    }
    sinceCheck += samples + 16
    if sinceCheck > 20_000 {
      sinceCheck = 0
      if limits.isCanceled() { throw PromQLError(.canceled, "query was canceled in expression evaluation") }
      if limits.isDeadlineReached() { throw PromQLError(.timeout, "query timed out in expression evaluation") }
    }
  }

  func evaluate(_ expression: Expression, _ grid: StepGrid) throws -> Value {
    switch expression {
    case .number(let literal): return .scalar(Array(repeating: literal.value, count: grid.count))
    case .string(let literal): return .string(literal.value)
    case .parenthesized(let inner, _): return try evaluate(inner, grid)
    case .selector(let selector): return .vector(try collect { try self.select(selector, grid, $0) })
    case .matrix, .subquery:
      throw PromQLError(.execution, "a range vector has no value at an instant; apply a function such as rate to it")
    case .call(let call): return try evaluate(call, grid)
    case .aggregation(let node): return .vector(try aggregate(node, grid))
    case .unary(let node): return try negate(node, grid)
    case .binary(let node): return try combine(node, grid)
    }
  }

  func vector(_ expression: Expression, _ grid: StepGrid) throws -> [Row] {
    switch try evaluate(expression, grid) {
    case .vector(let rows): return rows
    case .scalar(let values): return [Row(labels: Labels(), values: values)]
    case .string: throw PromQLError(.execution, "expected an instant vector, got a string")
    }
  }

  func scalar(_ expression: Expression, _ grid: StepGrid) throws -> [Double] {
    guard case .scalar(let values) = try evaluate(expression, grid) else {
      throw PromQLError(.execution, "expected a scalar")
    }
    return values
  }

  func string(_ expression: Expression) throws -> String {
    guard case .string(let literal) = expression.unwrapped else {
      throw PromQLError(.execution, "expected a string literal")
    }
    return literal.value
  }

  /// Hands the rows of a vector over one by one. Where the rows are computed from samples one buffer serves them all,
  /// so that aggregating them costs no allocation a series.
  func forEachRow(_ expression: Expression, _ grid: StepGrid, _ body: (inout Row) throws -> Void) throws {
    let inner = expression.unwrapped
    switch inner {
    case .selector(let selector): try select(selector, grid, body)
    case .call(let call) where RangeFunction(call.name) != nil: try applyRangeFunction(call, grid, body)
    case .binary(let node) where Evaluation.isRowByRow(node): try combineRowByRow(node, grid, body)
    default:
      for var row in try vector(inner, grid) { try body(&row) }
    }
  }

  func collect(_ produce: ((inout Row) throws -> Void) throws -> Void) rethrows -> [Row] {
    var rows: [Row] = []
    try produce { rows.append($0) }
    return rows
  }

  private func negate(_ node: UnaryExpression, _ grid: StepGrid) throws -> Value {
    let value = try evaluate(node.operand, grid)
    guard node.isNegation else { return value }
    switch value {
    case .string: return value
    case .scalar(let values): return .scalar(values.map { -$0 })
    case .vector(var rows):
      for index in rows.indices {
        rows[index].dropsName = true
        for step in 0..<grid.count where !rows[index].values[step].isAbsent {
          if let histogram = rows[index].histogram(step) {
            rows[index].histograms[step] = histogram.scaled(by: -1)
          } else {
            rows[index].values[step] = -rows[index].values[step]
          }
        }
      }
      return .vector(rows)
    }
  }

  /// Joins rows of equal labels. Rows that will lose their name are others than those that keep it.
  /// - Throws: `execution` when two of them have a sample at the same step.
  static func merge(_ rows: [Row]) throws -> [Row] {
    var places: [Bool: [Labels: Int]] = [:]
    var out: [Row] = []
    out.reserveCapacity(rows.count)
    for row in rows {
      let losesName = row.dropsName && row.labels[Labels.metricName] != nil
      guard let place = places[losesName]?[row.labels] else {
        places[losesName, default: [:]][row.labels] = out.count
        out.append(row)
        continue
      }
      out[place].dropsName = out[place].dropsName || row.dropsName
      for step in row.values.indices where !row.values[step].isAbsent {
        guard out[place].values[step].isAbsent else {
          throw PromQLError(.execution, "vector cannot contain metrics with the same labelset")
        }
        if let histogram = row.histogram(step) {
          out[place].set(step, histogram)
        } else {
          out[place].values[step] = row.values[step]
        }
      }
    }
    return out
  }
}
