import Model
import Testing

@testable import Decision

/// The operator's table of repairs, line by line.
@Suite struct RepairTableTests {
  struct Line: Sendable, CustomStringConvertible {
    let issue: RepairIssue
    let level: Int
    let action: RepairAction
    /// Since the condition, or restarts.
    let seconds: Int?
    let restarts: Int?

    var description: String { "\(issue.rawValue) \(level)" }
  }

  static let lines: [Line] = [
    Line(issue: .notReady, level: 0, action: .restartKubelet, seconds: 300, restarts: nil),
    Line(issue: .notReady, level: 1, action: .reboot, seconds: 600, restarts: nil),
    Line(issue: .notReady, level: 2, action: .replace, seconds: 1200, restarts: nil),
    Line(issue: .diskPressure, level: 0, action: .cleanDisk, seconds: 60, restarts: nil),
    Line(issue: .diskPressure, level: 1, action: .pruneImages, seconds: 300, restarts: nil),
    Line(issue: .memoryPressure, level: 0, action: .drainAndReboot, seconds: 600, restarts: nil),
    Line(issue: .kubeletCrashLoop, level: 0, action: .restartKubelet, seconds: nil, restarts: 3),
    Line(issue: .kubeletCrashLoop, level: 1, action: .reboot, seconds: nil, restarts: 5),
    Line(issue: .kubeletCrashLoop, level: 2, action: .replace, seconds: nil, restarts: 7),
    Line(issue: .containerdCrashLoop, level: 0, action: .replace, seconds: nil, restarts: 3),
  ]

  private static let worker: WorkerName = "worker-burst-001"

  /// Six workers of which the first has an issue, on which the levels before have been tried an hour ago.
  private func scene(_ line: Line, less: Int = 0) -> Scene {
    var scene = Scene()
    for _ in 0..<6 {
      let worker = scene.addWorker("burst", age: .hours(3))
      scene.addRunning(1, on: worker, cpu: 7000)
    }
    if let seconds = line.seconds {
      let type =
        switch line.issue {
        case .diskPressure: "DiskPressure"
        case .memoryPressure: "MemoryPressure"
        default: "Ready"
        }
      scene.setCondition(Self.worker, type, type == "Ready" ? .no : .yes, since: .seconds(seconds - less))
    }
    if let restarts = line.restarts {
      let isKubelet = line.issue == .kubeletCrashLoop
      scene.snapshot.systems[Self.worker] = SystemObservation(
        stage: .running, kubeletRunning: true, kubeletRestarts: isKubelet ? restarts - less : 0,
        containerdRestarts: isKubelet ? 0 : restarts - less)
    }
    if line.level > 0 {
      scene.changeWorker(Self.worker) { $0.repair = record(line.issue, next: line.level, attempts: line.level) }
    }
    return scene
  }

  private func record(
    _ issue: RepairIssue, next: Int, attempts: Int, ago span: Duration = .hours(1)
  ) -> RepairRecord {
    var record = RepairRecord(issue: issue, since: Scene.now.advanced(by: .hours(-2)))
    record.nextLevel = next
    record.attempts = attempts
    record.lastAttemptAt = Scene.now.advanced(by: .zero - span)
    return record
  }

  private func actions(_ scene: Scene) -> [RepairAction] {
    let result = scene.decide()
    let violations = PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy)
    #expect(violations.isEmpty, "\(violations)")
    let replaces = result.plan.creations.contains { $0.reason.code == "replaces_worker" }
    return result.plan.repairs.map(\.action) + (replaces ? [.replace] : [])
  }

  @Test(arguments: lines)
  func eachLevelComesWhenItsTimeHasComeAndNotBefore(_ line: Line) {
    #expect(actions(scene(line)) == [line.action])
    #expect(actions(scene(line, less: 1)).isEmpty)
  }

  @Test(arguments: lines)
  func replacementEscalates(_ line: Line) {
    let level = RepairPolicy().levels[line.issue]![line.level]
    #expect(level.escalates == (line.action == .replace))
  }

  @Test(arguments: lines.filter { $0.level > 0 })
  func aLevelWaitsForTheRecheckOfTheOneBefore(_ line: Line) {
    let before = Self.lines.first { $0.issue == line.issue && $0.level == line.level - 1 }!.action
    let recheck = before == .reboot ? 300 : 60
    var scene = scene(line)
    scene.changeWorker(Self.worker) {
      $0.repair = record(line.issue, next: line.level, attempts: line.level, ago: .seconds(recheck - 1))
    }
    #expect(actions(scene).isEmpty)
    scene.changeWorker(Self.worker) {
      $0.repair = record(line.issue, next: line.level, attempts: line.level, ago: .seconds(recheck))
    }
    #expect(actions(scene) == [line.action])
  }

  /// Two levels: three rounds are six attempts, a quarter of an hour apart.
  @Test(arguments: [(2, 899, false), (2, 900, true), (4, 900, true), (5, 900, true), (6, 7200, false)])
  func threeRoundsAQuarterOfAnHourApart(_ attempts: Int, _ seconds: Int, _ isDue: Bool) {
    var scene = scene(Self.lines[3])
    scene.changeWorker(Self.worker) {
      $0.repair = record(.diskPressure, next: 2, attempts: attempts, ago: .seconds(seconds))
    }
    #expect(actions(scene) == (isDue ? [.cleanDisk] : []))
  }

  @Test func issuesThatTakeTurnsEndToo() {
    // What was tried for the disk counts when memory runs out, and the other way round.
    var scene = scene(Self.lines[5])
    scene.changeWorker(Self.worker) { $0.repair = record(.diskPressure, next: 1, attempts: 2) }
    #expect(actions(scene) == [.drainAndReboot])
    scene.changeWorker(Self.worker) { $0.repair = record(.diskPressure, next: 1, attempts: 3) }
    #expect(actions(scene).isEmpty)
    #expect(scene.decide().worker(Self.worker).reason.code == "repair_exhausted")
  }

  @Test func theRecheckIsThatOfWhatWasTriedLastWhateverFor() {
    var scene = scene(Self.lines[3])
    scene.changeWorker(Self.worker) { $0.repair = record(.notReady, next: 2, attempts: 2, ago: .seconds(299)) }
    #expect(actions(scene).isEmpty)
    scene.changeWorker(Self.worker) { $0.repair = record(.notReady, next: 2, attempts: 2, ago: .seconds(300)) }
    #expect(actions(scene) == [.cleanDisk])
  }

  @Test func aWorkerThatNoRepairHelpsIsReplacedHoweverOftenItWasTried() {
    var scene = scene(Self.lines[2])
    scene.changeWorker(Self.worker) { $0.repair = record(.notReady, next: 2, attempts: 9) }
    #expect(actions(scene) == [.replace])
  }

  @Test(arguments: [(5, 1, true), (10, 2, true), (9, 2, false), (10, 3, false), (2, 2, false), (1, 1, true)])
  func theBreakerStopsRepairsOfAPoolOfWhichMoreThanAFifthIsSick(_ members: Int, _ sick: Int, _ repairs: Bool) {
    var scene = Scene()
    for number in 0..<members {
      let worker = scene.addWorker("burst", age: .hours(3))
      scene.addRunning(1, on: worker, cpu: 7000)
      if number < sick { scene.setCondition(worker, "DiskPressure", .yes, since: .minutes(2)) }
    }
    #expect(actions(scene).count == (repairs ? sick : 0))
    #expect(scene.decide().codes("burst").contains("repair_breaker") == !repairs)
  }
}
