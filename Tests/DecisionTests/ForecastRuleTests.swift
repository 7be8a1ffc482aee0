import Model
import Testing

@testable import Decision

@Suite struct ForecastRuleTests {
  /// Pods on a burst worker that could move to another, and a pressure trigger that looks ahead.
  private func scene(reading: Double = 60, linear: Double? = 90, daily: Double? = nil) -> Scene {
    var scene = Scene()
    let worker = scene.addWorker("burst", age: .hours(2))
    scene.addRunning(14, on: worker, cpu: 500) {
      $0.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
    }
    let index = scene.policy.triggers.firstIndex { $0.name == "burst/cpu_pressure" }!
    scene.policy.triggers[index].forecast = ForecastPolicy()
    scene.read("burst/cpu_pressure", reading)
    var state = TriggerState(phase: .inactive, since: scene.ago(.hours(1)))
    state.lastReading = Reading(value: reading, at: scene.ago(.seconds(5)))
    scene.snapshot.memory.triggers["burst/cpu_pressure"] = state
    foresee(&scene, linear, daily)
    return scene
  }

  private func foresee(_ scene: inout Scene, _ linear: Double?, _ daily: Double? = nil) {
    let due = scene.snapshot.now.advanced(by: .minutes(8))
    scene.snapshot.forecasts["burst/cpu_pressure"] = .known(
      Forecast(due: due, linear: linear, daily: daily), at: scene.snapshot.now)
  }

  /// Makes the forecast have crossed the threshold for a while already.
  private func held(_ scene: Scene) -> Scene {
    var scene = scene
    var state = TriggerState(phase: .firing, since: scene.ago(.seconds(30)))
    state.trueSince = scene.ago(.hours(1))
    state.lastReading = Reading(value: 90, at: scene.ago(.seconds(5)))
    scene.snapshot.memory.forecasts = ["burst/cpu_pressure": state]
    return scene
  }

  private func line(_ result: DecisionResult) -> Reason? {
    result.report.triggers.first { $0.trigger == "burst/cpu_pressure" }?.forecast
  }

  @Test func growsBeforeTheThresholdIsReached() {
    let result = held(scene()).decide()
    #expect(result.created("burst") == ["medium"])
    let reason = result.plan.creations.first?.reason
    #expect(reason?.code == "forecast")
    #expect(reason?.data["method"] == "linear")
    #expect(reason?.sentence.contains("12:08:00 expected at 90 %") == true)
    #expect(line(result)?.code == "forecast")
    #expect(result.memory.triggers["burst/cpu_pressure"]?.phase == .inactive, "the trigger itself does not fire")
  }

  @Test func actsAfterTheHoldTime() {
    var scene = scene()
    var result = scene.decide()
    var waited: Duration = .zero
    while result.plan.creations.isEmpty, waited < .minutes(10) {
      #expect(result.memory.forecasts?["burst/cpu_pressure"]?.phase == .pending)
      scene.advance(by: .seconds(30), after: result)
      foresee(&scene, 90)
      waited += .seconds(30)
      result = scene.decide()
    }
    #expect(waited == .seconds(300))
  }

  @Test func aSingleForecastThatCrossesDoesNothing() {
    var scene = scene()
    let first = scene.decide()
    scene.advance(by: .seconds(30), after: first)
    foresee(&scene, 60)
    let second = scene.decide()
    #expect(second.memory.forecasts?["burst/cpu_pressure"]?.phase == .inactive)
    #expect(line(second)?.code == "forecast_quiet")
  }

  @Test func theHigherOfBothMethodsCounts() {
    let result = held(scene(linear: 82, daily: 93)).decide()
    #expect(result.plan.creations.first?.reason.data["method"] == "daily")
    #expect(result.plan.creations.first?.reason.data["percent"] == "93")
  }

  @Test func aFiringTriggerGrowsToTheHigherOfReadingAndForecast() {
    var firing = held(scene(linear: 97))
    firing.fire("burst/cpu_pressure", 85)
    #expect(firing.decide().plan.creations.first?.reason.data["percent"] == "97")
    foresee(&firing, 81)
    let result = firing.decide()
    #expect(result.plan.creations.first?.reason.data["percent"] == "85")
    #expect(result.plan.creations.first?.reason.code == "cpu_pressure")
  }

  /// Without a forecast all is as if nobody looked ahead.
  @Test(arguments: [nil, "There is no history."] as [String?])
  func aMissingForecastChangesNothing(_ why: String?) {
    for reading in [20.0, 60, 95] {
      var without = scene(reading: reading)
      if reading > 80 { without.fire("burst/cpu_pressure", reading) }
      var blind = without
      without.snapshot.forecasts = why.map { ["burst/cpu_pressure": .unknown($0)] } ?? [:]
      blind.snapshot.forecasts = [:]
      let index = blind.policy.triggers.firstIndex { $0.name == "burst/cpu_pressure" }!
      blind.policy.triggers[index].forecast = nil
      let (first, second) = (without.decide(), blind.decide())
      #expect(first.plan == second.plan)
      #expect(line(first)?.code == "forecast_unknown")
      #expect(line(second) == nil)
    }
  }

  @Test func aForecastNeverShrinks() {
    var scene = held(scene(linear: 0))
    scene.snapshot.memory.forecasts = nil
    for _ in 0..<3 { scene.addWorker("burst", age: .minutes(10)) }
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
  }

  @Test func nothingIsDoneAheadWithoutAReadingOfNow() {
    var scene = held(scene())
    scene.snapshot.readings["burst/cpu_pressure"] = .unknown("Prometheus is gone.")
    #expect(scene.decide().plan.creations.isEmpty)
  }

  @Test func staleForecastsCountAsMissing() {
    var scene = held(scene())
    let forecast = scene.snapshot.forecasts["burst/cpu_pressure"]!.value!
    scene.snapshot.forecasts["burst/cpu_pressure"] = .known(forecast, at: scene.ago(.seconds(61)))
    #expect(scene.decide().plan.creations.isEmpty)
  }

  @Test func waitsForTheEffectOfTheLastGrowth() {
    var scene = held(scene())
    scene.addWorker("burst", age: .seconds(20))
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.codes("burst").contains("cooling_down"))
  }
}
