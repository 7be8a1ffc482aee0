import TimeSeries

/// What is wrong with a regular expression, in the words of Prometheus: RE2 and Go's library find the same faults and
/// name some of them otherwise.
enum ExpressionComplaint {
  private static let names: [String: String] = [
    "missing )": "missing closing )", "missing ]": "missing closing ]",
    "no argument for repetition operator": "missing argument to repetition operator",
    "invalid repetition size": "invalid repeat count", "bad repetition operator": "invalid nested repetition operator",
    "trailing \\": "trailing backslash at end of expression",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "invalid named capture group": "invalid named capture",
  ]

  /// Rewrites RE2's `fault: where`; anything else is given back as it is.
  static func text(_ cause: TimeSeriesError, pattern: String) -> String {
    let front = "invalid regular expression \"\(pattern)\": "
    guard cause.code == .invalidRegularExpression, cause.message.hasPrefix(front) else { return cause.message }
    let fault = cause.message.dropFirst(front.count)
    let name = fault.prefix { $0 != ":" }
    let place = fault.dropFirst(name.count).drop { $0 == ":" || $0 == " " }
    let known = names[String(name)] ?? String(name)
    return "error parsing regexp: \(known): `\(place)`"
  }
}
