import Model
import Ports
import PromQL
import Synchronization
import TimeSeries
import Testing

@testable import ControlLoop

/// From an expression to one number, or to the reason why there is none.
@Suite struct TriggerReadingTests {
  private static let now = Setting.start

  private static func trigger(_ expression: String = "x", fold: Fold? = nil) -> Trigger {
    var trigger = Trigger(
      name: "burst/x", pool: "burst", kind: .custom, expression: expression, threshold: 1, hold: .zero)
    trigger.fold = fold
    return trigger
  }

  private static func elements(_ values: [Double]) -> [MetricElement] {
    values.enumerated().map { index, value in
      MetricElement(labels: ["n": "\(index)"], value: value, at: now.advanced(by: .seconds(-index)))
    }
  }

  @Test(
    arguments: [
      ([3], nil, 3), ([3], .max, 3), ([1, 5, 3], .sum, 9), ([1, 5, 3], .max, 5), ([1, 5, 3], .min, 1),
      ([1, 5, 3], .average, 3), ([0], nil, 0), ([.infinity], nil, .infinity),
    ] as [([Double], Fold?, Double)])
  func foldsElementsToOneNumber(_ values: [Double], _ fold: Fold?, _ expected: Double) {
    let answer = Observed.known(Self.elements(values), at: Self.now)
    let reading = TriggerReadings.fold(answer, of: Self.trigger(fold: fold)).value
    #expect(reading?.value == expected)
    #expect(reading?.at == Self.now.advanced(by: .seconds(1 - values.count)), "as old as its oldest element")
  }

  @Test(
    arguments: [
      ([], nil, "no fresh data"), ([], .sum, "no fresh data"), ([.nan], nil, "NaN"), ([1, 2], nil, "set \"fold\""),
      ([1, .nan], .max, "NaN"), ([.nan, 1], .max, "NaN"), ([1, .nan], .min, "NaN"), ([.nan, 1], .sum, "NaN"),
      ([.infinity, -.infinity], .sum, "NaN"),
    ] as [([Double], Fold?, String)])
  func saysWhyThereIsNoNumber(_ values: [Double], _ fold: Fold?, _ word: String) {
    let answer = Observed.known(Self.elements(values), at: Self.now)
    let reading = TriggerReadings.fold(answer, of: Self.trigger(fold: fold))
    #expect(reading.unknownReason?.contains(word) == true, "\(reading)")
    #expect(reading.unknownReason?.contains("burst/x") == true)
  }

  @Test func aSourceThatFailsMakesOnlyItsTriggersUnknown() async {
    let source = ListedSource(["good": Self.elements([4])])
    var good = Self.trigger("good")
    good.name = "burst/good"
    let readings = await TriggerReadings.read([good, Self.trigger("bad")], from: source, at: Self.now)
    #expect(readings["burst/good"]?.value?.value == 4)
    #expect(readings["burst/x"]?.unknownReason?.contains("bad") == true)
  }

  @Test func anExpressionOfSeveralTriggersIsAskedOnce() async {
    let source = ListedSource(["x": Self.elements([4])])
    var other = Self.trigger()
    other.name = "spot/x"
    let readings = await TriggerReadings.read([Self.trigger(), other], from: source, at: Self.now)
    #expect(readings.count == 2)
    #expect(source.asked == ["x"])
  }

  // MARK: The embedded store

  private static let interval: Duration = .seconds(30)

  private static func embedded(_ store: SeriesStore) -> EmbeddedMetricSource {
    EmbeddedMetricSource(source: store, engine: Engine(), staleAfter: interval * 2)
  }

  /// `value` every 30 s for ten minutes, the last time at `now`.
  private static func store(_ value: Double = 7, name: String = "waiting") throws -> SeriesStore {
    let store = SeriesStore()
    let labels = Labels([Label(name: Labels.metricName, value: name)])
    for index in 0...20 {
      let at = now.advanced(by: interval * (index - 20)).milliseconds
      try store.append([(labels: labels, timestamp: at, value: value * Double(index + 1))], now: at)
    }
    return store
  }

  @Test(arguments: ["waiting", "sum(rate(waiting[5m]))", "max_over_time(waiting[10m])", "sum(waiting) or vector(0)"])
  func samplesThatStoppedComingAreNoData(expression: String) async throws {
    let source = Self.embedded(try Self.store())
    for seconds in [0, 30, 59] {
      let answer = try await source.query(expression, at: Self.now.advanced(by: .seconds(seconds)))
      #expect(answer.count == 1, "\(seconds) s after the last sample")
    }
    for seconds in [61, 120, 240, 3600] {
      let answer = try await source.query(expression, at: Self.now.advanced(by: .seconds(seconds)))
      #expect(answer.isEmpty, "\(seconds) s after the last sample")
    }
  }

  @Test func oneLivingSelectorIsEnoughForAZero() async throws {
    let source = Self.embedded(try Self.store(1, name: "kube_node_info"))
    let answer = try await source.query("sum(waiting) or 0 * count(kube_node_info)", at: Self.now)
    #expect(answer.map(\.value) == [0])
  }

  @Test func aStaleMarkerEndsASeriesAtOnce() async throws {
    let store = try Self.store()
    let after = Self.now.advanced(by: .seconds(1))
    try store.append(
      [
        (
          Labels([Label(name: Labels.metricName, value: "waiting")]), after.milliseconds,
          Double(bitPattern: 0x7FF0_0000_0000_0002)
        )
      ],
      now: after.milliseconds)
    #expect(try await Self.embedded(store).query("waiting", at: after).isEmpty)
  }

  @Test func aScalarIsOneElement() async throws {
    let answer = try await Self.embedded(SeriesStore()).query("1 + 2", at: Self.now)
    #expect(answer == [MetricElement(labels: [:], value: 3, at: Self.now)])
  }

  @Test(arguments: ["sum(", "waiting[5m]", "\"text\""]) func whatIsNoNumberFails(expression: String) async throws {
    let source = Self.embedded(try Self.store())
    await #expect(throws: PromQLError.self) { try await source.query(expression, at: Self.now) }
  }
}

/// Answers from a list and notes what was asked.
private final class ListedSource: MetricSource {
  private let answers: [String: [MetricElement]]
  private let log = Mutex<[String]>([])

  init(_ answers: [String: [MetricElement]]) { self.answers = answers }

  var asked: [String] { log.withLock { $0 } }

  func query(_ expression: String, at: Instant) async throws -> [MetricElement] {
    log.withLock { $0.append(expression) }
    guard let answer = answers[expression] else {
      throw PortError(.unreachable, "Nobody answers.", operation: "metrics.query")
    }
    return answer
  }
}
