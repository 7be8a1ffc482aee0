import Model
import Testing

@testable import Decision

/// Volumes that can be attached to workers that do not exist yet.
@Suite struct AttachmentLimitsTests {
  private static let name = AttachmentLimits.prefix + "csi.example.org"

  /// Six pods with a volume each wait; a node holds any number of them otherwise.
  private static func scene(_ change: (inout Scene) -> Void) -> DecisionResult {
    var scene = Scene()
    scene.changePool("burst") { $0.templates = ["medium"] }
    scene.addPending(6, cpu: 100, memory: 100) { $0.requests.extended = [name: 1] }
    scene.fire("burst/pending_pods", 6)
    change(&scene)
    let result = scene.decide()
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
    return result
  }

  private static func show(_ limits: [(WorkerName, Int64)], _ scene: inout Scene) {
    for (worker, limit) in limits { scene.changeNode(worker) { $0.allocatable.extended[name] = limit } }
  }

  @Test func withoutAnyNodeThatTellsALimitThereIsNone() {
    #expect(Self.scene { _ in }.created("burst") == ["medium"])
  }

  @Test func nodesOfTheSameTemplateTellTheLimit() {
    let result = Self.scene { scene in
      let large = scene.addWorker("permanent", template: "large")
      scene.addRunning(1, on: large, cpu: 15_000, memory: 29_000, named: "base")
      // Three volumes fit on a medium node.
      Self.show([("worker-permanent-001", 3), ("worker-permanent-002", 2), (large, 100)], &scene)
      scene.changeNode(large) { $0.unschedulable = true }
      for number in 1...3 {
        scene.changeNode(WorkerName(pool: "permanent", number: number)) { $0.unschedulable = true }
      }
    }
    #expect(result.created("burst") == ["medium", "medium"])
  }

  @Test func otherwiseAnyNodeTellsIt() {
    let result = Self.scene { scene in
      for number in 1...3 {
        scene.changeWorker(WorkerName(pool: "permanent", number: number)) { $0.template = "small" }
        scene.changeNode(WorkerName(pool: "permanent", number: number)) { $0.unschedulable = true }
      }
      Self.show([("worker-permanent-001", 2), ("worker-permanent-002", 1)], &scene)
    }
    #expect(result.created("burst") == ["medium", "medium", "medium"])
  }

  @Test func aNodeWhoseDriverDoesNotRunYetTellsNothing() {
    let result = Self.scene { scene in
      for number in 1...3 {
        scene.changeNode(WorkerName(pool: "permanent", number: number)) { $0.unschedulable = true }
      }
      Self.show([("worker-permanent-001", 3), ("worker-permanent-002", AttachmentLimits.none)], &scene)
    }
    #expect(result.created("burst") == ["medium", "medium"])
  }

  @Test func whatATemplateSaysStands() {
    let result = Self.scene { scene in
      let index = scene.policy.templates.firstIndex { $0.name == "medium" }!
      scene.policy.templates[index].allocatable.extended[Self.name] = 6
      Self.show([("worker-permanent-001", 1)], &scene)
      scene.changeNode("worker-permanent-001") { $0.unschedulable = true }
    }
    #expect(result.created("burst") == ["medium"])
  }
}
