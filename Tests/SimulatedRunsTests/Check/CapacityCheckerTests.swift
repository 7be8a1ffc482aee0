import Model
import Ports
import Testing

@testable import SimulatedRuns
@testable import Simulator

@Suite struct CapacityCheckerTests {
  /// One pod waits in a cluster without nodes.
  private static func stage(millicores: Int64 = 500, _ shape: (inout Scene) -> Void = { _ in }) -> Stage {
    var stage = Stage(shape)
    for index in stage.policy.pools.indices { stage.policy.pools[index].minimum = 0 }
    stage.serve("web", pods: 1, millicores: millicores)
    stage.phase = .liveness
    return stage
  }

  private static func find(
    _ stage: Stage, for length: Duration = .hours(3), _ shape: (inout Moment) -> Void = { _ in }
  ) -> [Violation] {
    stage.find(CapacityChecker.self, for: length, shape)
  }

  @Test func tellsOfAPodThatWaitsWithoutNeed() {
    let found = Self.find(Self.stage())
    #expect(found.count == 1)
    #expect(found.first?.sentence.contains("pool burst could have got a worker for it") == true)
  }

  /// Somebody orders two workers of burst, and has one.
  private static func orders(
    for length: Duration = .hours(2), _ shape: (inout Stage) -> Void = { _ in }, _ event: String? = nil
  ) -> [String] {
    var stage = Stage()
    stage.phase = .liveness
    stage.policy.pools[0].acceptsRequests = true
    stage.policy.pools[1].minimum = 0
    shape(&stage)
    var checker = CapacityChecker(stage.scene)
    var order = ScaleRequest(id: "order-1", pool: "burst", workers: 2, askedAt: stage.now, askedBy: "an operator")
    order.served = 1
    var found = checker.see(stage.moment { $0.requests = [order] })
    let events = event.map {
      [JournalEvent(at: stage.now, subject: "request", name: "order-1", code: $0, sentence: "It is over.")]
    }
    found += checker.see(stage.moment { $0.events = events ?? [] })
    found += stage.watch(&checker, for: length)
    return found.map(\.sentence)
  }

