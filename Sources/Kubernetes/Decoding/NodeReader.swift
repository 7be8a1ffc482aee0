import Model

/// A node, and what is needed beside to judge its load.
struct NodeRecord: Hashable, Sendable {
  /// Without limits of attachments and measured load.
  var observation: NodeObservation
  /// Of the whole machine, of which the measured use is a share.
  var capacityMillicores: Int64
}

/// Reads nodes. Source: Kubernetes, core/v1 Node.
enum NodeReader {
  static func read(_ json: inout JSONPull) -> ReadObject<NodeRecord> {
    var metadata = ObjectMetadata.none
    var node = NodeObservation(name: "", uid: "", createdAt: .epoch, allocatable: .zero)
    var capacity = Resources.zero
    if json.enterObject() {
      while let key = json.nextKey() {
        switch key {
        case "metadata": metadata = ObjectMetadata(&json) { _ in true }
        case "spec": readSpec(&json, into: &node)
        case "status": readStatus(&json, into: &node, capacity: &capacity)
        default: json.skip()
        }
      }
    }
    node.name = NodeName(metadata.name)
    node.uid = metadata.uid
    node.createdAt = metadata.createdAt
    node.labels = metadata.labels
    node.annotations = metadata.annotations
    return ReadObject(
      key: metadata.key, resourceVersion: metadata.resourceVersion,
      value: NodeRecord(observation: node, capacityMillicores: capacity.cpuMillicores))
  }

  private static func readSpec(_ json: inout JSONPull, into node: inout NodeObservation) {
    guard json.enterObject() else { return }
    while let key = json.nextKey() {
      switch key {
      case "unschedulable": node.unschedulable = json.flag() ?? false
      case "taints": node.taints = json.list { $0.taint() }
      default: json.skip()
      }
    }
  }

  private static func readStatus(
    _ json: inout JSONPull, into node: inout NodeObservation, capacity: inout Resources
  ) {
    guard json.enterObject() else { return }
    while let key = json.nextKey() {
      switch key {
      case "allocatable": node.allocatable = json.resources() ?? .zero
      case "capacity": capacity = json.resources() ?? .zero
      case "addresses": node.address = address(&json)
      case "conditions": readConditions(&json, into: &node)
      case "nodeInfo": readNodeInformation(&json, into: &node)
      default: json.skip()
      }
    }
  }

  private static func readNodeInformation(_ json: inout JSONPull, into node: inout NodeObservation) {
    guard json.enterObject() else { return }
    while let key = json.nextKey() {
      switch key {
      case "systemUUID": node.systemUUID = json.text().flatMap { $0.isEmpty ? nil : $0.lowercased() }
      case "kubeletVersion": node.kubeletVersion = json.text().flatMap { $0.isEmpty ? nil : $0 }
      default: json.skip()
      }
    }
  }

  /// The internal address, or else the first that is no name.
  private static func address(_ json: inout JSONPull) -> String? {
    let addresses = json.list { json -> (type: String, address: String)? in
      guard json.enterObject() else { return nil }
      var (type, address) = ("", "")
      while let key = json.nextKey() {
        switch key {
        case "type": type = json.text() ?? ""
        case "address": address = json.text() ?? ""
        default: json.skip()
        }
      }
      return (type, address)
    }
    return (addresses.first { $0.type == "InternalIP" } ?? addresses.first { $0.type.hasSuffix("IP") })?.address
  }

  private static func readConditions(_ json: inout JSONPull, into node: inout NodeObservation) {
    guard json.enterArray() else { return }
    while json.nextElement() {
      guard json.enterObject() else { continue }
      var type = ""
      var status: NodeObservation.ConditionStatus?
      var since: Instant?
      while let key = json.nextKey() {
        switch key {
        case "type": type = json.text(isShared: true) ?? ""
        case "status": status = json.text().flatMap(NodeObservation.ConditionStatus.init(rawValue:))
        case "lastTransitionTime": since = json.instant()
        default: json.skip()
        }
      }
      if let status { node.conditions[type] = .init(status: status, since: since ?? .epoch) }
    }
  }
}
