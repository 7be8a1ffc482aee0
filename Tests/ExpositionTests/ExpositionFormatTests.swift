import Exposition
import Testing

@Suite struct ExpositionFormatTests {
  @Test(
    arguments: [
      (nil, .text),
      ("", .text),
      ("*/*", .text),
      ("text/html", .text),
      ("text/plain", .text),
      ("text/*;q=0.3, */*;q=0.9", .openMetrics),
      ("application/openmetrics-text", .openMetrics),
      ("APPLICATION/OpenMetrics-Text; Version=\"1.0.0\"", .openMetrics),
      ("application/openmetrics-text; version=2.0.0", .text),
      ("application/openmetrics-text;q=0", .text),
      ("application/openmetrics-text;q=0.2,text/plain;q=0.3", .text),
      ("text/plain;q=0.2,application/openmetrics-text;q=0.3", .openMetrics),
      ("text/plain,application/openmetrics-text", .text),
      ("application/openmetrics-text,text/plain", .openMetrics),
      ("text/plain;q=nonsense,application/openmetrics-text;q=0.1", .openMetrics),
      ("application/openmetrics-text;q=nan", .text),
      (";;,,/,text", .text),
      // Prometheus 2.42, then 3.
      (
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
          + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
      ),
      (
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
          + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
          + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", .openMetrics
      ),
      ("text/plain;version=1.0.0;q=0.9,text/plain;q=0.3,application/openmetrics-text;q=0.5", .openMetrics),
    ] as [(String?, ExpositionFormat)])
  func choosesWhatTheHeaderPrefers(header: String?, expected: ExpositionFormat) {
    #expect(ExpositionFormat.negotiated(accept: header) == expected)
  }
}
