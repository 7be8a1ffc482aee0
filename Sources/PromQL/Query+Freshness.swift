extension Query {
  /// The expression under a condition: it has a value only where something that it selects is fresh.
  ///
  /// A server keeps showing a sample for its lookback, and ranges reach as far as they are long; both may be far longer
  /// than the time after which a reading must not be trusted any more. One query asks for both, so that the value and
  /// the condition are of the same instant:
  /// `(EXPRESSION) and on () (count(last_over_time(SELECTOR[1m])) or …)`.
  /// - Returns: `nil` for an expression that is neither a number nor an instant vector.
  public func textWhereFresh(withinMilliseconds window: Int64) -> String? {
    let value: String
    switch resultType {
    // A comment at the expression's end must not swallow the parenthesis.
    case "scalar": value = "vector(\(text)\n)"
    case "vector": value = "(\(text)\n)"
    default: return nil
    }
    let selectors = selectorTexts
    if selectors.isEmpty { return value }
    let range = DurationFormat.text(milliseconds: max(window, 1))
    let counts = selectors.map { "count(last_over_time(\($0)[\(range)]))" }
    return "\(value) and on () (\(counts.joined(separator: " or ")))"
  }
}
