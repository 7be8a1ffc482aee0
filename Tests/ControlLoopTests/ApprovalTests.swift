import Model
import Ports
import Synchronization
import Testing

@testable import ControlLoop

/// Orders that wait for somebody's word.
@Suite struct ApprovalTests {
  private static func policy(_ change: (inout Policy) -> Void = { _ in }) -> Policy {
    var policy = Setting.policy(minimum: 0)
    policy.pools = policy.pools.map { pool in
      var pool = pool
      pool.requestsNeedApproval = pool.name == "burst"
      return pool
    }
    change(&policy)
    return policy
  }

  private static func bench(_ change: (inout Policy) -> Void = { _ in }) async throws -> Bench {
    try await Bench(Setting.world(), policy: policy(change))
  }

  private func refusal(_ body: () async throws -> Void) async -> OperationError? {
    do {
      try await body()
      return nil
    } catch { return error as? OperationError }
  }

  @Test func anOrderWaitsUntilItIsApprovedAndIsThenServed() async throws {
    let bench = try await Self.bench()
    let request = try await bench.order(2)
    let id = try #require(request.waitsFor)
    await bench.steps(5)
    #expect(bench.workers.isEmpty)
    let waiting = await bench.loop.approvals()
    #expect(waiting.map(\.id) == [id])
    #expect(waiting.first?.sentence == "ann asks for 2 medium workers of pool burst for 4h.")
    // Two of 0.24 an hour for four hours.
    #expect(waiting.first?.addedCost == Money(1.92))
    let line = try #require(bench.latest?.report.approvals?.first)
    #expect(line.reason.code == "approval_waits")
    #expect(line.reason.remedy?.contains("poolkeeper approve \(id)") == true)
    let approved = try await bench.loop.approve(id, by: "bob")
    #expect(approved.state == .approved && approved.decidedBy == "bob")
    #expect(await bench.loop.approvals().isEmpty)
    #expect(await bench.run { bench.ready("burst") == 2 })
    #expect(bench.latest?.report.approvals == nil)
    #expect(
      bench.journal.allEvents.map(\.code).filter { $0.hasPrefix("approval") } == [
        "approval_asked", "approval_approved",
      ])
  }

  @Test func reservesNoMoneyBeforeItIsApproved() async throws {
    let bench = try await Self.bench()
    _ = try await bench.order(5)
    await bench.steps(2)
    #expect(bench.latest?.report.budgets.allSatisfy { $0.committed == .zero } == true)
    #expect(bench.loop.state.withLock { $0.requests }.isEmpty)
  }

  @Test func moneyIsJudgedWhenItIsApproved() async throws {
    let bench = try await Self.bench { $0.money.burstEventMaximum = Money(1.5) }
    let request = try await bench.order(5)
    _ = try await bench.loop.approve(try #require(request.waitsFor), by: "bob")
    await bench.steps(30)
    #expect(bench.workers.count == 1, "what the cap pays for; the rest waits like any order's")
    #expect(bench.latest?.report.requests.map(\.outcome) == [.partly])
  }

  @Test func outlivesARestartAndIsApprovedOnce() async throws {
    let bench = try await Self.bench()
    let id = try #require(try await bench.order(1, id: "mine").waitsFor)
    try await bench.restart()
    #expect(await bench.loop.approvals().map(\.id) == [id])
    let first = try await bench.loop.approve(id, by: "bob")
    let again = try await bench.loop.approve(id, by: "carol")
    #expect(again == first)
    try await bench.restart()
    #expect(try await bench.loop.approve(id, by: "dave").decidedBy == "bob")
    #expect(await bench.run { bench.ready("burst") == 1 })
    _ = try await bench.loop.approve(id, by: "dave")
    await bench.steps(20)
    #expect(bench.workers.count == 1)
    #expect(bench.journal.allEvents.count { $0.code == "approval_approved" } == 1)
  }

  @Test func aRejectedOrderIsNeverServedAndNotApprovedAfterwards() async throws {
    let bench = try await Self.bench()
    let id = try #require(try await bench.order(1, id: "mine").waitsFor)
    let rejected = try await bench.loop.reject(id, by: Actor("bob", reason: "too dear"))
    #expect(rejected.state == .rejected && rejected.answer == "too dear")
    #expect(try await bench.loop.reject(id, by: Actor("carol", reason: "again")) == rejected)
    let late = await refusal { _ = try await bench.loop.approve(id, by: "bob") }
    #expect(late?.code == .conflict)
    #expect(late?.message.contains("bob has rejected this order already") == true)
    let resent = await refusal { _ = try await bench.order(1, id: "mine") }
    #expect(resent?.code == .conflict)
    await bench.steps(5)
    #expect(bench.workers.isEmpty)
  }

  @Test func anApprovedOrderCannotBeRejected() async throws {
    let bench = try await Self.bench()
    let id = try #require(try await bench.order(1).waitsFor)
    _ = try await bench.loop.approve(id, by: "bob")
    #expect(await refusal { _ = try await bench.loop.reject(id, by: "bob") }?.code == .conflict)
  }

  @Test func closesByItselfAtItsDeadline() async throws {
    let bench = try await Self.bench { $0.approvals.deadline = .hours(1) }
    let id = try #require(try await bench.order(1).waitsFor)
    bench.clock.advance(by: .hours(1))
    let late = await refusal { _ = try await bench.loop.approve(id, by: "bob") }
    #expect(late?.code == .conflict)
    await bench.step()
    #expect(await bench.loop.approvals().isEmpty)
    #expect(bench.journal.allEvents.last { $0.subject == "approval" }?.code == "approval_expired")
    await bench.steps(5)
    #expect(bench.workers.isEmpty)
  }

  @Test func theSameIdIsOneOrderWhileItWaits() async throws {
    let bench = try await Self.bench()
    let first = try await bench.order(1, id: "mine")
    #expect(try await bench.order(1, id: "mine") == first)
    #expect(await bench.loop.approvals().count == 1)
  }

  @Test func mayHaveToBeAnothersWord() async throws {
    let bench = try await Self.bench { $0.approvals.byAnother = true }
    let id = try #require(try await bench.order(1).waitsFor)
    let own = await refusal { _ = try await bench.loop.approve(id, by: "ann") }
    #expect(own?.code == .refused)
    #expect(own?.message.contains("by_another") == true)
    #expect(try await bench.loop.approve(id, by: "bob").state == .approved)
  }

  @Test func anyoneMayTakeBackTheirOwn() async throws {
    let bench = try await Self.bench { $0.approvals.byAnother = true }
    let id = try #require(try await bench.order(1).waitsFor)
    #expect(try await bench.loop.reject(id, by: "ann").state == .rejected)
  }

  @Test func anExtensionWaitsAndIsGrantedWithTheWord() async throws {
    let bench = try await Bench.withBurstWorkers(
      1,
      policy: {
        var policy = Setting.policy(minimum: 0)
        policy.cleanup.extensionsNeedApproval = true
        return policy
      }())
    let worker = try #require(bench.workers.first)
    let before = try #require(worker.timeToLive?.expiresAt)
    let status = try await bench.loop.extend(worker.name, by: .hours(1), actor: "ann")
    let id = try #require(status.waitsFor)
    #expect(status.record.timeToLive?.expiresAt == before)
    #expect(try await bench.loop.extend(worker.name, by: .hours(1), actor: "ann").waitsFor == id, "asked for once")
    let other = await refusal { _ = try await bench.loop.extend(worker.name, by: .hours(2), actor: "ann") }
    #expect(other?.code == .conflict)
    #expect(await bench.loop.approvals().first?.addedCost == Money(0.24))
    _ = try await bench.loop.approve(id, by: "bob")
    _ = try await bench.loop.approve(id, by: "bob")
    #expect(bench.workers.first?.timeToLive?.expiresAt == before.advanced(by: .hours(1)))
    #expect(bench.workers.first?.timeToLive?.extensions == 1)
  }

  @Test func anExtensionOfAWorkerThatLeavesIsClosed() async throws {
    let bench = try await Bench.withBurstWorkers(
      1,
      policy: {
        var policy = Setting.policy(minimum: 0)
        policy.cleanup.extensionsNeedApproval = true
        return policy
      }())
    let name = try #require(bench.workers.first?.name)
    let id = try #require(try await bench.loop.extend(name, by: nil, actor: "ann").waitsFor)
    _ = try await bench.loop.remove(name, force: true, by: "ann")
    await bench.step()
    #expect(await bench.loop.approvals().isEmpty)
    #expect(await refusal { _ = try await bench.loop.approve(id, by: "bob") }?.code == .conflict)
  }

  @Test func wrongOrdersAreRefusedBeforeTheyWait() async throws {
    let bench = try await Self.bench()
    #expect(await refusal { _ = try await bench.order(0) }?.code == .invalid)
    #expect(await refusal { _ = try await bench.order(1, "brust") }?.code == .notFound)
    #expect(await refusal { _ = try await bench.loop.approve("nothing", by: "bob") }?.code == .notFound)
    #expect(await refusal { _ = try await bench.loop.reject("nothing", by: "bob") }?.code == .notFound)
    #expect(bench.journal.writes == 0)
  }

  @Test func aFullDiskApprovesNothing() async throws {
    let bench = try await Self.bench()
    let id = try #require(try await bench.order(1).waitsFor)
    bench.journal.failNext(.refused)
    await #expect(throws: PortError.self) { try await bench.loop.approve(id, by: "bob") }
    await bench.steps(3)
    #expect(bench.workers.isEmpty)
    #expect(await bench.loop.approvals().map(\.id) == [id])
    _ = try await bench.loop.approve(id, by: "bob")
    #expect(await bench.run { bench.ready("burst") == 1 })
  }

  @Test func waitingOrdersAndAnsweredOnesAreBounded() {
    var desk = Correspondence()
    for number in 0..<250 {
      var approval = Approval(
        id: ApprovalID("a\(number)"), .scale, pool: "burst", subject: "burst", askedAt: Setting.start,
        deadline: Setting.start)
      approval.state = number == 0 ? .waiting : .rejected
      ApprovalDesk.add(approval, to: &desk)
    }
    #expect(desk.approvals.count == 1 + ApprovalDesk.answered)
    #expect(desk.approvals.first?.id == "a0", "what waits is kept however old it is")
    #expect(desk.approvals.last?.id == "a249")
  }
}
