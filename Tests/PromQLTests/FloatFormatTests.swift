import Testing

@testable import PromQL

@Suite struct FloatFormatTests {
  @Test(arguments: [
    (1_234.5, "1.2e+03"), (0.125, "0.12"), (0.135, "0.14"), (9.96, "10"), (99.6, "1e+02"), (5, "5"), (12, "12"),
    (0.00001234, "1.2e-05"), (-250, "-2.5e+02"), (0, "0"), (.infinity, "+Inf"),
  ])
  func spellsTwoSignificantDigits(_ value: Double, _ spelled: String) {
    #expect(FloatFormat.rough(value) == spelled)
  }

  @Test(arguments: [
    (100_000.0, "100000"), (1_000_000, "1e+06"), (123_456_789, "1.23456789e+08"), (0.0001, "0.0001"),
    (0.00001, "1e-05"), (-1.5, "-1.5"), (.nan, "NaN"), (-.infinity, "-Inf"),
  ])
  func spellsTheShorterOfTwoNotations(_ value: Double, _ spelled: String) {
    #expect(FloatFormat.general(value) == spelled)
  }

  @Test(arguments: [(1.0, "1.0"), (0, "0.0"), (0.5, "0.5"), (1e9, "1e+09"), (.nan, "NaN")])
  func spellsQuantilesAsOpenMetricsDoes(_ value: Double, _ spelled: String) {
    #expect(FloatFormat.openMetrics(value) == spelled)
  }

  @Test(arguments: [(1.5, "1.500000"), (-0.25, "-0.250000"), (1e15, "1000000000000000.000000"), (.infinity, "+Inf")])
  func spellsSixDigitsAfterThePoint(_ value: Double, _ spelled: String) {
    #expect(FloatFormat.sixDecimals(value) == spelled)
  }

  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00Z"), (1_709_210_096_789, "2024-02-29T12:34:56Z"), (-1, "1969-12-31T23:59:59Z"),
  ])
  func spellsTimes(_ milliseconds: Int64, _ spelled: String) {
    #expect(CivilTime.text(milliseconds: milliseconds) == spelled)
  }
}
