import Model
import Ports
import PromQL

/// Puts a condition on an expression: it has a value only where something that it selects is fresh.
///
/// A server keeps showing a sample for its lookback, and ranges reach as far as they are long; both may be far longer
/// than the time after which a reading must not be trusted any more. One query asks for both, so that the value and the
/// condition are of the same instant:
/// `(EXPRESSION) and on () (count(last_over_time(SELECTOR[1m])) or …)`.
enum FreshnessGuard {
  /// - Throws: `PortError` when the expression is neither a number nor an instant vector.
  static func text(_ query: Query, within window: Duration) throws(PortError) -> String {
    let value: String
    switch query.resultType {
    // A comment at the expression's end must not swallow the parenthesis.
    case "scalar": value = "vector(\(query.text)\n)"
    case "vector": value = "(\(query.text)\n)"
    default:
      throw PortError(
        .invalid, "A trigger needs a number or an instant vector, not a \(query.resultType).",
        operation: PrometheusMetricSource.operation)
    }
    let selectors = query.selectorTexts
    if selectors.isEmpty { return value }
    let range = DurationFormat.text(milliseconds: max(window.milliseconds, 1))
    let counts = selectors.map { "count(last_over_time(\($0)[\(range)]))" }
    return "\(value) and on () (\(counts.joined(separator: " or ")))"
  }
}
