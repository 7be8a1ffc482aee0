import Model
import Ports
import PromQL
import Synchronization
import Testing
import TimeSeries

@testable import ControlLoop

/// What pressure triggers are expected to read.
@Suite struct ForecasterTests {
  private static let now = Instant(rfc3339: "2026-11-10T12:00:00Z")!

  private static func policy(_ methods: [ForecastPolicy.Method], lookBack: Duration = .minutes(20)) -> Policy {
    var policy = Setting.policy()
    policy.pace.expectedSampleInterval = .seconds(60)
    var trigger = Trigger(
      name: "test", pool: "permanent", kind: .cpuPressure, expression: "load", threshold: 80, hold: .seconds(120))
    trigger.forecast = ForecastPolicy(methods: methods, lookBack: lookBack)
    policy.triggers = [trigger]
    return policy
  }

  private static func forecast(
    _ policy: Policy, _ source: any MetricSource, reading: Double? = 60, at now: Instant = now
  ) async -> Observed<Forecast> {
    var readings: [TriggerName: Observed<Reading>] = [:]
    if let reading { readings["test"] = .known(Reading(value: reading, at: now), at: now) }
    return await Forecaster().forecasts(policy, readings, from: source, at: now)["test"]!
  }

  /// Answers `load` by the time that is asked for; counts what it is asked.
  private final class Past: MetricSource {
    private let values: [Instant: Double]
    private let count = Mutex(0)

    init(_ values: [Instant: Double]) { self.values = values }

    var asked: Int { count.withLock { $0 } }

    func query(_ expression: String, at now: Instant) async throws -> [MetricElement] {
      count.withLock { $0 += 1 }
      guard expression == "load" else { throw PortError(.invalid, "No \(expression).", operation: "test") }
      return values[now].map { [MetricElement(labels: [:], value: $0, at: now)] } ?? []
    }
  }

  /// Values of past days: at this time of day, and five minutes later, which is the horizon.
  private static func past(_ days: [(level: Double, then: Double)]) -> Past {
    var values: [Instant: Double] = [:]
    for (index, day) in days.enumerated() {
      let past = now.advanced(by: .hours(-24 * (index + 1)))
      values[past] = day.level
      values[past.advanced(by: .minutes(5))] = day.then
    }
    return Past(values)
  }

  /// Days, the reading of now, what is expected.
  @Test(
    arguments: [
      ("the middle of three", [(50, 70), (50, 90), (50, 80)], 50, 80),
      ("the middle of four is between two", [(50, 70), (50, 90), (50, 80), (50, 60)], 50, 75),
      ("one mad day changes little", [(50, 70), (50, 71), (50, 72), (50, 9_999), (50, 73)], 50, 72),
      ("at today's level", [(50, 70), (50, 70), (50, 70)], 60, 84),
      ("not more than double", [(10, 20), (10, 20), (10, 20)], 80, 40),
      ("not less than half", [(80, 90), (80, 90), (80, 90)], 8, 45),
      ("days of nothing set no level", [(0, 20), (0, 20), (0, 20)], 50, 20),
    ] as [(String, [(Double, Double)], Double, Double)])
  func theDaysBeforeSayWhatComes(
    _ name: String, _ days: [(Double, Double)], _ reading: Double, _ expected: Double
  ) async throws {
    let source = Self.past(days.map { (level: $0.0, then: $0.1) })
    let forecast = try #require(await Self.forecast(Self.policy([.daily]), source, reading: reading).value)
    #expect(abs(try #require(forecast.daily) - expected) < 1e-9, "\(name)")
    #expect(forecast.linear == nil)
    #expect(forecast.due == Self.now.advanced(by: .minutes(5)), "provisioning and the hold time")
  }

  @Test func twoDaysOrNoReadingAreTooLittle() async {
    let two = Self.past([(50, 70), (50, 70)])
    #expect(await Self.forecast(Self.policy([.daily]), two).unknownReason?.contains("2 of the last 7 days") == true)
    let three = Self.past([(50, 70), (50, 70), (50, 70)])
    let none = await Self.forecast(Self.policy([.daily]), three, reading: nil)
    #expect(none.unknownReason?.contains("no reading") == true)
  }

  @Test func oneMethodIsEnoughWhenTheOtherFails() async throws {
    let source = Self.past([(50, 70), (50, 70), (50, 70)])
    let forecast = try #require(await Self.forecast(Self.policy([.daily, .linear]), source, reading: 50).value)
    #expect(forecast.daily == 70)
    #expect(forecast.linear == nil)
    let failed = await Self.forecast(Self.policy([.linear]), source)
    #expect(failed.unknownReason?.contains("could not be evaluated") == true)
  }

