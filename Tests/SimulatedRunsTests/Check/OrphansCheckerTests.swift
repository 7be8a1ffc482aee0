import Model
import Ports
import Testing

@testable import SimulatedRuns
@testable import Simulator

@Suite struct OrphansCheckerTests {
  private static let bound = OrphansChecker.bound(Stage().policy)

  @Test func tellsOfAMachineThatIsMadeBeforeItsIntentIsWritten() throws {
    var stage = Stage()
    var checker = OrphansChecker(stage.scene)
    let record = stage.record(1)
    let request = CloneRequest(
      template: stage.policy.templates[0], owner: stage.owner(of: record), createdAt: record.createdAt)
    let call = ObservedCall(at: stage.now, .clone(request), .answerLost)
    var written = stage
    written.write(record)
    #expect(checker.see(written.moment { $0.calls = [call] }) == [])
    var other = OrphansChecker(stage.scene)
    let found = other.see(stage.moment { $0.calls = [call] })
    #expect(
      found.map(\.sentence) == [
        "A machine was made for worker-burst-001 (burst-1), of which nothing is in the journal."
      ])
  }

  /// What is found of a machine without a record.
  private static func strays(in given: Stage = Stage(), _ shape: (inout Moment) -> Void = { _ in }) throws
    -> [Violation]
  {
    var stage = given
    _ = try stage.build(stage.record(1))
    var checker = OrphansChecker(stage.scene)
    stage.phase = .liveness
    return stage.watch(&checker, for: bound + .minutes(30), shape)
  }

  @Test func tellsOnceOfAMachineThatBelongsToNoRecord() throws {
    let found = try Self.strays()
    #expect(found.count == 1)
    #expect(found.first?.sentence.hasPrefix("Machine 200 bears the mark of worker-burst-001 (burst-1)") == true)
  }

  @Test func itIsGivenItsTime() throws {
    var stage = Stage()
    _ = try stage.build(stage.record(1))
    var checker = OrphansChecker(stage.scene)
    stage.phase = .liveness
    #expect(stage.watch(&checker, for: Self.bound - .minutes(5)) == [])
  }

  @Test func leftoversAreJudgedOnlyWhenAllIsPutRight() throws {
    #expect(try Self.strays { $0.phase = .healing } == [])
  }

  @Test func timeInWhichNothingCouldBeDoneDoesNotCount() throws {
    #expect(try Self.strays { $0.decision = nil } == [])
  }

  @Test func tidyingUpMayBeSwitchedOff() throws {
    #expect(try Self.strays(in: Stage { $0.policy.cleanup.removesOrphans = false }) == [])
  }

  @Test func aPoolThatIsGoneIsAPersonsMatter() throws {
    var stage = Stage()
    _ = try stage.build(stage.record(1))
    stage.policy.pools.removeFirst()
    var checker = OrphansChecker(stage.scene)
    stage.phase = .liveness
    #expect(stage.watch(&checker, for: Self.bound + .minutes(30)) == [])
  }

  @Test func tellsOfARecordWithoutAMachine() throws {
    var stage = Stage()
    var checker = OrphansChecker(stage.scene)
    stage.write(stage.record(1))
    stage.phase = .liveness
    let found = stage.watch(&checker, for: Self.bound + .minutes(30))
    #expect(found.count == 1)
    #expect(found.first?.sentence.hasPrefix("worker-burst-001 is ready and has no machine since") == true)
  }

  @Test(arguments: ["left", "kept", "recorded", "of others", "named"])
  func tellsOfANodeThatIsLeft(what: String) throws {
    var stage = Stage()
    let record = try stage.build(stage.record(1))
    let node = NodeName(record.name.rawValue)
    switch what {
    case "kept": break
    case "recorded": stage.write(record)
    case "of others": stage.world.nodes[node]!.labels["node-pool"] = "theirs"
    case "named":
      stage.world.addForeignMachine(
        MachineID(300), name: node.rawValue, on: "pve-2",
        hardware: Template.Machine(cpuCores: 4, memoryBytes: .mebibytes(8192), diskBytes: .gigabytes(500)))
    default: break
    }
    if what != "kept" {
      stage.world.machines[record.machine!] = nil
      stage.world.nodes[node]!.setCondition("Ready", .unknown, at: stage.now)
    }
    var checker = OrphansChecker(stage.scene)
    stage.phase = .liveness
    let found = stage.watch(&checker, for: Self.bound + .minutes(30)).map(\.sentence).filter { $0.hasPrefix("Node") }
    #expect(found.count == (what == "left" ? 1 : 0))
    #expect(found.allSatisfy { $0.hasPrefix("Node worker-burst-001 is in the cluster, and neither") })
  }

  @Test func aMachineWhoseMarkIsGoneIsWaitedFor() throws {
    var stage = Stage()
    var checker = OrphansChecker(stage.scene)
    stage.write(try stage.build(stage.record(1)))
    stage.world.machines[MachineID(200)]?.description = ""
    stage.phase = .liveness
    #expect(stage.watch(&checker, for: Self.bound + .minutes(30)) == [])
  }
}
