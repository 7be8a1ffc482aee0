import Model
import Ports
import Simulator
import Testing

@testable import SimulatedRuns
@testable import Simulator

@Suite struct ForeignMachinesCheckerTests {
  private static func call(_ call: ObservedCall.Call, owner: MachineOwner? = nil) -> ObservedCall {
    var observed = ObservedCall(at: Stage.start, call, .done)
    observed.owner = owner
    return observed
  }

  /// What is found when one call is made.
  private static func find(
    _ call: ObservedCall, in given: Stage = Stage(), _ moment: (inout Moment) -> Void = { _ in }
  ) -> [Violation] {
    var stage = given
    var checker = ForeignMachinesChecker(stage.scene)
    stage.write(stage.record(1))
    _ = checker.see(stage.moment())
    return checker.see(
      stage.moment {
        $0.calls = [call]
        moment(&$0)
      })
  }

  private static let ours = MachineOwner(
    cluster: Stage.cluster, pool: "burst", worker: "worker-burst-001", id: "burst-1")

  @Test func callsForOurOwnAreFine() throws {
    var stage = Stage()
    let record = try stage.build(stage.record(1))
    #expect(Self.find(Self.call(.stop(record.machine!), owner: Self.ours), in: stage) == [])
    #expect(Self.find(Self.call(.cordon("worker-burst-001"))) == [])
  }

  @Test func tellsOfACallForAMachineThatWasSeenWithoutOurMark() {
    let found = Self.find(Self.call(.stop(MachineID(100))))
    #expect(
      found.map(\.sentence) == ["Machine 100 was seen without our mark and was meant by a power-off all the same."])
  }

  @Test func aRefusalDoesNotExcuseWhatCouldBeSeen() {
    var call = Self.call(.delete(MachineID(100)))
    call.outcome = .refused(.notOurs)
    #expect(Self.find(call).count == 1)
  }

  @Test func whatCouldNotBeSeenIsRefusedByTheHypervisor() {
    var call = Self.call(.delete(MachineID(100)))
    call.outcome = .refused(.notOurs)
    #expect(Self.find(call) { $0.decision = nil } == [])
  }

  @Test func anOperatingSystemKnowsNoOwner() {
    let call = Self.call(.shutdown(MachineID(100)))
    #expect(
      Self.find(call) { $0.decision = nil }.map(\.sentence) == ["Machine 100 is not ours and a shutdown reached it."])
    let lie: (inout Moment) -> Void = {
      $0.decision = nil
      $0.disturbances = [.staleLists(.hypervisor, for: .minutes(5))]
    }
    #expect(Self.find(call, lie) == [])
    let hand: (inout Moment) -> Void = {
      $0.decision = nil
      $0.handiwork = [(.removesOwnerMark, "burst-1")]
    }
    #expect(Self.find(call, hand) == [])
  }

  @Test func tellsOfANodeThatIsNobodyOfOurs() {
    let found = Self.find(Self.call(.cordon("control-plane-1")))
    #expect(found.map(\.sentence) == ["Node control-plane-1 is no worker of ours and was meant by a cordon."])
  }

  @Test func tellsOnceOfAMachineThatIsNotWhatItWas() {
    var stage = Stage()
    var checker = ForeignMachinesChecker(stage.scene)
    let call = Self.call(.start(MachineID(200)), owner: Self.ours)
    #expect(checker.see(stage.moment { $0.calls = [call] }) == [])
    stage.world.machines[MachineID(100)]?.configured = false
    let found = checker.see(stage.moment { $0.calls = [call] }) + checker.see(stage.moment { $0.calls = [call] })
    #expect(found.map(\.sentence) == ["Machine 100, which is not ours, is no longer what it was."])
  }
}
