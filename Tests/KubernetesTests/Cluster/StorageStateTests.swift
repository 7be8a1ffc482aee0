import Model
import Testing

@testable import Kubernetes

@Suite struct StorageStateTests {
  private let zone = NodeSelectorTerm(expressions: [LabelRequirement(key: "zone", operator: .in, values: ["a"])])

  private func pod(_ name: String = "p", claims: [String], node: NodeName? = nil) -> PodRecord {
    var pod = PodObservation(
      key: PodKey(namespace: "n", name: name), uid: name, createdAt: .epoch, phase: .pending, requests: .zero)
    pod.node = node
    return PodRecord(observation: pod, claims: claims)
  }

  private func state(
    claim: ClaimRecord?, volumes: [String: VolumeRecord] = [:], classes: [String: StorageClassRecord] = [:],
    limited: Set<String> = []
  ) -> StorageState {
    func keys<Value>(_ named: [String: Value]) -> [ObjectKey: Value] {
      Dictionary(uniqueKeysWithValues: named.map { (ObjectKey(namespace: "", name: $0.key), $0.value) })
    }
    return StorageState(
      claims: claim.map { [ObjectKey(namespace: "n", name: "c"): $0] } ?? [:], volumes: keys(volumes),
      classes: keys(classes), limitedDrivers: limited)
  }

  private func demand(_ state: StorageState) -> VolumeDemand? {
    let pod = pod(claims: ["c"])
    return state.resolve([pod], all: [pod]).first?.constraints.volumes.first
  }

  @Test func followsABoundClaimToItsVolume() {
    let claim = ClaimRecord(volume: "v", isBound: true, storageClass: "fast")
    let found = demand(state(claim: claim, volumes: ["v": VolumeRecord(nodeAffinity: [zone])]))
    #expect(found == VolumeDemand(claim: "c", nodeAffinity: [zone]))
  }

  @Test func letsAClassThatWaitsSayWhere() {
    let claim = ClaimRecord(storageClass: "fast")
    let fast = StorageClassRecord(provisioner: "csi", waitsForFirstConsumer: true, allowedTopologies: [zone])
    #expect(demand(state(claim: claim, classes: ["fast": fast])) == VolumeDemand(claim: "c", nodeAffinity: [zone]))
  }

  @Test func looksForFreeVolumesWhereNobodyMakesThem() {
    let claim = ClaimRecord(storageClass: "local", requestedBytes: 100)
    let local = StorageClassRecord(provisioner: "kubernetes.io/no-provisioner", waitsForFirstConsumer: true)
    func volume(_ bytes: Int64, isAvailable: Bool = true, affinity: [NodeSelectorTerm]) -> VolumeRecord {
      VolumeRecord(nodeAffinity: affinity, storageClass: "local", capacityBytes: bytes, isAvailable: isAvailable)
    }
    let volumes = [
      "small": volume(99, affinity: []), "taken": volume(200, isAvailable: false, affinity: []),
      "good": volume(100, affinity: [zone]),
    ]
    let classes = ["local": local]
    #expect(
      demand(state(claim: claim, volumes: volumes, classes: classes)) == VolumeDemand(claim: "c", nodeAffinity: [zone]))
    #expect(demand(state(claim: claim, classes: classes))?.obstacle?.contains("is free") == true)
  }

  @Test(arguments: [
    (nil, "Its claim c does not exist."), (ClaimRecord(volume: "v"), "The volume v of its claim c does not exist."),
    (ClaimRecord(), "Its claim c is not bound and names no storage class."),
    (ClaimRecord(storageClass: "no"), "Its claim c names the storage class no, which does not exist."),
    (ClaimRecord(storageClass: "now"), "Its claim c is not bound yet."),
  ])
  func saysWhatStandsInTheWay(claim: ClaimRecord?, sentence: String) {
    #expect(demand(state(claim: claim, classes: ["now": StorageClassRecord()]))?.obstacle == sentence)
  }

  @Test func lendsAnExclusiveClaimToOnePodOnly() {
    let claim = ClaimRecord(volume: "v", isForOnePod: true)
    let state = state(claim: claim, volumes: ["v": VolumeRecord()])
    let pods = [pod("a", claims: ["c"], node: "n1"), pod("b", claims: ["c"])]
    let seen = state.resolve(pods, all: pods).map { $0.constraints.volumes.first?.obstacle }
    #expect(seen == [nil, "Its claim c may be used by one pod only, and n/a uses it."])
  }

  @Test func countsAttachmentsOfDriversThatHaveALimit() {
    let claim = ClaimRecord(volume: "v")
    let volumes = ["v": VolumeRecord(driver: "csi.example.org")]
    let pod = pod(claims: ["c"])
    let limited = state(claim: claim, volumes: volumes, limited: ["csi.example.org"])
    #expect(
      limited.resolve([pod], all: [pod])[0].requests.extended == ["attachable-volumes-csi-csi.example.org": 1])
    #expect(state(claim: claim, volumes: volumes).resolve([pod], all: [pod])[0].requests.extended == [:])
  }
}
