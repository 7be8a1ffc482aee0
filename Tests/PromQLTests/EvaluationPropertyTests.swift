import Testing
import TimeSeries

@testable import PromQL

@Suite struct EvaluationPropertyTests {
  /// Series under the names that the generator draws: floats with gaps, resets, stale markers and odd values, histograms.
  private func source(_ seed: UInt64) -> TableSource {
    var random = SplitMix(seed: seed)
    var source = TableSource()
    let names = ["up", "http_requests_total", "a:b:c", "sum", "my.metric", "by", "offset"]
    for name in names {
      for series in 0..<4 {
        let labels = Labels([
          Labels.metricName: name, "job": random.pick(["a", "b", "x"]), "on": "\(series)", "my.label": "\(series % 2)",
          "le": random.pick(["0.5", "1", "+Inf", ""]),
        ])
        var value = 0.0
        for step in 0..<60 where !random.chance(10) {
          value = random.chance(8) ? 0 : value + Double(random.next() % 10)
          var sample = SampleValue.float(value)
          if random.chance(2) {
            sample = .float(random.pick([.nan, .infinity, -.infinity, .staleMarker, 1e300, -0.0]))
          }
          if series == 3 || random.chance(1) { sample = .histogram(histogram(value)) }
          source.add(labels, at: Int64(step) * 15_000, sample)
        }
      }
    }
    return source
  }

  private func histogram(_ value: Double) -> NativeHistogram {
    var histogram = NativeHistogram()
    histogram.count = 3 * value + 1
    histogram.sum = value * value
    histogram.zeroThreshold = 0.001
    histogram.zeroCount = 1
    histogram.positiveSpans = [BucketSpan(offset: -1, length: 2), BucketSpan(offset: 2, length: 1)]
    histogram.positiveBuckets = [value, value, value]
    return histogram
  }

  /// What a query answered: the elements by labels, or the kind of its error.
  private enum Outcome: Equatable {
    case values([Labels: SampleValue])
    case failure(PromQLError.Code)
  }

  private func instant(_ query: Query, _ source: TableSource, _ time: Int64) throws -> Outcome {
    do {
      switch try Engine().instant(query, source, at: time).value {
      case .scalar(_, let value): return .values([Labels(): .float(value)])
      case .vector(_, let samples):
        return .values(Dictionary(samples.map { ($0.labels, $0.value) }) { left, _ in left })
      default: return .values([:])
      }
    } catch let error as PromQLError {
      return .failure(error.code)
    }
  }

  private func isSame(_ left: SampleValue?, _ right: SampleValue?) -> Bool {
    switch (left, right) {
    case (nil, nil): true
    case (.float(let a)?, .float(let b)?): a == b || (a.isNaN && b.isNaN)
    case (.histogram(let a)?, .histogram(let b)?): a.notation == b.notation
    default: false
    }
  }

  @Test(arguments: 0..<12)
  func eachStepOfARangeQueryIsAnInstantQuery(_ seed: UInt64) throws {
    let source = source(seed)
    var generator = ExpressionGenerator(seed: 5000 + seed)
    var compared = 0
    for _ in 0..<60 {
      let text = generator.expression(depth: 3).text
      // These mean something else in the two kinds of query.
      if ["start()", "end()", "step()", "sort("].contains(where: text.contains) { continue }
      let query = try Query(parse: text)
      guard query.resultType == "vector" || query.resultType == "scalar" else { continue }
      let times = Array(stride(from: Int64(100_000), through: 900_000, by: 160_000))
      let instants = try times.map { try instant(query, source, $0) }
      let range: QueryResult
      do {
        range = try Engine().range(query, source, start: times[0], end: times[times.count - 1], step: 160_000)
      } catch is PromQLError {
        #expect(instants.contains { if case .failure = $0 { true } else { false } }, "\(text)")
        continue
      }
      guard case .matrix(let series) = range.value else { continue }
      for (time, expected) in zip(times, instants) {
        guard case .values(let values) = expected else {
          Issue.record("only the instant query failed: \(text)")
          continue
        }
        for labels in Set(values.keys).union(series.map(\.labels)) {
          let point = series.first { $0.labels == labels }?.points.first { $0.timestamp == time }
          #expect(isSame(point?.value, values[labels]), "\(text) at \(time): \(labels)")
          compared += 1
        }
      }
    }
    #expect(compared > 0)
  }
}
