import Decision
import Model
import Testing

@Suite struct TriggerMachineTests {
  let trigger = Trigger(
    name: "burst/cpu_pressure", pool: "burst", kind: .cpuPressure, expression: "x", threshold: 80, hold: .seconds(300))
  let pace = PacePolicy()
  let start = Instant(seconds: 1_000_000)

  /// Steps through readings 30 s apart; `nil` is a missing one.
  private func run(_ values: [Double?], every interval: Int = 30, from state: TriggerState? = nil) -> [TriggerState] {
    var states: [TriggerState] = []
    for (index, value) in values.enumerated() {
      let now = start.advanced(by: .seconds(index * interval))
      let reading: Observed<Reading> = value.map { .known(Reading(value: $0, at: now), at: now) } ?? .unknown("gone")
      states.append(
        TriggerMachine.step(states.last ?? state, trigger: trigger, reading: reading, now: now, pace: pace))
    }
    return states
  }

  @Test func firesAtTheInstantAtWhichTheHoldTimeIsFull() {
    let states = run([79] + Array(repeating: 80, count: 12))
    #expect(states[0].phase == .inactive)
    #expect(states[1...10].allSatisfy { $0.phase == .pending })
    #expect(states[11].phase == .firing)
    #expect(states[11].since == start.advanced(by: .seconds(330)))
    #expect(states[12].since == states[11].since)
  }

  @Test func oneFalseEvaluationResetsTheHoldTime() {
    let states = run(Array(repeating: 90, count: 9) + [10] + Array(repeating: 90, count: 10))
    #expect(states[9].phase == .inactive)
    #expect(states.last!.phase == .pending)
    #expect(states.last!.trueSince == start.advanced(by: .seconds(300)))
  }

  @Test func missingReadingsNeitherAdvanceNorResetTheHoldTimeForTwoIntervals() {
    // True for 240 s, one reading missing, then true again: the interval that was missing does not count.
    let states = run(Array(repeating: 90, count: 9) + [nil, 90, 90, 90])
    #expect(states[9].phase == .pending)
    #expect(states[9].missingSince != nil)
    #expect(states[10].phase == .pending)
    #expect(states[10].trueSince == start.advanced(by: .seconds(30)))
    #expect(states[11].phase == .firing)
    #expect(states[11].since == start.advanced(by: .seconds(330)))
  }

  @Test func becomesUnknownAfterTwoIntervalsWithoutAReading() {
    let states = run([90, nil, nil, nil, nil])
    #expect(states.map(\.phase) == [.pending, .pending, .pending, .unknown, .unknown])
    #expect(states[3].trueSince == nil)
  }

  @Test func startsTheHoldTimeAnewAfterItWasUnknown() {
    let states = run(Array(repeating: 90, count: 11) + [nil, nil, nil, 90])
    #expect(states[10].phase == .firing)
    #expect(states[11].phase == .firing)
    #expect(states[13].phase == .unknown)
    #expect(states[14].phase == .pending)
  }

  @Test func aGapInWhichNobodyLookedBreaksTheHoldTime() {
    let states = run([90, 90, 90], every: 200)
    #expect(states.map(\.phase) == [.pending, .pending, .pending])
    #expect(states[2].trueSince == start.advanced(by: .seconds(400)))
  }

  @Test(arguments: [Double.nan, 90])
  func takesNaNAndOldReadingsAsMissing(_ value: Double) {
    let old = start.advanced(by: .seconds(-61))
    let reading = Reading(value: value, at: value.isNaN ? start : old)
    let state = TriggerMachine.step(nil, trigger: trigger, reading: .known(reading, at: start), now: start, pace: pace)
    #expect(state.phase == .unknown)
  }

  @Test func takesAReadingThatIsExactlyTwiceTheIntervalOld() {
    let reading = Reading(value: 10, at: start.advanced(by: .seconds(-60)))
    let state = TriggerMachine.step(nil, trigger: trigger, reading: .known(reading, at: start), now: start, pace: pace)
    #expect(state.phase == .inactive)
  }

  @Test func firesAtOnceWithoutAHoldTime() {
    var instant = trigger
    instant.hold = .zero
    let reading = Observed.known(Reading(value: 81, at: start), at: start)
    #expect(TriggerMachine.step(nil, trigger: instant, reading: reading, now: start, pace: pace).phase == .firing)
  }

  @Test(arguments: [
    (Comparison.atLeast, 80.0, true), (.above, 80.0, false), (.atMost, 80.0, true), (.below, 80.0, false),
    (.below, 79.9, true), (.above, 80.1, true),
  ])
  func comparesAsConfigured(_ comparison: Comparison, _ value: Double, _ isTrue: Bool) {
    var compared = trigger
    compared.comparison = comparison
    compared.hold = .zero
    let reading = Observed.known(Reading(value: value, at: start), at: start)
    let state = TriggerMachine.step(nil, trigger: compared, reading: reading, now: start, pace: pace)
    #expect(state.phase == (isTrue ? .firing : .inactive))
  }

  @Test func aConditionThatIsAnotherBeginsAnewAndAHoldTimeThatIsAnotherDoesNot() {
    let firing = run(Array(repeating: 90, count: 12)).last!
    #expect(firing.phase == .firing)
    let now = start.advanced(by: .seconds(360))
    func next(_ change: (inout Trigger) -> Void, from state: TriggerState) -> TriggerState {
      var changed = trigger
      change(&changed)
      let reading = Observed<Reading>.known(Reading(value: 90, at: now), at: now)
      return TriggerMachine.step(state, trigger: changed, reading: reading, now: now, pace: pace)
    }
    #expect(next({ $0.hold = .seconds(600) }, from: firing).phase == .firing)
    #expect(next({ $0.targetPercent = 50 }, from: firing).phase == .firing)
    for change: (inout Trigger) -> Void in [
      { $0.threshold = 81 }, { $0.expression = "y" }, { $0.comparison = .above }, { $0.fold = .max },
    ] {
      let state = next(change, from: firing)
      #expect(state.phase == .pending && state.trueSince == now)
    }
    // What an earlier version wrote has no condition with it.
    var old = firing
    old.condition = nil
    #expect(next({ $0.threshold = 81 }, from: old).phase == .firing)
  }
}
