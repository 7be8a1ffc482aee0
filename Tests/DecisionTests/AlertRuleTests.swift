import Model
import Testing

@testable import Decision

@Suite struct AlertRuleTests {
  private func signal(
    _ fingerprint: String = "a1", workers: Int = 2, since: Duration = .minutes(10), seen: Duration = .minutes(5),
    _ change: (inout AlertSignal) -> Void = { _ in }
  ) -> AlertSignal {
    var signal = AlertSignal(
      fingerprint: fingerprint, name: "QueueIsLong", pool: "burst", workers: workers,
      startsAt: Scene.now.advanced(by: .zero - since), seenAt: Scene.now.advanced(by: .zero - seen))
    change(&signal)
    return signal
  }

  private func scene(_ signals: AlertSignal...) -> Scene {
    var scene = Scene()
    scene.snapshot.alerts = signals
    scene.snapshot.memory.alerts = signals
    return scene
  }

  /// The workers that a plan creates, as records of the next snapshot.
  private func carryOut(_ result: DecisionResult, _ scene: inout Scene, state: WorkerState = .ready) {
    for creation in result.plan.creations {
      scene.addWorker(creation.pool, template: creation.template, state: state, age: .zero) {
        $0.reason = creation.reason
      }
    }
  }

  @Test func asksForItsNumberOfItsTemplate() {
    let result = scene(signal(workers: 3) { $0.template = "large" }).decide()
    #expect(result.created("burst") == ["large", "large", "large"])
    #expect(result.plan.creations.allSatisfy { $0.reason.code == "alert" && $0.reason.data["alert"] == "a1" })
    #expect(result.report.alerts?.map(\.outcome) == [.served])
  }

  @Test func asksOnceHoweverLongItFires() {
    var scene = scene(signal())
    var result = scene.decide()
    #expect(result.plan.creations.count == 2)
    carryOut(result, &scene, state: .joining)
    scene.advance(by: .seconds(5), after: result)
    result = scene.decide()
    #expect(result.plan.creations.isEmpty, "they are under way")
    for index in scene.snapshot.workers.indices where scene.snapshot.workers[index].pool == "burst" {
      scene.snapshot.workers[index].state = .ready
      scene.snapshot.workers[index].readyAt = scene.snapshot.now
    }
    scene.advance(by: .seconds(5), after: result)
    result = scene.decide()
    #expect(result.plan.creations.isEmpty, "they are ready")
    // They went, as they were idle; the alert fires on and on.
    scene.snapshot.workers.removeAll { $0.pool == "burst" }
    scene.snapshot.alerts[0].lastSeenAt = scene.snapshot.now.advanced(by: .minutes(50))
    scene.advance(by: .minutes(50), after: result)
    result = scene.decide()
    #expect(result.plan.creations.isEmpty, "it has had them")
    #expect(result.report.alerts?.map(\.outcome) == [.served])
  }

  /// Two workers made for an alert and one of other origin, all idle for longer than the pool's time.
  private func idleScene(_ signals: AlertSignal...) -> Scene {
    var scene = Scene()
    scene.snapshot.alerts = signals
    scene.snapshot.memory.alerts = signals
    let cause = Reason("alert", "Alert QueueIsLong fires.", data: ["alert": "a1", "workers": "2"])
    for number in 0..<3 {
      let name = scene.addWorker("burst", age: .hours(2)) { if number < 2 { $0.reason = cause } }
      scene.snapshot.memory.idleSince[name] = Scene.now.advanced(by: .hours(-1))
    }
    scene.snapshot.memory.alertWorkers = ["a1": scene.snapshot.workers.filter { $0.reason == cause }.map(\.id)]
    return scene
  }

  @Test func keepsIdleWorkersThatItWasMadeForWhileItFires() throws {
    let result = idleScene(signal()).decide()
    let held = result.report.workers.filter { $0.reason.code == "alert_holds" }
    #expect(held.count == 2)
    #expect(held.allSatisfy { $0.verdict == .keep })
    #expect(held.first?.reason.sentence.contains("alert QueueIsLong, which it was made for, has fired since") == true)
    #expect(result.plan.retirements.count == 1, "the third is nobody's")
    #expect(!held.map(\.worker).contains(try #require(result.plan.retirements.first).worker))
  }

  @Test func letsThemGoWhenItIsResolvedOrItsDeadlineHasPassed() {
    #expect(idleScene().decide().plan.retirements.count == 1, "at the pace of shrinking")
    let resolved = idleScene().decide()
    #expect(!resolved.report.workers.contains { $0.reason.code == "alert_holds" })
    let silent = idleScene(signal(since: .hours(3), seen: .hours(2))).decide()
    #expect(!silent.report.workers.contains { $0.reason.code == "alert_holds" })
    #expect(silent.plan.retirements.count == 1)
  }

