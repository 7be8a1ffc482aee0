import Model
import Ports
import PromQL

/// Puts on an expression the condition that something that it selects is fresh; see `Query.textWhereFresh`.
enum FreshnessGuard {
  /// - Throws: `PortError` when the expression cannot be read, or is neither a number nor an instant vector.
  static func text(_ expression: String, within window: Duration) throws(PortError) -> String {
    let query: Query
    do { query = try Query(parse: expression) } catch {
      throw PortError(.invalid, "The expression is wrong: \(error)", operation: PrometheusMetricSource.operation)
    }
    guard let text = query.textWhereFresh(withinMilliseconds: window.milliseconds) else {
      throw PortError(
        .invalid, "A trigger needs a number or an instant vector, not a \(query.resultType).",
        operation: PrometheusMetricSource.operation)
    }
    return text
  }
}
