import Model
import Simulator
import Testing

@testable import SimulatedRuns
@testable import Simulator

@Suite struct IdlenessCheckerTests {
  /// A ready worker on which nothing runs, of a pool that lets idle ones go after 20 minutes, an hour and a quarter at most
  /// after the last one.
  private static func stage(_ pool: PoolName = "burst", _ workers: Int = 1) throws -> Stage {
    var stage = Stage()
    stage.policy.pools[1].idleTimeout = .minutes(20)
    for number in 1...workers { stage.write(try stage.build(stage.record(number, pool))) }
    stage.phase = .liveness
    return stage
  }

  private static func find(
    _ stage: Stage, for length: Duration = .hours(3), _ shape: (inout Moment) -> Void = { _ in }
  ) -> [String] {
    stage.find(IdlenessChecker.self, for: length, shape).map(\.sentence)
  }

  @Test func tellsOnceOfAPoolThatLetsNoIdleWorkerGo() throws {
    let stage = try Self.stage()
    let found = Self.find(stage)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("Nothing has run on worker-burst-001 for 1h") == true, "\(found)")
    #expect(Self.find(stage, for: .minutes(90)) == [])
  }

  @Test func theMinimumStays() throws {
    #expect(Self.find(try Self.stage("spot")) == [])
    #expect(Self.find(try Self.stage("spot", 2)).count == 1)
  }

  @Test(
    arguments: [
      "phase", "idle detection", "no idle time", "schedule", "trigger", "coming", "leaving", "alert", "down",
      "processor",
      "pods", "waiting pods", "metrics",
    ])
  func whatSpeaksForAWorkerKeepsIt(why: String) throws {
    var stage = try Self.stage()
    var shape: (inout Moment) -> Void = { _ in }
    switch why {
    case "phase": stage.phase = .safety
    case "idle detection": stage.policy.cleanup.idleDetection = false
    case "no idle time": stage.policy.pools[0].idleTimeout = nil
    case "schedule":
      let cron = try CronExpression("0 8 * * *")
      stage.policy.schedules = [
        Schedule(name: "morning", pool: "burst", cron: cron, duration: .hours(1), workers: 1)
      ]
    case "trigger":
      shape = { moment in
        let state = TriggerState(phase: .firing, since: Stage.start)
        moment.decision?.report.triggers = [
          TriggerReport(
            trigger: "burst/pending_pods", pool: "burst", state: state, threshold: 1,
            reason: Reason("test", "It fires."))
        ]
      }
    case "coming": stage.write(stage.record(2, "burst", .joining))
    case "leaving":
      stage.policy.provisioning.parallelLimit = 1
      stage.policy.draining.limit = .hours(4)
      stage.write(try stage.build(stage.record(2, "spot")))
      stage.remove("spot-2", because: "order")
    case "alert": stage.change("burst-1") { $0.reason = Reason("alert", "An alert fires.") }
    case "down": shape = { $0.isUp = false }
    case "processor":
      stage.policy.cleanup.idleCPUPercent = 0
    case "pods":
      stage.serve("web", pods: 1)
      stage.pass(.minutes(1))
    case "waiting pods": stage.serve("web", pods: 1, millicores: 64_000)
    default: shape = { $0.disturbances = [.wrongMetrics(.silent, for: .hours(1))] }
    }
    #expect(Self.find(stage, shape) == [])
  }

  @Test func oneThatGoesGivesTheOthersTime() throws {
    var stage = try Self.stage("burst", 2)
    var checker = IdlenessChecker(stage.scene)
    #expect(stage.watch(&checker, for: .minutes(85)) == [])
    stage.remove("burst-1", because: "idle_timeout")
    #expect(stage.watch(&checker, for: .minutes(5)) == [])
    stage.change("burst-1") { $0.state = .terminated }
    #expect(stage.watch(&checker, for: .minutes(70)) == [])
    #expect(stage.watch(&checker, for: .minutes(10)).count == 1)
  }
}
