import Model
import Ports
import Testing

@testable import ControlLoop

/// Alerts from their arrival to their workers, over restarts.
@Suite struct AlertInboxTests {
  private static func notice(
    _ fingerprint: String = "f1", isFiring: Bool = true, _ labels: [String: String] = [:], endsAt: Instant? = nil
  ) -> AlertNotice {
    AlertNotice(
      fingerprint: fingerprint, isFiring: isFiring,
      labels: ["alertname": "QueueIsLong", "pool": "burst", "workers": "2"].merging(labels) { $1 },
      startsAt: Setting.start, endsAt: endsAt)
  }

  private static func take(_ notices: [AlertNotice], _ memory: inout DecisionMemory) -> AlertReceipt {
    AlertInbox(policy: Setting.policy(), now: Setting.start, actor: "test").take(notices, into: &memory).0
  }

  @Test func anAlertGetsItsWorkersOnceEvenWhenItIsSentAgainAfterARestart() async throws {
    let bench = try await Bench(Setting.world())
    let receipt = try await bench.loop.receive(alerts: [Self.notice()], by: "am")
    #expect(receipt == AlertReceipt(firing: 1))
    await bench.step()
    #expect(bench.workers.count == 2)
    try await bench.restart()
    _ = try await bench.loop.receive(alerts: [Self.notice()], by: "am")
    await bench.run { bench.ready("burst") == 2 }
    #expect(bench.ready("burst") == 2)
    await bench.steps(12)
    #expect(bench.workers.count == 2)
    #expect(bench.latest?.report.alerts?.map(\.outcome) == [.served])
    #expect(bench.journal.allEvents.filter { $0.code == "alert_received" }.count == 1)
  }

