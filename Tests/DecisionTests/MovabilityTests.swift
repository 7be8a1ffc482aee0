import Model
import Testing

@testable import Decision

@Suite struct MovabilityTests {
  private static let disrupt = "karpenter.sh/do-not-disrupt"
  private static let safe = "cluster-autoscaler.kubernetes.io/safe-to-evict"
  private static let volumes = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"

  /// A pod of a ReplicaSet, an hour old.
  private func pod(_ change: (inout PodObservation) -> Void = { _ in }) -> PodObservation {
    var pod = PodObservation(
      key: PodKey(namespace: "default", name: "web"), uid: "web", createdAt: Scene.now.advanced(by: .hours(-1)),
      phase: .running, requests: .zero)
    pod.ownerKind = "ReplicaSet"
    change(&pod)
    return pod
  }

  private func mayMove(
    isCovered: Bool = false, keepsLocalData: Bool = false, _ change: (inout PodObservation) -> Void
  ) -> Bool {
    Movability.hindrance(of: pod(change), isCovered: isCovered, keepsLocalData: keepsLocalData, now: Scene.now) == nil
  }

  @Test func thePodsThatBelongToTheNodeNeverHoldIt() {
    #expect(
      mayMove {
        $0.isMirror = true; $0.ownerKind = nil
      })
    #expect(
      mayMove {
        $0.ownerKind = "DaemonSet"; $0.annotations[Self.disrupt] = "true"
      })
    #expect(
      mayMove {
        $0.isTerminating = true; $0.ownerKind = nil
      })
  }

  @Test func aBarePodHoldsItsNodeUnlessItSaysThatItMayGo() {
    #expect(!mayMove { $0.ownerKind = nil })
    #expect(
      mayMove {
        $0.ownerKind = nil; $0.annotations[Self.safe] = "true"
      })
    #expect(!mayMove { $0.annotations[Self.safe] = "false" })
  }

  @Test(arguments: [
    ("true", false), ("false", true), ("", true), ("30m", true), ("1h", true), ("1h0m1s", false), ("90m", false),
    ("0.5h", true), ("2h", false), ("soon", false),
  ])
  func aPodHoldsItsNodeForTheTimeThatItNames(_ value: String, _ moves: Bool) {
    #expect(mayMove { $0.annotations[Self.disrupt] = value } == moves)
    // Who says no is heard before who says yes.
    #expect(mayMove { $0.annotations = [Self.disrupt: value, Self.safe: "true"] } == moves)
  }

  @Test func aYoungSystemPodHoldsItsNodeWhileNoBudgetSpeaksForIt() {
    func system(_ age: Duration, isCovered: Bool = false, _ change: (inout PodObservation) -> Void = { _ in }) -> Bool {
      mayMove(isCovered: isCovered) {
        $0.key = PodKey(namespace: "kube-system", name: "dns")
        $0.createdAt = Scene.now.advanced(by: .zero - age)
        change(&$0)
      }
    }
    #expect(!system(.minutes(59)))
    #expect(system(.minutes(60)))
    #expect(system(.minutes(1), isCovered: true))
    #expect(system(.minutes(1)) { $0.annotations[Self.safe] = "true" })
  }

  @Test func localDataHoldsTheNodeOnlyWhereItMustBeKept() {
    func local(_ keeps: Bool, _ safe: String? = nil) -> Bool {
      mayMove(keepsLocalData: keeps) {
        $0.localVolumes = ["cache", "scratch"]
        $0.annotations[Self.volumes] = safe
      }
    }
    #expect(local(false))
    #expect(!local(true))
    #expect(!local(true, "cache"))
    #expect(local(true, "cache, scratch"))
  }

  @Test(arguments: [
    ("1h30m", Duration?.some(.seconds(5400))), ("1.5h", .seconds(5400)), ("90s", .seconds(90)),
    ("250ms", .milliseconds(250)), ("1m0s", .seconds(60)), ("", nil), ("10", nil), ("h", nil), ("5x", nil),
    ("-1h", nil),
  ])
  func readsTimesAsGoWritesThem(_ text: String, _ expected: Duration?) {
    #expect(Movability.goDuration(text) == expected)
  }

  @Test(arguments: ["disabled", "disrupt", "held", "over", "deleted", "disrupted", "nothing"])
  func aNodeSaysThatItIsToBeLeftAlone(_ what: String) {
    var node = NodeObservation(
      name: "node", uid: "node", createdAt: Scene.now.advanced(by: .hours(-1)), allocatable: .zero)
    switch what {
    case "disabled": node.annotations["cluster-autoscaler.kubernetes.io/scale-down-disabled"] = "true"
    case "disrupt": node.annotations[Self.disrupt] = "true"
    case "held": node.annotations[Self.disrupt] = "61m"
    case "over": node.annotations[Self.disrupt] = "59m"
    case "deleted": node.taints = [Taint(key: "ToBeDeletedByClusterAutoscaler", value: "1", effect: .noSchedule)]
    case "disrupted": node.taints = [Taint(key: "karpenter.sh/disrupted", effect: .noSchedule)]
    default: break
    }
    let stays = Movability.hindrance(of: node, now: Scene.now) != nil
    #expect(stays == !["over", "nothing"].contains(what))
  }
}
