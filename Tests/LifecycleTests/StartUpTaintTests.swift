import Lifecycle
import Model
import Testing

/// No pod lands on a node before it carries its labels.
@Suite struct StartUpTaintTests {
  /// The node is Ready and labelled, and still has the taint with which it registered; its removal was just asked for.
  private static func starting() -> Fixture {
    var fixture = Fixture.joining()
    fixture.wait(.seconds(40))
    fixture.makeNode()
    let labels = NodeLabels.labels(of: fixture.record, policy: fixture.policy)
    fixture.node?.labels = labels
    fixture.node?.taints = [.starting]
    fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
    fixture.advance()
    return fixture
  }

  @Test func taintGoesOnlyWhenTheLabelsAreThere() {
    var fixture = Fixture.joining()
    fixture.makeNode()
    fixture.node?.taints = [.starting]
    fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
    let labels = NodeLabels.labels(of: fixture.record, policy: fixture.policy)
    #expect(fixture.advance(after: .seconds(30)) == [.label(labels)])
    #expect(fixture.advance(after: .seconds(5)).isEmpty, "while the labels are not known to be there")
    fixture.answer(.succeeded, to: .label(labels))
    #expect(fixture.record.state == .joining)
    #expect(fixture.advance(after: .seconds(5)) == [.removeStartUpTaint])
    #expect(fixture.record.state == .joining)
    fixture.answer(.succeeded, to: .removeStartUpTaint)
    #expect(fixture.record.state == .ready)
    #expect(fixture.codes == ["worker_ready"])
  }

  @Test func aLookWithoutTheTaintProvesItsRemovalToo() {
    var fixture = Self.starting()
    #expect(fixture.actions == [.removeStartUpTaint])
    fixture.node?.taints = []
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .ready)
  }

  @Test func whatMayHelpLaterIsAskedForAgainAndARefusalFailsTheWorker() {
    var fixture = Self.starting()
    fixture.answer(.failed(code: "busy", message: "etcd is busy", retryable: true), to: .removeStartUpTaint)
    #expect(fixture.record.state == .joining)
    #expect(fixture.record.lastError?.contains("etcd is busy") == true)
    #expect(fixture.advance(after: .seconds(45)) == [.removeStartUpTaint])
    fixture.answer(.failed(code: "forbidden", message: "no right", retryable: false), to: .removeStartUpTaint)
    #expect(fixture.record.state == .failed)
    #expect(fixture.record.lastError?.contains("no right") == true)
  }

  @Test func aTaintThatStaysAlthoughItsRemovalWasAnsweredIsRemovedAgain() {
    var fixture = Self.starting()
    fixture.answer(.succeeded, to: .removeStartUpTaint)
    #expect(fixture.record.state == .ready)
    #expect(fixture.advance(after: .seconds(5)) == [.removeStartUpTaint], "for example of a node registered anew")
    #expect(fixture.advance(after: .seconds(30)).isEmpty, "but not at every look")
    fixture.node?.taints = []
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.step == nil)
  }

  @Test func labelsThatAKubeletMayNotSetAreLeftToTheAPI() {
    let forbidden = [
      "node-role.kubernetes.io/worker", "node-restriction.kubernetes.io/team", "example.k8s.io/x", "kubernetes.io/role",
    ]
    let allowed = [
      "node-pool", "example.com/x", "topology.kubernetes.io/zone", "node.kubernetes.io/instance-type",
      "kubernetes.io/arch", "x.node.kubernetes.io/y", "mykubernetes.io/x",
    ]
    for key in forbidden { #expect(!NodeLabels.kubeletMaySet(key), "\(key)") }
    for key in allowed { #expect(NodeLabels.kubeletMaySet(key), "\(key)") }
  }

  @Test func configurationLeavesOutWhatTheAPISets() {
    var fixture = Fixture.provisioning(at: .boot)
    let burst = fixture.policy.pools.firstIndex { $0.name == "burst" }!
    fixture.policy.pools[burst].labels["node-role.kubernetes.io/worker"] = ""
    fixture.world.system = SystemObservation(stage: .maintenance, kubeletRunning: false)
    fixture.advance(after: .seconds(30))
    guard case .applyConfiguration(let labels, let taints)? = fixture.actions.first else {
      Issue.record("no configuration")
      return
    }
    #expect(labels["node-role.kubernetes.io/worker"] == nil)
    #expect(labels["node-pool"] == "burst")
    #expect(taints.contains(.starting))
    #expect(NodeLabels.labels(of: fixture.record, policy: fixture.policy)["node-role.kubernetes.io/worker"] == "")
  }
}
