public import Model
import Ports

extension KubernetesCluster {
  public func cordon(_ node: NodeName) async throws {
    try await patch(node, Self.cordon(true, mark: .text("true")), "cluster.cordon")
  }

  public func uncordon(_ node: NodeName) async throws {
    try await patch(node, Self.cordon(false, mark: .null), "cluster.uncordon")
  }

  private static func cordon(_ isCordoned: Bool, mark: JSONValue) -> JSONValue {
    [
      "metadata": ["annotations": .object([(key: NodeObservation.cordonMark, value: mark)])],
      "spec": ["unschedulable": .flag(isCordoned)],
    ]
  }

  public func label(_ node: NodeName, with labels: [String: String]) async throws {
    guard !labels.isEmpty else { return }
    let members = labels.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue.text($0.value)) }
    try await patch(node, ["metadata": ["labels": .object(members)]], "cluster.label")
  }

  public func removeTaint(_ key: String, from node: NodeName) async throws {
    try await editTaints(of: node, "cluster.remove_taint") { taints in taints.removeAll { $0.key == key } }
  }

  /// Adds the taint `node.kubernetes.io/out-of-service:NoExecute`: Kubernetes then deletes the node's pods by force and
  /// detaches their volumes.
  ///
  /// Only for a machine that is surely off, and only when an operator asked for it: the pods' copies elsewhere and a machine
  /// that still runs would write to the same volumes.
  public func markOutOfService(_ node: NodeName) async throws {
    let taint = NodeTaintEntry(
      key: "node.kubernetes.io/out-of-service", value: "nodeshutdown", effect: TaintEffect.noExecute.rawValue)
    try await editTaints(of: node, "cluster.mark_out_of_service") { taints in
      if !taints.contains(where: { $0.key == taint.key && $0.effect == taint.effect }) { taints.append(taint) }
    }
  }

  public func delete(_ node: NodeName, uid: String) async throws {
    do throws(KubernetesError) {
      try await client.delete(.nodes, namespace: nil, name: node.rawValue, uid: uid)
    } catch {
      if error.code == .notFound { return }
      throw PortError(error, operation: "cluster.delete")
    }
  }

  private func patch(_ node: NodeName, _ patch: JSONValue, _ operation: String) async throws(PortError) {
    try await calling(operation) { () throws(KubernetesError) in
      // The same patch twice is the same as once.
      _ = try await client.mergePatch(.nodes, namespace: nil, name: node.rawValue, patch: patch.bytes)
    }
  }

  /// How often a node's taints are read and written again when somebody else changed the node in between.
  static let maximumTaintAttempts = 5

  /// Reads the node's taints, edits them, and writes them only if the node did not change meanwhile: a list of taints is
  /// replaced whole, and others (the node controller, network agents) edit it, too.
  private func editTaints(
    of node: NodeName, _ operation: String, _ edit: (inout [NodeTaintEntry]) -> Void
  ) async throws(PortError) {
    try await calling(operation) { () throws(KubernetesError) in
      var attempts = 0
      while true {
        let (taints, version) = try NodeTaintEntry.read(
          try await client.get(.nodes, namespace: nil, name: node.rawValue))
        var edited = taints
        edit(&edited)
        if edited == taints { return }
        let patch: JSONValue = [
          "metadata": ["resourceVersion": .text(version)],
          "spec": ["taints": edited.isEmpty ? .null : .array(edited.map(\.json))],
        ]
        attempts += 1
        do throws(KubernetesError) {
          _ = try await client.mergePatch(.nodes, namespace: nil, name: node.rawValue, patch: patch.bytes)
          return
        } catch {
          guard error.code == .conflict, attempts < Self.maximumTaintAttempts else { throw error }
        }
      }
    }
  }
}

/// A taint with all that it carries, so that writing it back loses nothing.
struct NodeTaintEntry: Hashable, Sendable {
  var key: String
  var value: String?
  var effect: String
  var timeAdded: String?

  var json: JSONValue {
    .members([
      ("key", .text(key)), ("value", value.map { .text($0) }), ("effect", .text(effect)),
      ("timeAdded", timeAdded.map { .text($0) }),
    ])
  }

  /// A node's taints and its resource version.
  static func read(_ node: [UInt8]) throws(KubernetesError) -> (taints: [NodeTaintEntry], resourceVersion: String) {
    var taints: [NodeTaintEntry] = []
    var version = ""
    let isSound = node.withUnsafeBufferPointer { bytes in
      var json = JSONPull(bytes)
      json.members { json, key in
        switch key {
        case "metadata": version = ObjectMetadata(&json) { _ in false }.resourceVersion
        case "spec":
          json.members { json, key in
            switch key {
            case "taints": taints = json.list { entry(&$0) }
            default: json.skip()
            }
          }
        default: json.skip()
        }
      }
      return json.isSound
    }
    guard isSound, !version.isEmpty else { throw KubernetesError(.malformed, "What came is no Node object.") }
    return (taints, version)
  }

  private static func entry(_ json: inout JSONPull) -> NodeTaintEntry? {
    var entry = NodeTaintEntry(key: "", value: nil, effect: "", timeAdded: nil)
    json.members { json, key in
      switch key {
      case "key": entry.key = json.text() ?? ""
      case "value": entry.value = json.text()
      case "effect": entry.effect = json.text() ?? ""
      case "timeAdded": entry.timeAdded = json.text()
      default: json.skip()
      }
    }
    return entry
  }
}
