public import Model

/// A pod. What it is like is its workload's template.
public struct SimulatedPod: Hashable, Sendable, Codable {
  /// Ascending in the order of creation.
  public var number: Int
  /// Namespace and name.
  public var key: PodKey
  /// What makes it distinct.
  public var uid: String
  /// The name of its workload.
  public var workload: String
  /// When it was created.
  public var createdAt: Instant
  /// As Kubernetes shows it.
  public var phase = PodObservation.Phase.pending
  /// Where it is bound.
  public var node: NodeName?
  /// The uid of that node.
  public var nodeUID: String?
  /// When it was bound.
  public var boundAt: Instant?
  /// The scheduler found no node.
  public var unschedulable = false
  /// Whether Kubernetes counts it as Ready.
  public var ready = false
  /// Whether its containers run, whatever Kubernetes knows of it.
  public var containersRun = false
  /// When its deletion was asked for.
  public var deletedAt: Instant?
  /// How long it may take to end, from the request on.
  public var deletionGrace: Duration?
  /// Labels that clients gave it beside its template's; selectors of the world do not look at them.
  public var addedLabels: [String: String] = [:]
  /// Annotations that clients gave it beside its template's.
  public var addedAnnotations: [String: String] = [:]
  /// When its containers came up; `nil` before.
  public var startedAt: Instant?
  /// Its work is done, but the kubelet could not tell.
  var finishedUnseen = false
  /// It died without having been asked to stop.
  var lost = false
  /// 0.9 ... 1.1: pods of one workload are not quite alike in what they use.
  var useFactor: Double
  /// Changes with each new intention; see `WorldEvent`.
  var token = 0

  /// Whether its deletion was asked for.
  public var isTerminating: Bool { deletedAt != nil }
  /// Whether it succeeded or failed.
  public var isFinished: Bool { phase == .succeeded || phase == .failed }
  /// Whether its owner counts it.
  var isActive: Bool { !isTerminating && !isFinished }
}
