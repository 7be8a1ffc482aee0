import Model
import Testing

@testable import Kubernetes

@Suite struct LeaseTimingsTests {
  @Test(arguments: [(15, 15, 2), (10, 12, 2), (15, 2, 2), (15, 10, 0)])
  func refusesWhatWouldLetTwoLead(lease: Int, renew: Int, retry: Int) {
    #expect(throws: LeaseTimings.Refusal.self) {
      try LeaseTimings(
        leaseDuration: .seconds(lease), renewDeadline: .seconds(renew), retryPeriod: .seconds(retry))
    }
  }

  @Test func refusesALeaseThatIsNoWholeNumberOfSeconds() {
    let refusal = #expect(throws: LeaseTimings.Refusal.self) {
      try LeaseTimings(leaseDuration: .milliseconds(15_500), renewDeadline: .seconds(10), retryPeriod: .seconds(2))
    }
    #expect(refusal?.description.contains("whole seconds") == true)
  }

  @Test func takesWhatTheFieldUses() throws {
    let timings = try LeaseTimings(
      leaseDuration: .seconds(15), renewDeadline: .seconds(10), retryPeriod: .seconds(2))
    #expect(timings == .standard)
  }
}

@Suite struct LeaseElectionTests {
  private static let wall = Instant(rfc3339: "2026-11-10T12:00:00Z")!

  /// One candidate and what it is told.
  private struct Candidate {
    var election: LeaseElection
    var random = SystemRandomNumberGenerator()
    var now: Duration = .zero

    init(_ identity: String = "a") { election = LeaseElection(identity: identity, timings: .standard) }

    mutating func begin() -> LeaseElection.Request { election.begin(at: now, wall: wall) }
    mutating func take(_ answer: LeaseElection.Answer) -> LeaseElection.Next {
      election.take(answer, at: now, wall: wall, random: &random)
    }
    mutating func pass(_ seconds: Int) { now += .seconds(seconds) }
    var isLeading: Bool { election.isLeading(at: now) }

    /// Leads since now.
    mutating func lead() {
      _ = begin()
      guard case .send(.create(let record)) = take(.notFound) else { return }
      _ = take(.written(ObservedLease(record: record, version: "1")))
    }
  }

  private static func lease(
    _ holder: String, version: String, seconds: Int = 15, renewed: Instant = wall
  ) -> ObservedLease {
    ObservedLease(
      record: LeaseRecord(
        holder: holder, durationSeconds: seconds, acquiredAt: renewed, renewedAt: renewed, transitions: 3),
      version: version)
  }

  private static func isWait(_ next: LeaseElection.Next, _ range: ClosedRange<Duration>) -> Bool {
    if case .wait(let pause) = next { range.contains(pause) } else { false }
  }

  @Test func createsALeaseWhereThereIsNone() {
    var candidate = Candidate()
    #expect(candidate.begin() == .read)
    guard case .send(.create(let record)) = candidate.take(.notFound) else {
      Issue.record("no lease was created")
      return
    }
    #expect(record.holder == "a" && record.durationSeconds == 15 && record.transitions == 0)
    #expect(!candidate.isLeading)
    #expect(candidate.take(.written(ObservedLease(record: record, version: "1"))) == .wait(.seconds(2)))
    #expect(candidate.isLeading && candidate.election.term == 1)
  }

  @Test func losesToWhoeverCreatedItFirst() {
    var candidate = Candidate()
    _ = candidate.begin()
    _ = candidate.take(.notFound)
    #expect(candidate.take(.conflict) == .send(.read))
    #expect(Self.isWait(candidate.take(.found(Self.lease("b", version: "1"))), .seconds(2)...(.milliseconds(4400))))
    #expect(!candidate.isLeading && candidate.election.holder == "b")
  }

  @Test func waitsAWholeLeaseFromWhatItSawAndNotFromWhatIsWritten() {
    var candidate = Candidate()
    // By its times the lease ended years ago: the holder's clock is wrong, and it lives.
    let old = Instant(rfc3339: "2020-01-01T00:00:00Z")!
    for version in ["1", "1", "2", "2", "2", "2"] {
      #expect(candidate.begin() == .read)
      let next = candidate.take(.found(Self.lease("b", version: version, renewed: old)))
      #expect(Self.isWait(next, .seconds(2)...(.milliseconds(4400))), "version \(version) at \(candidate.now)")
      candidate.pass(4)
    }
    // 16 s after the last change was seen.
    _ = candidate.begin()
    guard
      case .send(.replace(let record, over: "2")) = candidate.take(.found(Self.lease("b", version: "2", renewed: old)))
    else {
      Issue.record("it was not taken")
      return
    }
    #expect(record.holder == "a" && record.transitions == 4 && record.acquiredAt == Self.wall)
  }

  @Test func waitsForTheLongerOfTwoDurations() {
    var candidate = Candidate()
    let lease = Self.lease("b", version: "1", seconds: 60)
    _ = candidate.begin()
    _ = candidate.take(.found(lease))
    candidate.pass(59)
    _ = candidate.begin()
    #expect(Self.isWait(candidate.take(.found(lease)), .seconds(2)...(.milliseconds(4400))))
    candidate.pass(1)
    _ = candidate.begin()
    #expect(!Self.isWait(candidate.take(.found(lease)), .zero...(.seconds(10))))
  }

