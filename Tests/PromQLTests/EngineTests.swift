import PromQL
import Testing
import TimeSeries

@Suite struct EngineTests {
  private func source() -> TableSource {
    var source = TableSource()
    for series in 0..<10 {
      let labels = Labels(["__name__": "m", "i": "\(series)"])
      for step in 0..<100 { source.add(labels, at: Int64(step) * 1000, .float(Double(step))) }
    }
    return source
  }

  private func code(_ limits: EngineLimits, _ text: String, end: Int64 = 99_000, step: Int64 = 1000) -> PromQLError
    .Code?
  {
    do {
      _ = try Engine(limits: limits).range(try Query(parse: text), source(), start: 0, end: end, step: step)
      return nil
    } catch {
      return (error as? PromQLError)?.code
    }
  }

  @Test func refusesToTouchMoreSamplesThanAllowed() {
    var limits = EngineLimits()
    limits.maximumSamples = 500
    #expect(code(limits, "m") == .execution)
    #expect(code(limits, "sum(rate(m[10s]))") == .execution)
    #expect(code(limits, "m{i=\"1\"}") == nil)
  }

  @Test func stopsWhenTheDeadlineIsReachedOrTheCallerGoesAway() {
    var limits = EngineLimits()
    limits.isDeadlineReached = { true }
    #expect(code(limits, "sum_over_time(m[1m:10ms])") == .timeout)
    limits.isCanceled = { true }
    #expect(code(limits, "sum_over_time(m[1m:10ms])") == .canceled)
  }

  @Test func refusesRangesThatMakeNoSense() {
    #expect(code(EngineLimits(), "m", step: 0) == .badData)
    #expect(code(EngineLimits(), "m", end: -1) == .badData)
    #expect(code(EngineLimits(), "m[5m]") == .badData)
    #expect(code(EngineLimits(), "\"x\"") == .badData)
    #expect(code(EngineLimits(), "1", end: 11_000_000, step: 1000) == .badData)
    #expect(code(EngineLimits(), "1", end: 10_999_000, step: 1000) == nil)
  }

  @Test(arguments: [
    "m", "rate(m[10s])", "sum by (i) (increase(m[30s]))", "m offset 5s", "topk(3, m)", "m > 50 and m < 70",
    "max_over_time(deriv(m[10s])[20s:2s])", "count_values(\"v\", m)", "quantile(0.3, m)", "m @ 20",
    "stddev_over_time(m[7s])", "absent(m{i=\"x\"})", "m * on(i) group_left m", "timestamp(m)",
    "histogram_quantile(0.5, m)",
  ])
  func aRangeQueryGivesWhatInstantQueriesGiveAtEachStep(_ text: String) throws {
    let query = try Query(parse: text)
    let source = source()
    let engine = Engine()
    let range = try engine.range(query, source, start: 3_500, end: 400_000, step: 7_300)
    guard case .matrix(let series) = range.value else { throw PromQLError(.execution, "expected a matrix") }
    for time in stride(from: Int64(3_500), through: 400_000, by: 7_300) {
      let instant = try engine.instant(query, source, at: time)
      guard case .vector(_, let samples) = instant.value else { throw PromQLError(.execution, "expected a vector") }
      let expected = Dictionary(uniqueKeysWithValues: samples.map { ($0.labels, $0.value) })
      var got: [Labels: SampleValue] = [:]
      for one in series { got[one.labels] = one.points.first { $0.timestamp == time }?.value }
      #expect(got == expected, "at \(time)")
    }
  }

  @Test(arguments: [
    "m @ 9e15", "m @ -1e13", "m offset 290y", "m offset -290y", "max_over_time(m[290y])", "sum_over_time(m[290y:1ms])",
    "sum_over_time(m[1ms:290y] offset -290y)", "predict_linear(m[290y] @ 1e13, 1e300)", "topk(1e18, m)", "m[290y:1m]",
  ])
  func timesAtTheEdgeOfTheRangeGiveAnAnswerOrAnError(_ text: String) throws {
    let query = try Query(parse: text.replacing("9e15", with: "9e12"))
    for time in [Int64(0), 10_000_000_000_000_000, -10_000_000_000_000_000, .max, .min] {
      do {
        _ = try Engine().instant(query, source(), at: time)
        #expect(time.magnitude <= 10_000_000_000_000_000)
      } catch let error as PromQLError {
        #expect(error.code == .badData || error.code == .execution)
      }
      #expect(throws: PromQLError.self) {
        _ = try Engine().range(query, source(), start: .min, end: .max, step: 1)
      }
    }
  }

  @Test func staleMarkersEndASeriesAtOnce() throws {
    var source = TableSource()
    let labels = Labels(["__name__": "m"])
    source.add(labels, at: 0, .float(1))
    source.add(labels, at: 1000, .float(.staleMarker))
    let query = try Query(parse: "m")
    for (time, count) in [(Int64(999), 1), (1000, 0), (2000, 0)] {
      guard case .vector(_, let samples) = try Engine().instant(query, source, at: time).value else { continue }
      #expect(samples.count == count, "at \(time)")
    }
  }

  @Test func theLookbackIsLeftOpen() throws {
    var source = TableSource()
    source.add(Labels(["__name__": "m"]), at: 1000, .float(1))
    var limits = EngineLimits()
    limits.lookback = 10_000
    for (time, count) in [(Int64(999), 0), (1000, 1), (10_999, 1), (11_000, 0)] {
      guard
        case .vector(_, let samples) = try Engine(limits: limits).instant(try Query(parse: "m"), source, at: time).value
      else { continue }
      #expect(samples.count == count, "at \(time)")
    }
  }
}