  @Test func doesNotKeepThemBeyondTheirLives() {
    var scene = idleScene(signal())
    for index in scene.snapshot.workers.indices where scene.snapshot.workers[index].reason.code == "alert" {
      scene.snapshot.workers[index].timeToLive = TimeToLiveRecord(
        expiresAt: Scene.now.advanced(by: .hours(-1)), latest: Scene.now.advanced(by: .hours(4)))
    }
    let result = scene.decide()
    #expect(result.plan.retirements.count { $0.reason.code == "expired" } == 2)
  }

  @Test func anotherAlertDoesNotKeepThem() {
    let result = idleScene(signal("other", workers: 1) { $0.pool = "spot" }).decide()
    #expect(!result.report.workers.contains { $0.reason.code == "alert_holds" })
  }

  @Test func makesAgainWhatFailed() {
    var scene = scene(signal())
    let first = scene.decide()
    carryOut(first, &scene, state: .failed)
    for index in scene.snapshot.workers.indices where scene.snapshot.workers[index].pool == "burst" {
      scene.snapshot.workers[index].readyAt = nil
    }
    scene.advance(by: .seconds(5), after: first)
    let second = scene.decide()
    #expect(second.codes("burst").contains("backing_off"))
    #expect(second.report.alerts?.map(\.outcome) == [.waits])
    scene.snapshot.workers.removeAll { $0.pool == "burst" }
    scene.snapshot.alerts[0].lastSeenAt = scene.snapshot.now
    scene.advance(by: .minutes(6), after: second)
    #expect(scene.decide().plan.creations.count == 2)
  }

  @Test func countsWorkersThatAreLeftOfAnEarlierFiring() {
    var scene = scene(signal())
    carryOut(scene.decide(), &scene)
    scene.snapshot.alerts[0].startsAt = scene.snapshot.now
    #expect(scene.decide().plan.creations.isEmpty)
  }

  @Test func firesUntilAnHourAfterItWasLastSeen() {
    #expect(scene(signal(seen: .seconds(3599))).decide().plan.creations.count == 2)
    let over = scene(signal(seen: .seconds(3600))).decide()
    #expect(over.plan.creations.isEmpty)
    #expect(over.report.alerts == nil)
    #expect(over.memory.alerts == nil)
  }

  @Test func firesUntilItsOwnEnd() {
    let open = signal(seen: .hours(5)) { $0.endsAt = Scene.now.advanced(by: .seconds(1)) }
    #expect(scene(open).decide().plan.creations.count == 2)
    #expect(scene(signal { $0.endsAt = Scene.now }).decide().plan.creations.isEmpty)
  }

  @Test func urgentAlertsComeFirstAndDoNotWaitForTheCooldown() {
    var scene = scene(signal("a1"), signal("b1", since: .minutes(1)) { $0.urgency = .high })
    scene.addWorker("burst", age: .seconds(20))
    let result = scene.decide()
    #expect(result.plan.creations.map { $0.reason.data["alert"] } == ["b1", "b1"])
    #expect(result.report.alerts?.map(\.fingerprint) == ["b1", "a1"])
    #expect(result.report.alerts?.map(\.outcome) == [.served, .waits])
  }

  @Test func isServedAsFarAsLimitsAndMoneyAllow() {
    var scene = scene(signal(workers: 9))
    scene.changeSpending { $0.byPool["burst"] = Money(200 - 2 * 1.02) }
    let result = scene.decide()
    #expect(result.plan.creations.count == 2)
    #expect(result.report.alerts?.map(\.outcome) == [.partly])
    #expect(result.report.alerts?.first?.reason.sentence.contains("budget") == true)
    #expect(result.pool("burst").reasons.contains { $0.code == "pool_budget" })
  }

  @Test func refusesAlertsOfPoolsAndTemplatesThatAreNotThere() {
    var signals = scene(signal("a1") { $0.pool = "brust" }, signal("b1") { $0.template = "mediun" })
    let result = signals.decide()
    #expect(result.plan.isEmpty)
    #expect(result.report.alerts?.map(\.outcome) == [.refused, .refused])
    #expect(result.report.alerts?.compactMap(\.reason.remedy).allSatisfy { $0.contains("Did you mean") } == true)
    signals.snapshot.alerts = []
    #expect(signals.decide().report.alerts == nil)
  }
}
