import Exposition
import Model
import Ports
import Testing

@testable import ControlLoop

/// Messages from what happened to their receivers, over refusals, restarts and a journal that fails.
@Suite struct NotificationTests {
  /// A bench whose orders need approval, so that each makes a message.
  private static func bench(_ receivers: Receivers) async throws -> Bench {
    var policy = Setting.policy(minimum: 0)
    policy.pools = policy.pools.map { pool in
      var pool = pool
      pool.requestsNeedApproval = true
      return pool
    }
    return try await Bench(Setting.world(), policy: policy, receivers: receivers)
  }

  private static func failure(_ code: String = "http_500", retryAfter: Duration? = nil) -> NotificationOutcome {
    .failed(code: code, message: "It failed.", retryAfter: retryAfter)
  }

  @Test func eachReceiverIsToldOnceOfWhatItWants() async throws {
    let receivers = Receivers(
      NotificationPolicy(receivers: [
        .init(name: "ops", kinds: [.approval]), .init(name: "money", kinds: [.budget]),
        .init(name: "all", kinds: NotificationKind.allCases),
      ]))
    let bench = try await Self.bench(receivers)
    _ = try await bench.order(1)
    for name in ["all", "money", "ops"] { #expect(await bench.loop.deliverDue(to: name) == nil) }
    #expect(receivers.got.map(\.receiver) == ["all", "ops"])
    #expect(Set(receivers.got.map(\.message.key)).count == 1, "the same message")
    let message = try #require(receivers.got.first?.message)
    #expect(message.code == "approval_asked")
    #expect(message.cluster == Setting.cluster)
    #expect(message.sentence.contains("ann asks for 1 medium worker of pool burst for 4h"))
    #expect(bench.journal.correspondence?.deliveries.isEmpty == true)
    await bench.steps(3)
    for name in ["all", "ops"] { _ = await bench.loop.deliverDue(to: name) }
    #expect(receivers.got.count == 2)
  }

  @Test func whatIsToBeToldIsInTheJournalWithTheEventAndOutlivesTheProcess() async throws {
    let receivers = Receivers("ops")
    let bench = try await Self.bench(receivers)
    _ = try await bench.order(1)
    #expect(bench.journal.writes == 1, "the order, its event and its message are one entry")
    #expect(bench.journal.correspondence?.deliveries.map(\.message.code) == ["approval_asked"])
    try await bench.restart()
    _ = await bench.loop.deliverDue(to: "ops")
    #expect(receivers.codes == ["approval_asked"])
    try await bench.restart()
    _ = await bench.loop.deliverDue(to: "ops")
    #expect(receivers.codes == ["approval_asked"], "the journal knows that it is delivered")
  }

  @Test func failuresAreTriedAgainWithGrowingPauses() async throws {
    let receivers = Receivers("ops")
    let bench = try await Self.bench(receivers)
    _ = try await bench.order(1)
    for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
      receivers.next(Self.failure())
      #expect(await bench.loop.deliverDue(to: "ops") == bench.now.advanced(by: .seconds(pause)))
      bench.clock.advance(by: .seconds(pause - 1))
      let attempts = receivers.attempts
      _ = await bench.loop.deliverDue(to: "ops")
      #expect(receivers.attempts == attempts, "not before its time")
      bench.clock.advance(by: .seconds(1))
    }
    receivers.next(Self.failure("http_429", retryAfter: .minutes(20)))
    #expect(await bench.loop.deliverDue(to: "ops") == bench.now.advanced(by: .minutes(20)))
    bench.clock.advance(by: .minutes(20))
    _ = await bench.loop.deliverDue(to: "ops")
    #expect(receivers.codes == ["approval_asked"])
    #expect(Self.count(bench, "failed") == 9)
    #expect(Self.count(bench, "delivered") == 1)
  }

  @Test func aLaterMessageDoesNotOvertake() async throws {
    let receivers = Receivers("ops")
    let bench = try await Self.bench(receivers)
    _ = try await bench.order(1)
    receivers.next(Self.failure())
    _ = await bench.loop.deliverDue(to: "ops")
    let waiting = try #require(await bench.loop.approvals().first)
    _ = try await bench.loop.reject(waiting.id, by: "bob")
    _ = await bench.loop.deliverDue(to: "ops")
    #expect(receivers.got.isEmpty)
    bench.clock.advance(by: .seconds(5))
    _ = await bench.loop.deliverDue(to: "ops")
    #expect(receivers.codes == ["approval_asked", "approval_rejected"])
  }

  @Test func whatCannotBeDeliveredIsGivenUpAfterItsTimeAndTold() async throws {
    let receivers = Receivers("ops", giveUpAfter: .minutes(10))
    let bench = try await Self.bench(receivers)
    _ = try await bench.order(1)
    while bench.journal.correspondence?.deliveries.isEmpty == false {
      receivers.next(Self.failure("unreachable"))
      _ = await bench.loop.deliverDue(to: "ops")
      bench.clock.advance(by: .minutes(1))
    }
    #expect(receivers.got.isEmpty)
    #expect(Self.count(bench, "given_up") == 1)
    let event = try #require(bench.journal.allEvents.last)
    #expect(event.code == "notification_unsent")
    #expect(event.sentence.contains("could not be delivered for 10m and is given up"))
  }

