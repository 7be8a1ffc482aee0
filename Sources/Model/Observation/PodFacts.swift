/// The fields of a pod's observation, which tells what they mean; also the form in which it is written.
@usableFromInline struct PodFacts: Hashable, Sendable, Codable {
  @usableFromInline var key: PodKey
  @usableFromInline var uid: String
  @usableFromInline var createdAt: Instant
  @usableFromInline var phase: PodObservation.Phase
  @usableFromInline var node: NodeName?
  @usableFromInline var requests: Resources
  @usableFromInline var nodeSelector: [String: String]
  @usableFromInline var tolerations: [Toleration]
  @usableFromInline var labels: [String: String]
  @usableFromInline var annotations: [String: String]
  @usableFromInline var priority: Int
  @usableFromInline var ownerKind: String?
  @usableFromInline var ownerName: String?
  @usableFromInline var unschedulable: Bool
  @usableFromInline var isMirror: Bool
  @usableFromInline var isTerminating: Bool
  @usableFromInline var isReady: Bool
  @usableFromInline var constraints: PodConstraints
  @usableFromInline var schedulingGates: [String]
  @usableFromInline var nominatedNode: NodeName?
  @usableFromInline var localVolumes: [String]
}
