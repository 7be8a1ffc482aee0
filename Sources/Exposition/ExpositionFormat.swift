/// How metrics are written for a scraper.
public enum ExpositionFormat: Sendable, Hashable, CaseIterable {
  /// Prometheus text format 0.0.4.
  case text
  /// OpenMetrics 1.0.
  case openMetrics

  /// The Content-Type of an answer in this format.
  public var contentType: String {
    switch self {
    case .text: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  var mediaType: (type: String, subtype: String) {
    switch self {
    case .text: ("text", "plain")
    case .openMetrics: ("application", "openmetrics-text")
    }
  }

  /// Versions that a reader may ask for and is well served with.
  var versions: [String] {
    switch self {
    case .text: ["0.0.4"]
    case .openMetrics: ["1.0.0", "0.0.1"]
    }
  }
}