  @Test func isAskedNoMoreOftenThanSamplesCome() async {
    let source = Self.past([(50, 70), (50, 70), (50, 70)])
    let forecaster = Forecaster()
    let readings: [TriggerName: Observed<Reading>] = [
      "test": .known(Reading(value: 50, at: Self.now), at: Self.now)
    ]
    let policy = Self.policy([.daily])
    let first = await forecaster.forecasts(policy, readings, from: source, at: Self.now)
    let asked = source.asked
    #expect(asked == 14)
    let later = await forecaster.forecasts(policy, readings, from: source, at: Self.now.advanced(by: .seconds(59)))
    #expect(later == first)
    #expect(source.asked == asked)
    _ = await forecaster.forecasts(policy, readings, from: source, at: Self.now.advanced(by: .seconds(60)))
    #expect(source.asked > asked)
  }

  @Test func triggersThatDoNotLookAheadAreNotAskedFor() async {
    var policy = Self.policy([.daily])
    policy.triggers[0].forecast = nil
    let source = Past([:])
    #expect(await Forecaster().forecasts(policy, [:], from: source, at: Self.now) == [:])
    #expect(source.asked == 0)
  }

  // MARK: over a store

  /// A store and a record of the same values, one a minute, until now.
  private static func both(_ values: [Double]) throws -> (EmbeddedMetricSource, RecordedMetrics) {
    let store = SeriesStore()
    let start = now.advanced(by: .minutes(1 - values.count))
    let record = RecordedMetrics(start: start)
    for (index, value) in values.enumerated() {
      let at = start.advanced(by: .minutes(index))
      let labels = Labels([Label(name: Labels.metricName, value: "load")])
      _ = try store.append([(labels, at.milliseconds, value)], now: at.milliseconds)
      record.record(value)
    }
    return (EmbeddedMetricSource(source: store, engine: Engine(), staleAfter: .seconds(120)), record)
  }

  @Test func aRisingLoadIsProlonged() async throws {
    // One percent a minute: five minutes after 69 it is 74.
    let (store, _) = try Self.both((0..<30).map { 40 + Double($0) })
    let forecast = try #require(await Self.forecast(Self.policy([.linear]), store).value)
    #expect(abs(try #require(forecast.linear) - 74) < 1e-6)
  }

  @Test func halfOfTheLookBackMustBeKnown() async throws {
    let (few, _) = try Self.both((0..<9).map { Double($0) })
    #expect(await Self.forecast(Self.policy([.linear]), few).unknownReason?.contains("returns nothing") == true)
    let (enough, _) = try Self.both((0..<10).map { Double($0) })
    #expect(await Self.forecast(Self.policy([.linear]), enough).value != nil)
  }

  @Test func theDaysBeforeAreFoundInAStore() async throws {
    // A saw-tooth a day long, at half its height until the last day.
    let values = (0...4 * 1440).map { minute -> Double in
      let height = minute < 3 * 1440 + 720 ? 0.5 : 1.0
      return Double(minute % 1440) / 20 * height
    }
    let (store, _) = try Self.both(values)
    let reading = values[values.count - 2]
    let at = Self.now.advanced(by: .minutes(-1))
    let forecast = await Self.forecast(Self.policy([.daily]), store, reading: reading, at: at)
    // In five minutes the tooth will have begun anew four minutes ago, at today's level of double the days before.
    let daily = try #require(forecast.value?.daily)
    #expect(abs(daily - 0.2) < 1e-6)
  }

  @Test func theRecordAnswersAsTheStoreDoes() async throws {
    var value = 50.0
    var seed: UInt64 = 7
    let values = (0..<90).map { _ -> Double in
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      value += Double(Int(seed >> 40) % 7 - 3)
      return value
    }
    let (store, record) = try Self.both(values)
    for lookBack in [10, 20, 45] {
      for offset in [0, 1, 30] {
        let policy = Self.policy([.linear], lookBack: .minutes(lookBack))
        let at = Self.now.advanced(by: .minutes(-offset))
        let first = try #require(await Self.forecast(policy, store, at: at).value?.linear)
        let second = try #require(await Self.forecast(policy, record, at: at).value?.linear)
        #expect(abs(first - second) < 1e-6, "\(lookBack) minutes, \(offset) ago")
      }
    }
  }
}
