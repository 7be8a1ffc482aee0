import Model
import Ports
import Simulator
import Testing

@testable import SimulatedRuns

@Suite struct CreatedTwiceCheckerTests {
  private static func clone(_ record: WorkerRecord, _ stage: inout Stage) throws -> ObservedCall {
    let request = CloneRequest(
      template: stage.policy.templates[0], owner: stage.owner(of: record), host: "pve-1", createdAt: record.createdAt)
    _ = try stage.world.clone(request, at: stage.now)
    return ObservedCall(at: stage.now, .clone(request), .done)
  }

  @Test func tellsOfASecondMachineOfAName() throws {
    var stage = Stage()
    var checker = CreatedTwiceChecker(stage.scene)
    var (first, second) = (stage.record(1), stage.record(1))
    second.id = "other"
    let calls = [try Self.clone(first, &stage), try Self.clone(second, &stage)]
    let found = checker.see(stage.moment { $0.calls = calls })
    #expect(found.map(\.sentence) == ["A machine was made for worker other while another bears its name."])
    first.state = .ready
  }

  @Test func oneMachineAfterAnotherIsNotTwo() throws {
    var stage = Stage()
    var checker = CreatedTwiceChecker(stage.scene)
    let record = try stage.build(stage.record(1))
    let call = ObservedCall(at: stage.now, .start(MachineID(200)), .done)
    #expect(checker.see(stage.moment { $0.calls = [call] }) == [])
    try stage.world.stop(record.machine!, owner: stage.owner(of: record), at: stage.now)
    try stage.world.delete(record.machine!, owner: stage.owner(of: record), at: stage.now)
    stage.pass(.seconds(5))
    let again = try Self.clone(record, &stage)
    #expect(checker.see(stage.moment { $0.calls = [again] }) == [])
  }

  @Test func tellsOfAnIDThatIsUsedAgain() {
    var stage = Stage()
    var checker = CreatedTwiceChecker(stage.scene)
    stage.write(stage.record(1))
    #expect(checker.see(stage.moment()) == [])
    stage.write(stage.record(1))
    let found = checker.see(stage.moment())
    #expect(found.count == 1)
    #expect(found.first?.sentence.hasPrefix("Id burst-1 was worker-burst-001 of") == true)
  }

  @Test func anOrderGetsItsNumberAndNoMore() {
    var stage = Stage()
    var checker = CreatedTwiceChecker(stage.scene)
    let request = ScaleRequest(id: "rush", pool: "burst", workers: 2, askedAt: stage.now, askedBy: "ann")
    _ = checker.see(stage.moment { $0.requests = [request] })
    func serve(_ number: Int) -> [Violation] {
      var record = stage.record(number, "burst", .requested, because: "requested")
      record.request = "rush"
      stage.write(record)
      return checker.see(stage.moment())
    }
    #expect(serve(1) == [])
    #expect(serve(2) == [])
    #expect(serve(3).map(\.sentence) == ["Order rush asked for 2 workers and has got 3 by worker-burst-003."])
    #expect(serve(4) == [])
  }

  /// What is found when a second worker is asked for while one is on its way and so many pods wait.
  private static func second(pods: Double, millicores: Int64, _ shape: (inout WorkerRecord) -> Void = { _ in })
    -> [Violation]
  {
    var stage = Stage()
    stage.serve("web", pods: pods, millicores: millicores)
    var checker = CreatedTwiceChecker(stage.scene)
    _ = checker.see(stage.moment())
    var first = stage.record(1, "burst", .provisioning)
    shape(&first)
    stage.write(first)
    var found = checker.see(stage.moment())
    stage.write(stage.record(2, "burst", .requested))
    found += checker.see(stage.moment())
    return found
  }

  @Test func tellsOfAWorkerForPodsThatAreServedAlready() {
    let found = Self.second(pods: 2, millicores: 1500)
    #expect(
      found.map(\.sentence) == [
        "worker-burst-002 was asked for while 1 small workers of pool burst are on their way for the 2 pods that wait."
      ])
  }

  @Test func moreThanOneHoldsNeedsAnother() {
    #expect(Self.second(pods: 3, millicores: 1500) == [])
    #expect(Self.second(pods: 2, millicores: 3000) == [])
  }

  @Test func aWorkerThatWasMadeForSomethingElseIsNotCounted() {
    #expect(Self.second(pods: 1, millicores: 500) { $0.reason = Reason("below_minimum", "It is missing.") } == [])
    #expect(
      Self.second(pods: 1, millicores: 500) {
        $0.removal = RemovalRecord(reason: Reason("operator", ""), askedAt: .epoch)
      } == [])
  }
}
