import Testing
import TimeSeries

@testable import PromQL

/// A store's series take shorter ways through an evaluation than a table's; the answers must be the same.
@Suite struct StoreAgreementTests {
  private static let start: Int64 = 1_700_000_000_000

  /// The same series of floats in both: gaps, resets, stale markers, odd values, timestamps that only some share.
  private func sources(_ seed: UInt64) throws -> (TableSource, SeriesStore) {
    var random = SplitMix(seed: seed)
    var table = TableSource()
    let store = SeriesStore()
    for name in ["up", "http_requests_total", "a:b:c", "sum", "my.metric", "by", "offset"] {
      for series in 0..<5 {
        let labels = Labels([
          Labels.metricName: name, "job": random.pick(["a", "b", "x"]), "on": "\(series)", "my.label": "\(series % 2)",
          "le": random.pick(["0.5", "1", "+Inf", ""]),
        ])
        let shift = series < 3 ? 0 : Int64(random.next() % 15_000)
        var value = 0.0
        for step in 0..<60 where !random.chance(series == 0 ? 0 : 8) {
          value = random.chance(8) ? 0 : value + Double(random.next() % 10)
          let sample = random.chance(3) ? random.pick([.nan, .infinity, .staleMarker, 1e300, -0.0]) : value
          let time = Self.start + Int64(step) * 15_000 + shift
          table.add(labels, at: time, .float(sample))
          try store.append([(labels, time, sample)], now: Self.start + 900_000)
        }
      }
    }
    return (table, store)
  }

  /// The answer as the API would send it, its notes, or the error.
  private func answer(_ body: () throws -> QueryResult) -> String {
    do {
      let result = try body()
      return String(decoding: result.encodedJSON(), as: UTF8.self) + "\(result.annotations)"
    } catch {
      return "\(error)"
    }
  }

  private func compare(_ text: String, _ table: TableSource, _ store: SeriesStore) throws {
    let query = try Query(parse: text)
    for time in [Self.start + 885_000, Self.start + 1_000_000] {
      let expected = answer { try Engine().instant(query, table, at: time) }
      #expect(answer { try Engine().instant(query, store, at: time) } == expected, "\(text) at \(time)")
    }
    guard query.resultType == "vector" || query.resultType == "scalar" else { return }
    let (start, end) = (Self.start + 100_000, Self.start + 1_000_000)
    let expected = answer { try Engine().range(query, table, start: start, end: end, step: 60_000) }
    #expect(answer { try Engine().range(query, store, start: start, end: end, step: 60_000) } == expected, "\(text)")
  }

  @Test(arguments: 0..<5) func answersRandomExpressionsAsFromATable(_ seed: UInt64) throws {
    let (table, store) = try sources(seed)
    var generator = ExpressionGenerator(seed: 9000 + seed)
    for _ in 0..<40 { try compare(generator.expression(depth: 2).text, table, store) }
  }

  @Test(arguments: [
    "sum by (job) (rate(http_requests_total[2m]))", "avg without (on, le) (up)", "count by (job, le) ({job!=\"\"})",
    "topk(2, rate({__name__=~\"up|by\"}[1m]))", "bottomk by (job) (3, up)", "topk(0, up)", "topk(99, sum)",
    "rate(up[1m]) > 0.1", "up * 2 == 8", "sum(up > bool 3)", "-up", "sum by (nope) (up)",
    "sum by (__name__) ({job=\"a\"})",
    "rate(up[2m]) / rate(up[1m])", "up / on (on) group_left () by", "up + ignoring (job, le) sum",
    "up and on (job) by", "up unless by", "up or by", "label_replace(up, \"job\", \"$1-x\", \"on\", \"(.*)\")",
    "sum by (job) (rate(up[1m]) + on (on, job, le) rate(up[2m]))", "max_over_time(sum by (job) (rate(up[1m]))[3m:30s])",
    "histogram_quantile(0.9, rate(http_requests_total[2m]))", "up @ end()", "rate(up[1m] @ start()) > 0",
    "timestamp(up)", "avg_over_time(up[90s])", "{__name__=~\".+\", on!~\"[12]\"}", "count_values(\"v\", up)",
    "up offset 1m", "changes(up[2m])", "predict_linear(up[2m], 60)", "quantile_over_time(0.5, up[2m])",
    "sum by (job) (up) / ignoring () sum by (job) (by)",
  ])
  func answersAsFromATable(_ text: String) throws {
    let (table, store) = try sources(77)
    try compare(text, table, store)
  }
}
