import Model
import Testing

@testable import Decision

/// Workers that still carry the start-up taint are the capacity that they will be.
@Suite struct StartUpTaintFitTests {
  private static func scene(_ state: WorkerState) -> Scene {
    var scene = Scene()
    let worker = scene.addWorker("burst", age: .minutes(3))
    scene.changeWorker(worker) {
      $0.state = state
      if state == .joining { $0.readyAt = nil }
    }
    scene.changeNode(worker) { $0.taints.append(.starting) }
    scene.addPending(5)
    scene.fire("burst/pending_pods", 5)
    return scene
  }

  @Test func aJoiningNodeWithTheTaintIsUnderWay() {
    let result = Self.scene(.joining).decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups.map(\.outcome) == [.fitsUnderWay])
  }

  @Test func aLookFromBeforeTheTaintWentCreatesNoSecondWorker() {
    let result = Self.scene(.ready).decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups.map(\.outcome) == [.fitsExisting])
  }

  @Test func aNodeOfOthersKeepsItsTaint() {
    var scene = Self.scene(.ready)
    scene.snapshot.workers.removeAll { $0.pool == "burst" }
    #expect(scene.decide().created("burst") == ["medium"])
  }
}
