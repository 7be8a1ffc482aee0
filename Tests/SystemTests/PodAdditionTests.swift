import Model
import Testing

@testable import poolkeeper

/// More pods for the question "what if".
@Suite struct PodAdditionTests {
  private static let now = Instant(rfc3339: "2026-03-01T08:00:00Z")!
  private static let policy = Policy(clusterName: "test", pools: [], templates: [])

  private static func snapshot() -> Snapshot {
    var snapshot = Snapshot(now: now)
    var pod = PodObservation(
      key: PodKey(namespace: "shop", name: "web-1"), uid: "u1", createdAt: now, phase: .running,
      requests: Resources(cpuMillicores: 500, pods: 1))
    pod.ownerKind = "ReplicaSet"
    pod.ownerName = "web"
    pod.node = "n1"
    snapshot.pods = .known([pod], at: now)
    return snapshot
  }

  @Test(arguments: ["pods.shop/web=+3", "pods.shop/web-1=+3"])
  func addsPodsThatWaitAndAreOtherwiseAlike(_ text: String) throws {
    var snapshot = Self.snapshot()
    let addition = try PodAddition(text)
    #expect(addition.description == text)
    try addition.apply(to: &snapshot, Self.policy)
    try addition.apply(to: &snapshot, Self.policy)
    let pods = try #require(snapshot.pods.value)
    #expect(pods.count == 7 && Set(pods.map(\.key)).count == 7 && Set(pods.map(\.uid)).count == 7)
    let added = pods.dropFirst()
    #expect(added.allSatisfy { $0.node == nil && $0.unschedulable && $0.phase == .pending && $0.ownerName == "web" })
    #expect(added.allSatisfy { $0.requests == pods[0].requests && Self.now - $0.createdAt > .seconds(600) })
    #expect(pods[0] == Self.snapshot().pods.value?.first)
  }

  @Test(arguments: ["pods.shop/web=3", "pods.web=+3", "pods.shop/web=+0", "pods.shop/web=+many", "pods.shop/web"])
  func refusesWhatAddsNoPods(_ text: String) {
    #expect { try PodAddition(text) } throws: { error in
      (error as? Failure)?.kind == .usage && "\(error)".contains("pods.default/web=+50")
    }
  }

  @Test func anUnknownNameGetsTheNearestOne() throws {
    var snapshot = Self.snapshot()
    #expect { try PodAddition("pods.shop/wep=+1").apply(to: &snapshot, Self.policy) } throws: { error in
      (error as? Failure)?.kind == .notFound && "\(error)".contains("Did you mean \"shop/web\"?")
    }
    snapshot.pods = .unknown("Nobody answers.")
    #expect { try PodAddition("pods.shop/web=+1").apply(to: &snapshot, Self.policy) } throws: { error in
      (error as? Failure)?.kind == .failed && "\(error)".contains("Nobody answers.")
    }
  }
}