  @Test func tellsOfAnOrderThatIsForgotten() {
    let found = Self.orders()
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("Order order-1 has 1 of 2 workers, and for") == true)
    #expect(Self.orders(for: .minutes(45)) == [])
  }

  @Test func anOrderThatIsOverOrCannotBeServedIsNotJudged() {
    #expect(Self.orders({ _ in }, "request_served") == [])
    #expect(Self.orders({ _ in }, "request_refused") == [])
    #expect(Self.orders({ _ in }, "request_received").count == 1)
    #expect(Self.orders { $0.policy.pools[0].acceptsRequests = false } == [])
    #expect(Self.orders { $0.policy.pools[0].maximum = 0 } == [])
    #expect(Self.orders { $0.policy.pools[0].monthlyBudget = Money(1) } == [])
    #expect(Self.orders { $0.write($0.record(1, "burst", .provisioning)) } == [])
    #expect(Self.orders { $0.write($0.record(1, "burst", .failed)) } == [])
    #expect(Self.orders { for host in $0.world.hosts.keys { $0.world.hosts[host]!.online = false } } == [])
  }

  /// Room that comes and is taken at once was not there since the look before.
  @Test func timeInWhichThereWasNoRoomDoesNotCount() {
    var stage = Stage()
    stage.phase = .liveness
    stage.policy.pools[0].acceptsRequests = true
    stage.policy.pools[1].minimum = 0
    let maximum = stage.policy.pools[0].maximum
    var checker = CapacityChecker(stage.scene)
    let order = ScaleRequest(id: "order-1", pool: "burst", workers: 2, askedAt: stage.now, askedBy: "an operator")
    var found = checker.see(stage.moment { $0.requests = [order] })
    for _ in 0..<20 {
      for (wait, hasRoom) in [(Duration.minutes(9), true), (.seconds(30), false)] {
        stage.policy.pools[0].maximum = hasRoom ? maximum : 0
        found += checker.see(stage.moment(after: wait))
      }
    }
    #expect(found == [])
  }

  /// Spot is to have one worker and has none; no pod waits.
  private static func minimum(for length: Duration = .hours(2), _ shape: (inout Stage) -> Void = { _ in }) -> [String] {
    var stage = Stage()
    stage.phase = .liveness
    stage.policy.pools[1].monthlyBudget = .zero
    shape(&stage)
    return find(stage, for: length).map(\.sentence)
  }

  @Test func tellsOfAPoolThatStaysBelowItsMinimum() {
    let found = Self.minimum()
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("Pool spot has 0 of 1 workers that are to be there, and for") == true)
    #expect(Self.minimum(for: .minutes(45)) == [])
    #expect(Self.minimum { $0.policy.pools[1].enabled = false } == [])
    #expect(Self.minimum { $0.write($0.record(1, "spot")) } == [])
    #expect(Self.minimum { $0.write($0.record(1, "burst", .joining)) } == [])
    #expect(Self.minimum { $0.write($0.record(1, "spot", .failed)) } == [])
    #expect(Self.minimum { for host in $0.world.hosts.keys { $0.world.hosts[host]!.online = false } } == [])
  }

  /// A schedule asks for two workers of burst, in a window that is open for so long already.
  private static func schedule(_ shape: (inout Stage) -> Void = { _ in }) throws -> [String] {
    var stage = Stage()
    stage.phase = .liveness
    stage.write(stage.record(1, "spot"))
    stage.policy.schedules = [
      Schedule(name: "noon", pool: "burst", cron: try CronExpression("0 12 * * *"), duration: .hours(4), workers: 2)
    ]
    shape(&stage)
    return find(stage, for: .hours(2)) { moment in
      let window = ScheduleWindow(start: Stage.start, end: Stage.start.advanced(by: .hours(4)))
      moment.decision?.snapshot.schedules = ["noon": window]
    }.map(\.sentence)
  }

  @Test func tellsOfAScheduleThatIsForgotten() throws {
    #expect(try Self.schedule().first?.hasPrefix("Pool burst has 0 of 2 workers") == true)
    #expect(try Self.schedule { for number in 1...2 { $0.write($0.record(number)) } } == [])
    #expect(try Self.schedule { $0.policy.pools[0].monthlyBudget = Money(1) } == [])
    #expect(try Self.schedule { $0.offset = .hours(-5) } == [])
  }

  /// Burst is to keep two standby clones and has one.
  private static func standbys(_ shape: (inout Stage) -> Void = { _ in }) -> [String] {
    var stage = Stage()
    stage.phase = .liveness
    stage.write(stage.record(1, "spot"))
    stage.policy.pools[0].standby = 2
    stage.write(stage.record(1, "burst", .standby))
    shape(&stage)
    return find(stage, for: .hours(2)).map(\.sentence)
  }

  @Test func tellsOfAStandbyCloneThatIsForgotten() {
    #expect(Self.standbys().first?.hasPrefix("Pool burst has 1 of 2 standby clones that are to be there") == true)
    #expect(Self.standbys { $0.write($0.record(2, "burst", .standby)) } == [])
    #expect(Self.standbys { $0.policy.pools[0].maximum = 1 } == [])
    #expect(Self.standbys { $0.policy.pools[0].monthlyBudget = Money(1) } == [])
    #expect(
      Self.standbys {
        var coming = $0.record(2, "burst", .provisioning)
        coming.standby = StandbyRecord(price: coming.price)
        $0.write(coming)
      } == [])
  }

  @Test func itIsGivenItsTime() { #expect(Self.find(Self.stage(), for: .minutes(40)) == []) }

  @Test func aPodThatRunsDoesNotWait() throws {
    var stage = Self.stage()
    let record = try stage.build(stage.record(1))
    stage.write(record)
    #expect(Self.find(stage) == [])
  }

  @Test func onlyWhatIsPutRightIsJudged() {
    #expect(Self.find(Self.stage()) { $0.phase = .healing } == [])
    #expect(Self.find(Self.stage()) { $0.decision = nil } == [])
    #expect(Self.find(Self.stage()) { $0.disturbances = [.wrongMetrics(.silent, for: .hours(1))] } == [])
  }

  @Test func aPodThatFitsNowhereIsNotJudged() { #expect(Self.find(Self.stage(millicores: 9000)) == []) }

  @Test func poolsThatServeNoPodsOrAreFullAreNotJudged() {
    func only(_ shape: @escaping (inout Pool) -> Void) -> [Violation] {
      Self.find(
        Self.stage {
          $0.policy.pools.removeLast()
          shape(&$0.policy.pools[0])
        })
    }
    #expect(only { _ in }.count == 1)
    #expect(only { $0.enabled = false } == [])
    #expect(only { $0.servesPendingPods = false } == [])
    #expect(only { $0.maximum = 0 } == [])
    #expect(only { $0.taints = [Taint(key: "workload-type", value: "burst", effect: .noSchedule)] } == [])
    #expect(only { $0.monthlyBudget = Money(8) } == [])
    #expect(only { $0.hourlyBudget = HourlyPrice(perHour: Money(1)) } == [])
  }

  @Test func othersCapsAreLookedAt() {
    #expect(
      Self.find(
        Self.stage {
          $0.policy.pools.removeLast(); $0.policy.money.monthlyBudget = Money(8)
        }) == [])
    #expect(
      Self.find(
        Self.stage {
          $0.policy.pools.removeLast(); $0.policy.money.burstEventMaximum = Money(8)
        }) == [])
  }

  @Test func hostsMustHaveRoom() {
    var stage = Self.stage()
    for (number, host) in ["pve-1", "pve-2"].enumerated() {
      stage.world.addForeignMachine(
        MachineID(300 + number), name: "big", on: HostName(host),
        hardware: Template.Machine(cpuCores: 4, memoryBytes: .mebibytes(244 * 1024), diskBytes: .gigabytes(10)))
    }
    #expect(Self.find(stage) == [])
  }

  @Test func whileAWorkerIsOnItsWayTheClockStands() {
    var stage = Self.stage()
    stage.write(stage.record(1, "spot", .provisioning))
    #expect(Self.find(stage) == [])
  }

  @Test func aPoolWithAFreshFailureIsNotJudged() {
    var stage = Self.stage { $0.policy.pools.removeLast() }
    var checker = CapacityChecker(stage.scene)
    stage.write(stage.record(1, "burst", .failed))
    _ = checker.see(stage.moment())
    stage.change("burst-1") { $0.state = .terminated }
    #expect(stage.watch(&checker, for: .hours(3) - .minutes(1)) == [])
    #expect(stage.watch(&checker, for: .hours(2)).count == 1)
  }
}
