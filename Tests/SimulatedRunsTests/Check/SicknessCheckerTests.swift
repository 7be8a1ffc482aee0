import Model
import Simulator
import Testing

@testable import SimulatedRuns
@testable import Simulator

@Suite struct SicknessCheckerTests {
  /// Workers of burst, the first so many of which are sick.
  private static func stage(sick: Int = 1, of workers: Int = 3) throws -> Stage {
    var stage = Stage()
    stage.policy.repair.levels = [.notReady: [RepairPolicy.Level(action: .reboot, after: .minutes(5))]]
    for number in 1...workers { stage.write(try stage.build(stage.record(number))) }
    for number in 1...sick {
      stage.change(WorkerID("burst-\(number)")) { $0.state = .unhealthy }
      let node = NodeName(WorkerName(pool: "burst", number: number).rawValue)
      stage.world.nodes[node]!.setCondition("Ready", .unknown, at: stage.now)
    }
    stage.phase = .liveness
    return stage
  }

  private static func find(
    _ stage: Stage, for length: Duration = .hours(3), saying code: String = "repair_waits",
    _ shape: (inout Moment) -> Void = { _ in }
  ) -> [String] {
    stage.find(SicknessChecker.self, for: length) { moment in
      moment.decision?.report.workers = [
        WorkerReport(worker: "worker-burst-001", verdict: .keep, reason: Reason(code, "It waits."))
      ]
      shape(&moment)
    }.map(\.sentence)
  }

  @Test func tellsOnceOfAWorkerThatIsLeftSick() throws {
    let found = Self.find(try Self.stage())
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("worker-burst-001 is sick, and for 1h5") == true, "\(found)")
    #expect(found.first?.hasSuffix("nothing has been done about it: It waits.") == true, "\(found)")
    #expect(Self.find(try Self.stage(), for: .minutes(100)) == [])
  }

  @Test(arguments: ["repair_exhausted", "repair_breaker", "replacement_waits", "removal_limit", "unhealthy"])
  func whatCannotBeHelpedIsNotJudged(code: String) throws {
    #expect(Self.find(try Self.stage(), saying: code) == [])
  }

  @Test(arguments: ["phase", "down", "repair", "health", "breaker", "well", "expired", "mark", "host"])
  func whatIsExcusedIsNotJudged(why: String) throws {
    var stage = try Self.stage(sick: why == "breaker" ? 2 : 1)
    var isUp = true
    switch why {
    case "phase": stage.phase = .safety
    case "down": isUp = false
    case "repair": stage.policy.repair.enabled = false
    case "health": stage.policy.health.enabled = false
    case "well": stage.world.nodes["worker-burst-001"]!.setCondition("Ready", .yes, at: stage.now)
    case "expired":
      stage.change("burst-1") { $0.timeToLive = TimeToLiveRecord(expiresAt: Stage.start, latest: Stage.start) }
    case "mark": stage.world.machines[MachineID(200)]!.description = ""
    case "host": stage.world.hosts["pve-1"]!.online = false
    default: break
    }
    #expect(Self.find(stage) { $0.isUp = isUp } == [])
  }

  @Test func whatIsTriedGivesTime() throws {
    var stage = try Self.stage()
    var checker = SicknessChecker(stage.scene)
    for _ in 1...3 {
      #expect(stage.watch(&checker, for: .minutes(100)) == [])
      stage.change("burst-1") {
        $0.repair = $0.repair ?? RepairRecord(issue: .notReady, since: Stage.start)
        $0.repair?.attempts += 1
      }
    }
    #expect(stage.watch(&checker, for: .minutes(120)).count == 1)
  }
}
