import PromQL
import Testing
import TimeSeries

@Suite struct StartTimestampTests {
  /// Two counters; of one sample the start is not known.
  private struct Source: SeriesSource {
    func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [any SelectedSeries] {
      var known = SampleBuffer()
      known.timestamps = [0, 60_000, 120_000]
      known.values = [1, 2, 1]
      known.startTimestamps = [-30_000, 0, 90_500]
      var unknown = known
      unknown.startTimestamps = []
      return [
        TableSource.Series(labels: Labels(["__name__": "c_total", "of": "known"]), samples: known),
        TableSource.Series(labels: Labels(["__name__": "c_total", "of": "unknown"]), samples: unknown),
      ]
    }
  }

  @Test func tellsWhenTheCountingOfTheLatestSampleBegan() throws {
    let query = try Query(parse: "start_timestamp(c_total offset 1m)")
    let result = try Engine().range(query, Source(), start: 0, end: 240_000, step: 60_000)
    let points = [
      Point(timestamp: 60_000, value: .float(-30)), Point(timestamp: 180_000, value: .float(90.5)),
      Point(timestamp: 240_000, value: .float(90.5)),
    ]
    #expect(result.value == .matrix([MatrixSeries(labels: Labels(["of": "known"]), points: points)]))
  }

  @Test(arguments: ["start_timestamp(c_total + 1)", "start_timestamp(rate(c_total[5m]))"])
  func hasNothingToSayOfComputedValues(_ text: String) throws {
    let result = try Engine().instant(try Query(parse: text), Source(), at: 120_000)
    #expect(result.value == .vector(timestamp: 120_000, samples: []))
  }
}
