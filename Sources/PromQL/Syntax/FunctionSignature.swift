/// What a function takes and returns.
struct FunctionSignature: Hashable, Sendable {
  var name: String
  var arguments: [ValueType]
  /// How many of the last arguments may be left out; -1 when the last may also be repeated any number of times.
  var optional: Int
  var returns: ValueType

  init(_ name: String, _ arguments: [ValueType], optional: Int = 0, returns: ValueType = .vector) {
    self.name = name
    self.arguments = arguments
    self.optional = optional
    self.returns = returns
  }

  static func == (left: FunctionSignature, right: FunctionSignature) -> Bool { left.name == right.name }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The function of a name.
  static func named(_ name: String) -> FunctionSignature? { table[name] }

  /// All names, sorted.
  static var names: [String] { table.keys.sorted() }

  private static let table: [String: FunctionSignature] = {
    var table: [String: FunctionSignature] = [:]
    func add(_ signature: FunctionSignature) { table[signature.name] = signature }
    for name in [
      "abs", "absent", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "deg", "exp", "floor",
      "histogram_avg", "histogram_count", "histogram_stddev", "histogram_stdvar", "histogram_sum", "ln", "log10",
      "log2", "rad", "sgn", "sin", "sinh", "sort", "sort_desc", "sqrt",
      "start_timestamp", "tan", "tanh", "timestamp",
    ] {
      add(FunctionSignature(name, [.vector]))
    }
    for name in [
      "absent_over_time", "avg_over_time", "changes", "count_over_time", "delta", "deriv", "first_over_time", "idelta",
      "increase", "irate", "last_over_time", "mad_over_time", "max_over_time", "min_over_time", "present_over_time",
      "rate", "resets", "stddev_over_time", "stdvar_over_time", "sum_over_time", "ts_of_first_over_time",
      "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time",
    ] {
      add(FunctionSignature(name, [.matrix]))
    }
    for name in ["day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year"] {
      add(FunctionSignature(name, [.vector], optional: 1))
    }
    for name in ["pi", "time", "start", "end", "step", "range"] { add(FunctionSignature(name, [], returns: .scalar)) }
    for name in ["max_of", "min_of"] { add(FunctionSignature(name, [.scalar, .scalar], returns: .scalar)) }
    add(FunctionSignature("clamp", [.vector, .scalar, .scalar]))
    add(FunctionSignature("clamp_max", [.vector, .scalar]))
    add(FunctionSignature("clamp_min", [.vector, .scalar]))
    add(FunctionSignature("double_exponential_smoothing", [.matrix, .scalar, .scalar]))
    add(FunctionSignature("histogram_fraction", [.scalar, .scalar, .vector]))
    add(FunctionSignature("histogram_quantile", [.scalar, .vector]))
    add(FunctionSignature("histogram_quantiles", [.vector, .string, .scalar, .scalar], optional: -1))
    add(FunctionSignature("info", [.vector, .vector], optional: 1))
    add(FunctionSignature("label_join", [.vector, .string, .string, .string], optional: -1))
    add(FunctionSignature("label_replace", [.vector, .string, .string, .string, .string]))
    add(FunctionSignature("predict_linear", [.matrix, .scalar]))
    add(FunctionSignature("quantile_over_time", [.scalar, .matrix]))
    add(FunctionSignature("round", [.vector, .scalar], optional: 1))
    add(FunctionSignature("scalar", [.vector], returns: .scalar))
    add(FunctionSignature("sort_by_label", [.vector, .string], optional: -1))
    add(FunctionSignature("sort_by_label_desc", [.vector, .string], optional: -1))
    add(FunctionSignature("vector", [.scalar]))
    return table
  }()
}
