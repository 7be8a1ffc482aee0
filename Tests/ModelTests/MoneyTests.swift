import Foundation
import Model
import Testing

@Suite struct MoneyTests {
  @Test func sumsOfTenthsAreExact() {
    #expect(Money(0.1) + Money(0.2) == Money(0.3))
    #expect((1...1_000_000).reduce(Money.zero) { sum, _ in sum + Money(0.01) } == Money(10_000))
    #expect(Money(1) - Money(0.999999) == Money(microunits: 1))
    #expect(Money(0.24) * 3 == Money(0.72))
  }

  @Test(arguments: [
    (0, "0.00"), (12.5, "12.50"), (0.07, "0.07"), (0.005, "0.01"), (0.0049, "0.00"), (525.6, "525.60"),
    (-1.25, "-1.25"),
    (1_234_567.891, "1234567.89"), (0.999, "1.00"),
  ])
  func isShownInCents(units: Double, text: String) {
    #expect(Money(units).description == text)
  }

  @Test(arguments: [0, 0.01, 0.24, 1e9, -3.5, 0.000001])
  func isANumberInJSON(units: Double) throws {
    let json = try JSONEncoder().encode([Money(units)])
    #expect(try JSONDecoder().decode([Money].self, from: json) == [Money(units)])
    #expect(try JSONDecoder().decode([Double].self, from: json) == [units])
  }

  @Test(
    arguments: [
      (0.24, .hours(1), 240_000), (0.24, .hours(730), 175_200_000), (1.20, .hours(12), 14_400_000),
      (0.24, .zero, 0), (0.24, .seconds(-5), 0), (0, .hours(100), 0),
      // Rounded up: nothing that runs is free.
      (0.24, .milliseconds(1), 1), (0.12, .seconds(1), 34), (0.000001, .hours(1), 1),
      // Beyond 64 bits on the way.
      (1_000_000, .hours(1_000_000), 1_000_000_000_000_000_000),
    ] as [(Double, Duration, Int64)])
  func chargesForASpan(price: Double, span: Duration, microunits: Int64) {
    #expect(HourlyPrice(perHour: Money(price)).cost(of: span) == Money(microunits: microunits))
  }

  @Test func partsCostTheWholeWithinOneMicrounitEach() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<1000 {
      let price = HourlyPrice(perHour: Money(microunits: Int64.random(in: 0...5_000_000, using: &generator)))
      let parts = (0..<5).map { _ in Duration.milliseconds(Int64.random(in: 0...50_000_000, using: &generator)) }
      let whole = price.cost(of: parts.reduce(.zero, +))
      let sum = parts.reduce(Money.zero) { $0 + price.cost(of: $1) }
      #expect(sum >= whole && sum - whole <= Money(microunits: 5))
    }
  }

  @Test func aLongerSpanNeverCostsLess() {
    var generator = SeededGenerator(seed: 4)
    let price = HourlyPrice(perHour: Money(0.24))
    for _ in 0..<1000 {
      let span = Duration.milliseconds(Int64.random(in: 0...1_000_000_000, using: &generator))
      let more = span + .milliseconds(Int64.random(in: 0...1000, using: &generator))
      #expect(price.cost(of: span) <= price.cost(of: more))
    }
  }

  @Test(arguments: [(0.24, 0, 0.24), (0.24, 70, 0.072), (1.2, 100, 0), (0.12, 33.3, 0.08004)])
  func takesASavingOff(price: Double, percent: Double, expected: Double) {
    #expect(HourlyPrice(perHour: Money(price)).reduced(byPercent: percent).perHour == Money(expected))
  }

  @Test func aWorkerIsBilledFromItsCloneToItsEnd() {
    var record = WorkerRecord(
      id: "w1", name: "worker-burst-001", pool: "burst", template: "medium", price: HourlyPrice(perHour: Money(0.24)),
      reason: Reason("test", "A test."), createdAt: Instant(seconds: 0))
    #expect(record.cost(until: Instant(seconds: 3600)) == .zero)
    record.billedFrom = Instant(seconds: 1800)
    #expect(record.cost(until: Instant(seconds: 0)) == .zero)
    #expect(record.cost(until: Instant(seconds: 5400)) == Money(0.24))
    record.billedUntil = Instant(seconds: 3600)
    #expect(record.cost(until: Instant(seconds: 5400)) == Money(0.12))
  }
}