  @Test func whatTheReceiverCallsWrongIsNotSentAgain() async throws {
    let receivers = Receivers("ops")
    let bench = try await Self.bench(receivers)
    _ = try await bench.order(1)
    receivers.next(.refused(message: "HTTP 400 (bad channel)."))
    #expect(await bench.loop.deliverDue(to: "ops") == nil)
    #expect(bench.journal.correspondence?.deliveries.isEmpty == true)
    #expect(bench.journal.allEvents.last?.sentence.contains("HTTP 400 (bad channel)") == true)
  }

  @Test func aDeliveryThatTheJournalCouldNotRecordIsNotRepeatedByThisProcess() async throws {
    let receivers = Receivers("ops")
    let bench = try await Self.bench(receivers)
    _ = try await bench.order(1)
    bench.journal.failNext(.refused)
    _ = await bench.loop.deliverDue(to: "ops")
    #expect(receivers.codes == ["approval_asked"])
    #expect(bench.journal.correspondence?.deliveries.count == 1, "not recorded")
    // A tick reads the journal again; then the delivery is recorded without being made a second time.
    await bench.step()
    _ = await bench.loop.deliverDue(to: "ops")
    #expect(receivers.codes == ["approval_asked"])
    #expect(bench.journal.correspondence?.deliveries.isEmpty == true)
  }

  @Test func afterACrashBetweenDeliveryAndRecordItComesAgainUnderTheSameKey() async throws {
    let receivers = Receivers("ops")
    let bench = try await Self.bench(receivers)
    _ = try await bench.order(1)
    bench.journal.failNext(.refused)
    _ = await bench.loop.deliverDue(to: "ops")
    try await bench.restart()
    _ = await bench.loop.deliverDue(to: "ops")
    #expect(receivers.got.count == 2)
    #expect(Set(receivers.got.map(\.message.key)).count == 1)
  }

  @Test func aSpentBudgetIsToldOnceThroughALongRunOfTicksAndARestart() async throws {
    var policy = Setting.policy(minimum: 0)
    policy.pools = policy.pools.map { pool in
      var pool = pool
      if pool.name == "burst" {
        pool.monthlyBudget = Money(4)
        pool.idleTimeout = nil
      }
      return pool
    }
    policy.pace.tick = .seconds(30)
    let receivers = Receivers("ops", kinds: [.budget])
    let bench = try await Bench(Setting.world(), policy: policy, receivers: receivers)
    _ = try await bench.order(3)
    await bench.run(atMost: .hours(6)) {
      bench.journal.allEvents.contains { $0.code == "budget_threshold" && $0.sentence.contains("50 %") }
    }
    try await bench.restart()
    await bench.steps(20)
    _ = await bench.loop.deliverDue(to: "ops")
    let told = receivers.got.map(\.message).filter { $0.code == "budget_threshold" }
    #expect(told.map(\.name) == ["burst"])
    #expect(told.first?.status == .firing)
    #expect(told.first?.data["threshold_percent"] == "50")
  }

  @Test func messagesOfReceiversThatAreGoneAreForgottenAndTooManyPushOutTheOldest() {
    var desk = Correspondence()
    let message = NotificationMessage(
      .plan, code: "plan_rejected", status: .happened, severity: .critical, title: "", sentence: "")
    desk.deliveries = [NotificationDelivery(receiver: "gone", message: message, queuedAt: Setting.start)]
    let outbox = Outbox(
      policy: NotificationPolicy(receivers: [.init(name: "ops", kinds: [.plan])]), cluster: "c", now: Setting.start)
    outbox.forgetStrangers(in: &desk)
    #expect(desk.deliveries.isEmpty)
    #expect(outbox.post(Array(repeating: message, count: 100), into: &desk).isEmpty)
    let dropped = outbox.post([message], into: &desk)
    #expect(dropped.map(\.message.key) == ["c-1-\(Setting.start.milliseconds)"])
    #expect(desk.deliveries.count == Outbox.waitingForReceiver)
    #expect(Set(desk.deliveries.map(\.message.key)).count == 100)
  }

  @Test func aReceiverMayDoWithoutEnds() {
    var desk = Correspondence()
    var message = NotificationMessage(
      .budget, code: "budget_threshold", status: .resolved, severity: .info, title: "", sentence: "")
    let policy = NotificationPolicy(receivers: [
      .init(name: "a", kinds: [.budget], sendsResolved: false), .init(name: "b", kinds: [.budget]),
    ])
    let outbox = Outbox(policy: policy, cluster: "c", now: Setting.start)
    _ = outbox.post([message], into: &desk)
    #expect(desk.deliveries.map(\.receiver) == ["b"])
    message.status = .firing
    _ = outbox.post([message], into: &desk)
    #expect(desk.deliveries.map(\.receiver) == ["b", "a", "b"])
  }

  /// The counter of a receiver's attempts that ended so.
  private static func count(_ bench: Bench, _ outcome: String) -> Double {
    guard case .number(let count) = bench.registry.snapshot().value(of: .notifications, labels: ["ops", outcome]) else {
      return 0
    }
    return count
  }
}