  @Test func takesAReleasedLeaseAtOnce() {
    var candidate = Candidate()
    _ = candidate.begin()
    guard case .send(.replace(let record, over: "7")) = candidate.take(.found(Self.lease("", version: "7"))) else {
      Issue.record("it was not taken")
      return
    }
    #expect(record.holder == "a")
  }

  @Test func renewsWithoutLookingAndStopsAtTheDeadline() {
    var candidate = Candidate()
    candidate.lead()
    candidate.pass(2)
    guard case .replace(let record, over: "1") = candidate.begin() else {
      Issue.record("it did not renew")
      return
    }
    #expect(record.holder == "a" && record.acquiredAt == Self.wall)
    #expect(record.renewedAt != Self.wall, "a clock that stands still must not make it look dead")
    #expect(candidate.take(.failed) == .wait(.seconds(2)))
    for _ in 0..<3 {
      candidate.pass(2)
      _ = candidate.begin()
      #expect(candidate.isLeading)
      _ = candidate.take(.failed)
    }
    candidate.now = .milliseconds(9_999)
    #expect(candidate.isLeading)
    candidate.now = .seconds(10)
    #expect(!candidate.isLeading)
  }

  @Test func countsFromBeforeTheRequestLeft() {
    var candidate = Candidate()
    candidate.lead()
    candidate.pass(2)
    guard case .replace(let record, _) = candidate.begin() else { return }
    candidate.pass(7)
    // The next is due at once, as the last took so long.
    #expect(candidate.take(.written(ObservedLease(record: record, version: "2"))) == .wait(.zero))
    candidate.now = .milliseconds(11_999)
    #expect(candidate.isLeading && candidate.election.term == 1)
    candidate.now = .seconds(12)
    #expect(!candidate.isLeading)
  }

  @Test func anAnswerAfterTheDeadlineMakesNoLeader() {
    var candidate = Candidate()
    _ = candidate.begin()
    guard case .send(.create(let record)) = candidate.take(.notFound) else { return }
    candidate.pass(10)
    _ = candidate.take(.written(ObservedLease(record: record, version: "1")))
    #expect(!candidate.isLeading && candidate.election.term == 0)
  }

  @Test func aRenewalAfterAGapIsANewTerm() {
    var candidate = Candidate()
    candidate.lead()
    candidate.pass(11)
    #expect(candidate.begin() == .read, "it looks first: another may have taken over")
    let mine = Self.lease("a", version: "1")
    guard case .send(.replace(let record, over: "1")) = candidate.take(.found(mine)) else {
      Issue.record("it did not renew")
      return
    }
    #expect(!candidate.isLeading)
    _ = candidate.take(.written(ObservedLease(record: record, version: "2")))
    #expect(candidate.isLeading && candidate.election.term == 2)
  }

  @Test func stepsDownAsSoonAsItReadsAnotherHolder() {
    var candidate = Candidate()
    candidate.lead()
    candidate.pass(2)
    _ = candidate.begin()
    #expect(candidate.take(.conflict) == .send(.read))
    _ = candidate.take(.found(Self.lease("b", version: "9")))
    #expect(!candidate.isLeading)
  }

  @Test func aLostAnswerIsFoundByReading() {
    var candidate = Candidate()
    candidate.lead()
    candidate.pass(2)
    _ = candidate.begin()
    _ = candidate.take(.failed)
    candidate.pass(2)
    // The renewal had arrived: the version is another.
    _ = candidate.begin()
    #expect(candidate.take(.conflict) == .send(.read))
    guard case .send(.replace(_, over: "2")) = candidate.take(.found(Self.lease("a", version: "2"))) else {
      Issue.record("it did not renew over what it found")
      return
    }
    #expect(candidate.isLeading)
  }

  @Test func aLeaseThatWasDeletedUnderItsHolderIsWaitedFor() {
    var candidate = Candidate()
    _ = candidate.begin()
    _ = candidate.take(.found(Self.lease("b", version: "1")))
    candidate.pass(4)
    _ = candidate.begin()
    #expect(Self.isWait(candidate.take(.notFound), .seconds(2)...(.milliseconds(4400))))
    candidate.pass(11)
    _ = candidate.begin()
    guard case .send(.create) = candidate.take(.notFound) else {
      Issue.record("it was not created")
      return
    }
  }

  @Test func aRoundOfConflictsEnds() {
    var candidate = Candidate()
    var next = LeaseElection.Next.send(candidate.begin())
    var requests = 0
    while case .send(let request) = next {
      requests += 1
      next = candidate.take(request == .read ? .found(Self.lease("", version: "\(requests)")) : .conflict)
    }
    #expect(requests == LeaseElection.requestsInRound)
  }

  @Test func releasesWhatItHolds() {
    var candidate = Candidate()
    candidate.lead()
    guard case .replace(let record, over: "1") = candidate.election.release(at: candidate.now, wall: Self.wall) else {
      Issue.record("nothing was released")
      return
    }
    #expect(record.holder.isEmpty && record.durationSeconds == 1)
    #expect(!candidate.isLeading)
    var follower = Candidate()
    _ = follower.begin()
    _ = follower.take(.found(Self.lease("b", version: "1")))
    #expect(follower.election.release(at: follower.now, wall: Self.wall) == nil)
  }
}
