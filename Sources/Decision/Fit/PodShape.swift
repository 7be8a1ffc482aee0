import Model

/// All that decides on where a pod may go, in numbers of one `FitModel`. Pods of one shape are interchangeable.
struct PodShape {
  struct SpreadUse: Hashable {
    let spread: Int
    /// Whether the pod is one of those that the constraint counts.
    let countsItself: Bool
  }

  /// What makes two pods alike.
  struct Key: Hashable {
    let demand: Resources
    let constraint: Int
    /// Selectors that choose the pod.
    let matches: [Int]
    let affinity: [Int]
    let affinityChoosesItself: Bool
    let antiAffinity: [Int]
    let spreads: [SpreadUse]
    let ports: [HostPort]
  }

  let key: Key
  let row: [Int64]
  /// Counters that count the pod, and spreads that do.
  let counters: [Int]
  let countedSpreads: [Int]

  var constraint: Int { key.constraint }
  var demand: Resources { key.demand }

  /// Whether other pods decide on where it may run, besides by the room that they take.
  let dependsOnPods: Bool
  /// Whether other pods must know of it.
  var isCounted: Bool {
    !counters.isEmpty || !countedSpreads.isEmpty || !key.antiAffinity.isEmpty || !key.ports.isEmpty
  }
}

/// Finds the shape of each pod. Neighbours in a list and pods of one owner are mostly alike: those are looked at first.
struct ShapeTable {
  private struct Owner: Hashable {
    let namespace: String
    let name: String
  }

  private var numbers: [PodShape.Key: Int] = [:]
  private var recent: [Owner: (pod: PodObservation, shape: Int)] = [:]
  private var last: (pod: PodObservation, shape: Int)?
  private(set) var shapes: [PodShape] = []

  /// The number of a shape, a new one if need be.
  mutating func number(of key: PodShape.Key, _ make: (PodShape.Key) -> PodShape) -> Int {
    if let known = numbers[key] { return known }
    numbers[key] = shapes.count
    shapes.append(make(key))
    return shapes.count - 1
  }

  /// The shape of the pod before, or of the owner's last one, if this one is the same in all that matters.
  func known(_ pod: PodObservation, labelsMatter: Bool) -> Int? {
    if let last, last.pod.key.namespace == pod.key.namespace, last.pod.isShapedLike(pod, labelsMatter: labelsMatter) {
      return last.shape
    }
    guard let last = recent[Self.owner(pod)], last.pod.isShapedLike(pod, labelsMatter: labelsMatter) else { return nil }
    return last.shape
  }

  mutating func remember(_ pod: PodObservation, _ shape: Int) {
    last = (pod, shape)
    recent[Self.owner(pod)] = (pod, shape)
  }

  private static func owner(_ pod: PodObservation) -> Owner {
    Owner(namespace: pod.key.namespace, name: pod.ownerName ?? "")
  }
}

extension PodObservation {
  fileprivate func isShapedLike(_ other: PodObservation, labelsMatter: Bool) -> Bool {
    requests == other.requests && tolerations == other.tolerations && nodeSelector == other.nodeSelector
      && (!labelsMatter || labels == other.labels) && constraints == other.constraints
  }
}
