/// The functions of a range vector that make one value of each window.
enum RangeFunction: String {
  case rate, increase, delta, irate, idelta, deriv, changes, resets
  case predictLinear = "predict_linear"
  case smoothing = "double_exponential_smoothing"
  case average = "avg_over_time"
  case sum = "sum_over_time"
  case minimum = "min_over_time"
  case maximum = "max_over_time"
  case count = "count_over_time"
  case last = "last_over_time"
  case first = "first_over_time"
  case present = "present_over_time"
  case quantile = "quantile_over_time"
  case standardDeviation = "stddev_over_time"
  case variance = "stdvar_over_time"
  case medianDeviation = "mad_over_time"
  case timeOfFirst = "ts_of_first_over_time"
  case timeOfLast = "ts_of_last_over_time"
  case timeOfMinimum = "ts_of_min_over_time"
  case timeOfMaximum = "ts_of_max_over_time"

  init?(_ name: String) { self.init(rawValue: name) }

  /// Whether the result is a sample of the series itself, so that the name stays.
  var keepsName: Bool { self == .last || self == .first }

  /// Whether the value depends on the instant of evaluation and not only on the window.
  var dependsOnTime: Bool { self == .predictLinear }

  /// Whether the function is meant for counters.
  var isForCounters: Bool { self == .rate || self == .increase || self == .irate || self == .resets }
}
