import Exposition
import Testing

@Suite struct ExpositionWriterTests {
  private static let requests = MetricDescriptor(
    "shop_requests_total", .counter, labels: ["code", "path"], help: "Requests with a \\ and\na \"quote\".")
  private static let latency = MetricDescriptor(
    "shop_latency_seconds", .histogram, labels: ["pool"], unit: "seconds", buckets: [0.5, 1, 2.5], help: "Latency.")
  private static let build = MetricDescriptor("shop_build_info", .info, labels: ["version"], help: "Build.")
  private static let oldCounter = MetricDescriptor("shop_hits", .counter, help: "Hits.")

  private func page() -> MetricTable {
    var table = MetricTable()
    table.increment(Self.requests, by: 3, labels: ["200", "/a\"b\\c\nd"])
    for value in [0.25, 0.5, 0.75, 7] { table.observe(Self.latency, value, labels: ["burst"]) }
    table.set(Self.build, 1, labels: ["1.2.3"])
    table.increment(Self.oldCounter, by: 2)
    return table
  }

  @Test func writesTextFormat() {
    let text = String(decoding: ExpositionFormat.text.render(page().families()), as: UTF8.self)
    #expect(
      text == #"""
        # HELP shop_build_info Build.
        # TYPE shop_build_info gauge
        shop_build_info{version="1.2.3"} 1
        # HELP shop_hits Hits.
        # TYPE shop_hits counter
        shop_hits 2
        # HELP shop_latency_seconds Latency.
        # TYPE shop_latency_seconds histogram
        shop_latency_seconds_bucket{pool="burst",le="0.5"} 2
        shop_latency_seconds_bucket{pool="burst",le="1"} 3
        shop_latency_seconds_bucket{pool="burst",le="2.5"} 3
        shop_latency_seconds_bucket{pool="burst",le="+Inf"} 4
        shop_latency_seconds_sum{pool="burst"} 8.5
        shop_latency_seconds_count{pool="burst"} 4
        # HELP shop_requests_total Requests with a \\ and\na "quote".
        # TYPE shop_requests_total counter
        shop_requests_total{code="200",path="/a\"b\\c\nd"} 3

        """#)
  }

  @Test func writesOpenMetrics() {
    let text = String(decoding: ExpositionFormat.openMetrics.render(page().families()), as: UTF8.self)
    #expect(
      text == #"""
        # HELP shop_build Build.
        # TYPE shop_build info
        shop_build_info{version="1.2.3"} 1
        # HELP shop_hits Hits.
        # TYPE shop_hits unknown
        shop_hits 2
        # HELP shop_latency_seconds Latency.
        # TYPE shop_latency_seconds histogram
        # UNIT shop_latency_seconds seconds
        shop_latency_seconds_bucket{pool="burst",le="0.5"} 2
        shop_latency_seconds_bucket{pool="burst",le="1.0"} 3
        shop_latency_seconds_bucket{pool="burst",le="2.5"} 3
        shop_latency_seconds_bucket{pool="burst",le="+Inf"} 4
        shop_latency_seconds_sum{pool="burst"} 8.5
        shop_latency_seconds_count{pool="burst"} 4
        # HELP shop_requests Requests with a \\ and\na \"quote\".
        # TYPE shop_requests counter
        shop_requests_total{code="200",path="/a\"b\\c\nd"} 3
        # EOF

        """#)
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "-0.0"), (1, "1"), (-17, "-17"), (0.1, "0.1"), (1.5e-9, "1.5e-09"),
    (1_700_000_000.123, "1700000000.123"),
    (9_007_199_254_740_991, "9007199254740991"), (1e300, "1e+300"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
    (.nan, "NaN"),
  ])
  func writesNumbersInTheirShortestForm(value: Double, expected: String) {
    let metric = MetricDescriptor("x", .gauge, help: "X.")
    let page = ExpositionFormat.text.render([MetricFamily(metric, points: [MetricPoint(value: .number(value))])])
    #expect(String(decoding: page, as: UTF8.self) == "# HELP x X.\n# TYPE x gauge\nx \(expected)\n")
  }

  @Test func leavesOutFamiliesWithoutPoints() {
    let metric = MetricDescriptor("x", .gauge, help: "X.")
    #expect(ExpositionFormat.text.render([MetricFamily(metric)]).isEmpty)
    #expect(String(decoding: ExpositionFormat.openMetrics.render([]), as: UTF8.self) == "# EOF\n")
  }
}
