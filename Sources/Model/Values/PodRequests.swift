/// What a pod takes of a node, from the requests of its containers. Source: Kubernetes, sidecar containers, resource sharing.
public enum PodRequests {
  /// A container that runs before the main ones, or beside them from then on.
  public struct InitContainer: Hashable, Sendable {
    public var requests: Resources
    /// `restartPolicy: Always`: it keeps running.
    public var isSidecar: Bool

    public init(requests: Resources, isSidecar: Bool = false) {
      self.requests = requests
      self.isSidecar = isSidecar
    }
  }

  /// In each resource the larger of what runs in the end (containers and sidecars) and what runs at any time before (one
  /// init container and the sidecars that come before it), plus the overhead, plus the slot that every pod takes.
  ///
  /// - Parameters:
  ///   - initContainers: in the pod's order.
  ///   - podLevel: `spec.resources`, which stands in for the containers' sum in what it names; `nil` without.
  public static func effective(
    containers: [Resources], initContainers: [InitContainer] = [], overhead: Resources = .zero,
    podLevel: Resources? = nil
  ) -> Resources {
    var sidecars = Resources.zero
    var early = Resources.zero
    for container in initContainers {
      if container.isSidecar {
        sidecars += container.requests
        early = early.larger(sidecars)
      } else {
        early = early.larger(sidecars + container.requests)
      }
    }
    var whole = containers.reduce(sidecars, +).larger(early)
    if let podLevel {
      if podLevel.cpuMillicores > 0 { whole.cpuMillicores = podLevel.cpuMillicores }
      if podLevel.memoryBytes > 0 { whole.memoryBytes = podLevel.memoryBytes }
      for (name, amount) in podLevel.extended { whole.extended[name] = amount }
    }
    whole += overhead
    whole.pods = 1
    return whole
  }
}

extension Resources {
  /// The larger of both in each dimension.
  public func larger(_ other: Resources) -> Resources {
    Resources(
      cpuMillicores: max(cpuMillicores, other.cpuMillicores), memoryBytes: max(memoryBytes, other.memoryBytes),
      ephemeralStorageBytes: max(ephemeralStorageBytes, other.ephemeralStorageBytes), pods: max(pods, other.pods),
      extended: extended.merging(other.extended) { max($0, $1) })
  }
}
