import Model
import Simulator
import Testing

@testable import SimulatedRuns
@testable import Simulator

@Suite struct RepairOrderCheckerTests {
  /// Orders the repair of a worker at this instant.
  private static func repair(
    _ stage: inout Stage, _ action: RepairAction, level: Int, _ issue: RepairIssue = .notReady, number: Int = 1
  ) {
    let at = stage.programNow
    stage.change(WorkerID("burst-\(number)")) {
      $0.state = .repairing
      var repair = $0.repair ?? RepairRecord(issue: issue, since: at)
      repair.issue = issue
      repair.inWork = action
      repair.nextLevel = level + 1
      repair.attempts += 1
      repair.lastAttemptAt = at
      $0.repair = repair
    }
  }

  private struct Attempt {
    var action: RepairAction
    var level: Int
    var after: Duration
    var issue = RepairIssue.notReady
  }

  /// What is found when one worker is repaired so.
  private static func find(_ attempts: [Attempt]) -> [Violation] {
    var stage = Stage()
    var checker = RepairOrderChecker(stage.scene)
    for number in 1...10 { stage.write(stage.record(number)) }
    var found = checker.see(stage.moment())
    for attempt in attempts {
      stage.pass(attempt.after)
      repair(&stage, attempt.action, level: attempt.level, attempt.issue)
      found += checker.see(stage.moment())
      stage.change("burst-1") {
        $0.state = .unhealthy
        $0.repair?.inWork = nil
      }
      found += checker.see(stage.moment())
    }
    return found
  }

  private static let round = [
    Attempt(action: .restartKubelet, level: 0, after: .minutes(20)),
    Attempt(action: .reboot, level: 1, after: .minutes(5)),
  ]

  @Test func levelsInOrderAndRoundsApartAreFine() { #expect(Self.find(Self.round + Self.round + Self.round) == []) }

  private static let wrong: [([Attempt], String)] = [
    ([Attempt(action: .reboot, level: 1, after: .minutes(5))], "without the levels before it"),
    (
      round + [Attempt(action: .restartKubelet, level: 0, after: .minutes(3))],
      "begins another round of repairs for NotReady"
    ),
    (
      [round[0], Attempt(action: .restartKubelet, level: 0, after: .minutes(2))],
      "begins another round of repairs for NotReady"
    ),
    (
      round + [Attempt(action: .reboot, level: 1, after: .minutes(20))], "level 2 for NotReady, after level 2"
    ),
    (
      round + [Attempt(action: .pruneImages, level: 1, after: .minutes(5), issue: .diskPressure)],
      "without the levels before it for DiskPressure"
    ),
    (round + round + round + round + round, "for the 10th time"),
  ]

  @Test(arguments: 0..<wrong.count) func tellsOnceOfAnotherOrder(number: Int) {
    let found = Self.find(Self.wrong[number].0)
    #expect(found.count == 1)
    #expect(found.first?.sentence.contains(Self.wrong[number].1) == true)
  }

  @Test func eachIssueGoesOnWhereItWasLeft() {
    let disk = Attempt(action: .cleanDisk, level: 0, after: .minutes(3), issue: .diskPressure)
    #expect(Self.find(Self.round + [disk]) == [])
    #expect(Self.find([Self.round[0], disk, Self.round[1]]) == [])
    let again = Attempt(action: .restartKubelet, level: 0, after: .minutes(5))
    #expect(Self.find([Self.round[0], disk, again]).map(\.checker) == ["repair_order"])
  }

  @Test func whatWasTriedIsForgottenByTheHealthy() {
    var stage = Stage()
    var checker = RepairOrderChecker(stage.scene)
    stage.write(stage.record(1))
    _ = checker.see(stage.moment())
    for _ in 0..<12 {
      Self.repair(&stage, .restartKubelet, level: 0)
      #expect(checker.see(stage.moment()) == [])
      stage.change("burst-1") { $0.state = .ready }
      #expect(checker.see(stage.moment()) == [])
      stage.pass(.minutes(16))
      stage.change("burst-1") { $0.repair = nil }
      #expect(checker.see(stage.moment()) == [])
    }
  }

  @Test func whatTheRecordForgetsTooEarlyIsNotForgotten() {
    var stage = Stage()
    var checker = RepairOrderChecker(stage.scene)
    stage.write(stage.record(1))
    _ = checker.see(stage.moment())
    var found: [Violation] = []
    for _ in 0..<2 {
      Self.repair(&stage, .restartKubelet, level: 0)
      found += checker.see(stage.moment())
      stage.change("burst-1") {
        $0.state = .ready
        $0.repair = nil
      }
      found += checker.see(stage.moment())
      stage.pass(.minutes(5))
    }
    #expect(found.count == 1 && found.first?.sentence.contains("another round") == true)
  }

  @Test func theBreakerHoldsRepairsBack() throws {
    var stage = Stage()
    var checker = RepairOrderChecker(stage.scene)
    for number in 1...3 { stage.write(try stage.build(stage.record(number))) }
    _ = checker.see(stage.moment())
    for number in 1...2 {
      let node = NodeName("worker-burst-00\(number)")
      stage.world.nodes[node]!.setCondition("Ready", .unknown, at: stage.now)
    }
    stage.pass(.minutes(2))
    Self.repair(&stage, .restartKubelet, level: 0)
    let excused = Self.breaker(stage, checker, [.outage(.cluster, for: .minutes(1))])
    #expect(excused == [])
    let found = Self.breaker(stage, checker, [])
    #expect(
      found.map(\.sentence) == ["worker-burst-001 is repaired while 2 of 3 workers of pool burst are sick."])
  }

  private static func breaker(
    _ stage: Stage, _ checker: RepairOrderChecker, _ disturbances: [Disturbance.Kind]
  ) -> [Violation] {
    var (stage, checker) = (stage, checker)
    return checker.see(stage.moment { $0.disturbances = disturbances })
  }

  @Test func aReplacementComesLast() {
    func replace(after attempts: [Attempt]) -> [Violation] {
      var stage = Stage()
      var checker = RepairOrderChecker(stage.scene)
      stage.write(stage.record(1))
      _ = checker.see(stage.moment())
      for attempt in attempts {
        stage.pass(attempt.after)
        Self.repair(&stage, attempt.action, level: attempt.level)
        _ = checker.see(stage.moment())
      }
      stage.remove("burst-1", because: "replaced")
      stage.change("burst-1") { $0.removal?.reason.data["issue"] = RepairIssue.notReady.rawValue }
      return checker.see(stage.moment())
    }
    #expect(replace(after: Self.round) == [])
    #expect(
      replace(after: [Self.round[0]]).map(\.sentence) == [
        "worker-burst-001 is replaced for NotReady after 1 of the 2 levels before that."
      ])
  }

  @Test func oneAttemptIsOneCall() {
    var stage = Stage()
    var checker = RepairOrderChecker(stage.scene)
    let record = stage.record(1)
    stage.write(record)
    Self.repair(&stage, .restartKubelet, level: 0)
    var call = ObservedCall(at: stage.now, .restartKubelet(MachineID(200)), .answerLost)
    call.owner = stage.owner(of: record)
    #expect(checker.see(stage.moment { $0.calls = [call] }) == [])
    #expect(checker.see(stage.moment { $0.calls = [call] }).count == 1)
    Self.repair(&stage, .reboot, level: 1)
    #expect(checker.see(stage.moment { $0.calls = [call] }) == [])
  }
}