  @Test func isNotForgottenOverARestartAndEndsWhenItIsResolved() async throws {
    let bench = try await Bench(Setting.world())
    _ = try await bench.loop.receive(alerts: [Self.notice()], by: "am")
    try await bench.restart()
    await bench.step()
    #expect(bench.workers.count == 2, "it was in the journal before any decision")
    #expect(bench.latest?.snapshot.alerts.map(\.fingerprint) == ["f1"])
    let receipt = try await bench.loop.receive(alerts: [Self.notice(isFiring: false)], by: "am")
    #expect(receipt == AlertReceipt(resolved: 1))
    await bench.step()
    #expect(bench.latest?.report.alerts == nil)
    #expect(bench.journal.memory?.alerts == nil)
    let again = try await bench.loop.receive(alerts: [Self.notice(isFiring: false)], by: "am")
    #expect(again == AlertReceipt(), "it is resolved already")
    #expect(
      bench.journal.allEvents.map(\.code).filter { $0.hasPrefix("alert") } == ["alert_received", "alert_resolved"])
  }

  @Test func endsByItselfAtItsDeadline() async throws {
    var policy = Setting.policy(minimum: 0)
    policy.signals.alertDeadline = .minutes(5)
    let bench = try await Bench(Setting.world(), policy: policy)
    _ = try await bench.loop.receive(alerts: [Self.notice()], by: "am")
    await bench.step()
    #expect(bench.latest?.report.alerts?.count == 1)
    bench.clock.advance(by: .minutes(5))
    await bench.step()
    #expect(bench.latest?.report.alerts == nil)
    #expect(bench.journal.memory?.alerts == nil)
    await bench.step()
    #expect(
      bench.journal.allEvents.map(\.code).filter { $0.hasPrefix("alert") } == ["alert_received", "alert_expired"])
  }

  @Test func whatBeginsAnewAsksAnew() {
    var memory = DecisionMemory()
    _ = Self.take([Self.notice()], &memory)
    memory.alertWorkers = ["f1": ["id-1"]]
    _ = Self.take([Self.notice()], &memory)
    #expect(memory.alertWorkers == ["f1": ["id-1"]], "the same again")
    var later = Self.notice()
    later.startsAt = Setting.start.advanced(by: .seconds(1))
    _ = Self.take([later], &memory)
    #expect(memory.alertWorkers?["f1"] == nil)
    #expect(memory.alerts?.count == 1)
  }

  @Test func takesLabelsAndEndsAsTheyAre() throws {
    var memory = DecisionMemory()
    let end = Setting.start.advanced(by: .minutes(10))
    let notices = [
      Self.notice("f2", ["urgency": "high", "template": "small", "workers": "5"], endsAt: end),
      Self.notice("f1", endsAt: Instant(rfc3339: "0001-01-01T00:00:00Z")),
    ]
    #expect(Self.take(notices, &memory) == AlertReceipt(firing: 2))
    let alerts = try #require(memory.alerts)
    #expect(alerts.map(\.fingerprint) == ["f1", "f2"])
    #expect(alerts.map(\.endsAt) == [nil, end], "the year 1 says nothing")
    #expect((alerts[1].workers, alerts[1].template, alerts[1].urgency) == (5, "small", .high))
    #expect((alerts[0].workers, alerts[0].template, alerts[0].urgency) == (2, nil, .normal))
  }

  @Test(arguments: [
    (["pool": "brust"], "names a pool \"brust\", which there is not; there are: burst, gpu, permanent, spot."),
    (["workers": "0"], "must be a whole number of 1 to 1000, not \"0\""), (["workers": "two"], "not \"two\""),
    (["workers": "99999999999999999999"], "must be a whole number"), (["template": "mediun"], "names a template"),
    (["urgency": "extreme"], "must be normal or high, not \"extreme\""),
  ]) func passesOverWhatItCannotUnderstandAndTakesTheRest(_ labels: [String: String], _ reason: String) {
    var memory = DecisionMemory()
    let receipt = Self.take([Self.notice("bad", labels), Self.notice()], &memory)
    #expect(receipt.firing == 1)
    #expect(receipt.ignored.map(\.fingerprint) == ["bad"])
    #expect(receipt.ignored.first?.reason.contains(reason) == true, "\(receipt.ignored)")
    #expect(memory.alerts?.map(\.fingerprint) == ["f1"])
  }

  @Test func saysWhatLabelIsMissing() {
    var memory = DecisionMemory()
    var notice = Self.notice()
    notice.labels["pool"] = nil
    #expect(Self.take([notice], &memory).ignored.first?.reason.contains("has no label \"pool\"") == true)
    notice = Self.notice("")
    #expect(Self.take([notice], &memory).ignored.count == 1)
    #expect(memory == DecisionMemory())
  }

  @Test func aNameStaysWithinOneLine() {
    var memory = DecisionMemory()
    let name = "Queue\nis\u{7F}\tlong" + String(repeating: "!", count: 500)
    _ = Self.take([Self.notice("f1", ["alertname": name])], &memory)
    #expect(memory.alerts?.first?.name == "Queueislong" + String(repeating: "!", count: 189))
  }

  @Test func keepsABoundedNumber() {
    var memory = DecisionMemory()
    let many = (0..<AlertInbox.kept + 3).map { Self.notice("f\($0)") }
    let receipt = Self.take(many, &memory)
    #expect(receipt.firing == AlertInbox.kept)
    #expect(receipt.ignored.count == 3)
    #expect(memory.alerts?.count == AlertInbox.kept)
    #expect(Self.take([many[0]], &memory).firing == 1, "one that is known is seen again")
  }

  @Test func aFullDiskTakesNothing() async throws {
    let bench = try await Bench(Setting.world())
    bench.journal.failNext(.refused)
    await #expect(throws: PortError.self) { try await bench.loop.receive(alerts: [Self.notice()], by: "am") }
    await bench.step()
    #expect(bench.workers.isEmpty)
    #expect(bench.latest?.snapshot.alerts == [])
  }

  @Test func alertsAreTakenAndToldWhileOnlyObserving() async throws {
    let bench = try await Bench(Setting.world(), mode: .observe)
    _ = try await bench.loop.receive(alerts: [Self.notice()], by: "am")
    await bench.steps(2)
    #expect(bench.latest?.plan.creations.count == 2)
    #expect(bench.workers.isEmpty)
  }
}
