import PromQL
import Testing
import TimeSeries

@Suite struct QueryResultJSONTests {
  private func json(_ value: QueryResult.Value) -> String {
    String(decoding: QueryResult(value: value).encodedJSON(), as: UTF8.self)
  }

  @Test func writesAScalarWithTheTimeInSeconds() {
    #expect(
      json(.scalar(timestamp: 1_700_000_000_007, value: 1.5))
        == #"{"resultType":"scalar","result":[1700000000.007,"1.5"]}"#)
    #expect(json(.scalar(timestamp: -1500, value: .nan)) == #"{"resultType":"scalar","result":[-1.500,"NaN"]}"#)
  }

  @Test func escapesStringsAndLabels() {
    #expect(
      json(.string(timestamp: 0, value: "a\"\\\n\u{1}ü"))
        == #"{"resultType":"string","result":[0,"a\"\\\n\u0001ü"]}"#)
  }

  @Test func writesVectorsWithFloatsAndHistograms() {
    var histogram = NativeHistogram()
    histogram.count = 3
    histogram.sum = 4.5
    histogram.zeroCount = 1
    histogram.zeroThreshold = 0.001
    histogram.positiveSpans = [BucketSpan(offset: 0, length: 1)]
    histogram.positiveBuckets = [2]
    let samples = [
      VectorSample(labels: Labels(["__name__": "m", "a": "b"]), value: .float(.infinity)),
      VectorSample(labels: Labels(), value: .histogram(histogram)),
    ]
    #expect(
      json(.vector(timestamp: 2000, samples: samples))
        == #"{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"b"},"value":[2,"+Inf"]},"#
        + #"{"metric":{},"histogram":[2,{"count":"3","sum":"4.5","buckets":[[3,"-0.001","0.001","1"],"#
        + #"[0,"0.5","1","2"]]}]}]}"#)
  }

  @Test func writesAMatrixWithItsPointsInOrder() {
    let series = MatrixSeries(
      labels: Labels(["a": "b"]),
      points: [Point(timestamp: 1000, value: .float(1)), Point(timestamp: 2000, value: .float(-0.25))])
    #expect(
      json(.matrix([series]))
        == #"{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"1"],[2,"-0.25"]]}]}"#)
    #expect(json(.matrix([])) == #"{"resultType":"matrix","result":[]}"#)
  }

  @Test(arguments: [
    (0.0, "0", "0"), (-0.0, "-0", "-0"), (1, "1", "1"), (-1.5, "-1.5", "-1.5"), (100, "100", "100"),
    (1e20, "100000000000000000000", "100000000000000000000"), (1e21, "1000000000000000000000", "1e+21"),
    (1.25e22, "12500000000000000000000", "1.25e+22"), (1e-6, "0.000001", "0.000001"), (1.5e-7, "0.00000015", "1.5e-07"),
    (0.1, "0.1", "0.1"), (123456.789, "123456.789", "123456.789"),
    (9_007_199_254_740_992, "9007199254740992", "9007199254740992"),
    (.infinity, "+Inf", "+Inf"), (-.infinity, "-Inf", "-Inf"), (.nan, "NaN", "NaN"),
  ])
  func spellsFloatsInTheShortestForm(_ value: Double, _ decimal: String, _ json: String) {
    #expect(FloatFormat.decimal(value) == decimal)
    #expect(FloatFormat.json(value) == json)
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "-0"), (100_000, "100000"), (1_000_000, "1e+06"), (123_456_789, "1.23456789e+08"),
    (123_456.75, "123456.75"), (1e20, "1e+20"), (0.0001, "0.0001"), (0.00001, "1e-05"), (-2.5, "-2.5"), (.nan, "NaN"),
    (.infinity, "+Inf"), (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
  ])
  func spellsFloatsAsGoDoes(_ value: Double, _ text: String) {
    #expect(FloatFormat.general(value) == text)
  }

  @Test(arguments: 0..<10)
  func spelledFloatsReadBackToTheSameValue(_ seed: UInt64) {
    var random = SplitMix(seed: seed)
    for _ in 0..<500 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      #expect(Double(FloatFormat.decimal(value)) == value)
      #expect(Double(FloatFormat.json(value)) == value)
      #expect(Double(FloatFormat.general(value)) == value)
      let quotient = Double(random.next() >> 11) / 1_024
      #expect(Double(FloatFormat.decimal(quotient)) == quotient)
    }
  }
}
