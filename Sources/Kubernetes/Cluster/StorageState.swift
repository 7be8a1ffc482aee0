import Model

/// Limits of attached volumes as extended resources, which fit and add up like any other.
enum Attachments {
  /// The name that Kubernetes gave such limits itself, before CSINode objects came.
  static func resource(of driver: String) -> String { "attachable-volumes-csi-\(driver)" }
  /// What a node offers that has no limit while others have one.
  static let unlimited = 1_000_000
}

/// What claims, volumes and classes say together about where pods may run. Pure.
struct StorageState {
  var claims: [ObjectKey: ClaimRecord]
  var volumes: [ObjectKey: VolumeRecord]
  var classes: [ObjectKey: StorageClassRecord]
  /// Only drivers with a limit on some node are counted.
  var limitedDrivers: Set<String>

  /// The class of volumes that nobody makes: only those that are there already can be bound.
  private static let noProvisioner = "kubernetes.io/no-provisioner"

  /// Pods with what their claims demand.
  /// - Parameter all: all pods, of which some may have a claim that only one may use.
  func resolve(_ pods: [PodRecord], all: [PodRecord]) -> [PodObservation] {
    let users = usersOfExclusiveClaims(all)
    return pods.map { pod in
      guard !pod.claims.isEmpty else { return pod.observation }
      var observation = pod.observation
      for name in pod.claims {
        let key = ObjectKey(namespace: observation.key.namespace, name: name)
        observation.constraints.volumes.append(demand(key, of: observation, users))
        if let driver = driver(of: key), limitedDrivers.contains(driver) {
          observation.requests.extended[Attachments.resource(of: driver), default: 0] += 1
        }
      }
      return observation
    }
  }

  /// Pods on nodes that have a claim in the mode ReadWriteOncePod.
  private func usersOfExclusiveClaims(_ pods: [PodRecord]) -> [ObjectKey: PodKey] {
    var users: [ObjectKey: PodKey] = [:]
    for pod in pods where !pod.claims.isEmpty && pod.observation.node != nil && !pod.observation.isFinished {
      for name in pod.claims {
        let key = ObjectKey(namespace: pod.observation.key.namespace, name: name)
        if claims[key]?.isForOnePod == true { users[key] = pod.observation.key }
      }
    }
    return users
  }

  private func demand(_ key: ObjectKey, of pod: PodObservation, _ users: [ObjectKey: PodKey]) -> VolumeDemand {
    func obstacle(_ text: String) -> VolumeDemand { VolumeDemand(claim: key.name, obstacle: text) }
    guard let claim = claims[key] else { return obstacle("Its claim \(key.name) does not exist.") }
    if claim.isForOnePod, let user = users[key], user != pod.key {
      return obstacle("Its claim \(key.name) may be used by one pod only, and \(user) uses it.")
    }
    if let name = claim.volume {
      guard let volume = volumes[ObjectKey(namespace: "", name: name)] else {
        return obstacle("The volume \(name) of its claim \(key.name) does not exist.")
      }
      return VolumeDemand(claim: key.name, nodeAffinity: volume.nodeAffinity)
    }
    guard let className = claim.storageClass, !className.isEmpty else {
      return obstacle("Its claim \(key.name) is not bound and names no storage class.")
    }
    guard let storageClass = classes[ObjectKey(namespace: "", name: className)] else {
      return obstacle("Its claim \(key.name) names the storage class \(className), which does not exist.")
    }
    guard storageClass.waitsForFirstConsumer else { return obstacle("Its claim \(key.name) is not bound yet.") }
    let present = free(className, atLeast: claim.requestedBytes)
    if storageClass.provisioner == Self.noProvisioner {
      guard !present.isEmpty else {
        return obstacle("No volume of the storage class \(className) is free for its claim \(key.name).")
      }
      let isAnywhere = present.contains { $0.nodeAffinity.isEmpty }
      return VolumeDemand(claim: key.name, nodeAffinity: isAnywhere ? [] : present.flatMap(\.nodeAffinity))
    }
    let allowed = storageClass.allowedTopologies
    return VolumeDemand(claim: key.name, nodeAffinity: allowed)
  }

  /// Volumes that the claim could be bound to, in the order of their names.
  private func free(_ className: String, atLeast bytes: Int64) -> [VolumeRecord] {
    volumes.filter { $0.value.isAvailable && $0.value.storageClass == className && $0.value.capacityBytes >= bytes }
      .sorted { $0.key < $1.key }.map(\.value)
  }

  private func driver(of key: ObjectKey) -> String? {
    guard let claim = claims[key] else { return nil }
    if let name = claim.volume { return volumes[ObjectKey(namespace: "", name: name)]?.driver }
    return claim.storageClass.flatMap { classes[ObjectKey(namespace: "", name: $0)] }?.provisioner
  }
}
