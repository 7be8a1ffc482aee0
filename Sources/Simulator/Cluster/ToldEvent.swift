public import Model
import Ports

/// An event as the cluster keeps it.
public struct ToldEvent: Hashable, Sendable, Codable {
  /// `Node` or `Pod`.
  public var kind: String
  /// The namespace of a pod; `default` for a node.
  public var namespace: String
  /// Of the node or pod.
  public var name: String
  /// Of the node or pod.
  public var uid: String
  /// In CamelCase.
  public var reason: String
  /// A sentence.
  public var note: String
  /// `Warning` rather than `Normal`.
  public var isWarning: Bool
  /// When it was told.
  public var at: Instant

  init(_ event: ClusterEvent, at: Instant) {
    switch event.subject {
    case .node(let node, let uid):
      (kind, namespace, name, self.uid) = ("Node", "default", node.rawValue, uid)
    case .pod(let pod, let uid):
      (kind, namespace, name, self.uid) = ("Pod", pod.namespace, pod.name, uid)
    }
    reason = event.reason
    note = event.note
    isWarning = event.isWarning
    self.at = at
  }
}

extension World {
  /// Events that are kept; older ones go.
  static let eventsKept = 1_000
}
