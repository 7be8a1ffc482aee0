import Foundation
public import Ports

/// One thing that the program does in a cluster, as the API server names it.
struct ClusterRight: Sendable, Hashable {
  var group = ""
  var resource: String
  var verbs: [String]
  /// Empty: everywhere.
  var namespace = ""

  var text: String {
    "\(verbs.joined(separator: ", ")) \(resource)\(group.isEmpty ? "" : ".\(group)")"
      + (namespace.isEmpty ? "" : " in \(namespace)")
  }

  /// What `config/kubernetes/rbac.yaml` grants, and no more.
  static let always = [
    ClusterRight(resource: "nodes", verbs: ["list", "watch", "patch", "delete"]),
    ClusterRight(resource: "pods", verbs: ["list", "watch"]),
    ClusterRight(resource: "pods/eviction", verbs: ["create"]),
    ClusterRight(resource: "namespaces", verbs: ["list", "watch"]),
    ClusterRight(resource: "persistentvolumeclaims", verbs: ["list", "watch"]),
    ClusterRight(resource: "persistentvolumes", verbs: ["list", "watch"]),
    ClusterRight(group: "policy", resource: "poddisruptionbudgets", verbs: ["list", "watch"]),
    ClusterRight(group: "apps", resource: "daemonsets", verbs: ["list", "watch"]),
    ClusterRight(group: "scheduling.k8s.io", resource: "priorityclasses", verbs: ["list", "watch"]),
    ClusterRight(group: "storage.k8s.io", resource: "storageclasses", verbs: ["list", "watch"]),
    ClusterRight(group: "storage.k8s.io", resource: "csinodes", verbs: ["list", "watch"]),
    ClusterRight(group: "events.k8s.io", resource: "events", verbs: ["create", "patch"]),
  ]

  /// What the election needs.
  static func election(_ namespace: String) -> [ClusterRight] {
    [
      ClusterRight(
        group: "coordination.k8s.io", resource: "leases", verbs: ["get", "create", "update"], namespace: namespace)
    ]
  }

  /// What a journal in the cluster needs.
  static func journal(_ namespace: String) -> [ClusterRight] {
    ["workers", "ledgers", "ledgerpages"].map {
      ClusterRight(
        group: "poolkeeper.dev", resource: $0, verbs: ["get", "list", "create", "update", "patch", "delete"],
        namespace: namespace)
    }
  }
}

extension KubernetesClient {
  private static let reviews = ResourceKind(
    group: "authorization.k8s.io", "selfsubjectaccessreviews", isNamespaced: false)

  /// Asks the API server who may do what, and how many nodes there are; changes nothing.
  /// - Parameters:
  ///   - namespace: where leases and the journal are.
  ///   - withElection: whether replicas elect a leader.
  ///   - withJournal: whether the journal is kept in the cluster.
  /// - Returns: what was found; it ends where nothing can be asked.
  public func examine(namespace: String, withElection: Bool, withJournal: Bool) async -> [ConnectionFinding] {
    var findings: [ConnectionFinding] = []
    var denied: [ClusterRight] = []
    let rights =
      ClusterRight.always + (withElection ? ClusterRight.election(namespace) : [])
      + (withJournal ? ClusterRight.journal(namespace) : [])
    do throws(KubernetesError) {
      for right in rights {
        var refused = right
        refused.verbs = []
        for verb in right.verbs where try await !isAllowed(right, verb) { refused.verbs.append(verb) }
        if !refused.verbs.isEmpty { denied.append(refused) }
      }
    } catch {
      return [
        ConnectionFinding(
          .missing, "The API server does not say what may be done: \(error.message)",
          remedy: "Check the kubeconfig or the service account, and the network path to the API server.")
      ]
    }
    findings.append(ConnectionFinding(.fine, "The API server answers."))
    if denied.isEmpty {
      findings.append(ConnectionFinding(.fine, "The account has every right that is needed."))
    } else {
      findings.append(
        ConnectionFinding(
          .missing, "The account may not: \(denied.map(\.text).joined(separator: "; ")).",
          remedy: "kubectl apply -f config/kubernetes/rbac.yaml, and use the account that it makes."))
    }
    if !denied.contains(where: { $0.resource == "nodes" && $0.verbs.contains("list") }) {
      findings.append(await countNodes())
    }
    return findings
  }

  private func isAllowed(_ right: ClusterRight, _ verb: String) async throws(KubernetesError) -> Bool {
    let parts = right.resource.split(separator: "/").map(String.init)
    let attributes = JSONValue.members([
      ("group", .text(right.group)), ("resource", .text(parts[0])), ("verb", .text(verb)),
      ("subresource", parts.count > 1 ? .text(parts[1]) : nil),
      ("namespace", right.namespace.isEmpty ? nil : .text(right.namespace)),
    ])
    let review = JSONValue.members([
      ("apiVersion", "authorization.k8s.io/v1"), ("kind", "SelfSubjectAccessReview"),
      ("spec", ["resourceAttributes": attributes]),
    ])
    struct Review: Decodable {
      struct Status: Decodable { var allowed: Bool }
      var status: Status
    }
    let answer = try await create(Self.reviews, namespace: nil, object: review.bytes)
    guard let read = try? JSONDecoder().decode(Review.self, from: Data(answer)) else {
      throw KubernetesError(.malformed, "The answer to a SelfSubjectAccessReview is none.")
    }
    return read.status.allowed
  }

  private func countNodes() async -> ConnectionFinding {
    struct List: Decodable {
      struct Node: Decodable {}
      var items: [Node]
    }
    do throws(KubernetesError) {
      let nodes = try await list(.nodes, namespace: nil, labelSelector: nil)
      let count = (try? JSONDecoder().decode(List.self, from: Data(nodes)))?.items.count ?? 0
      return ConnectionFinding(.fine, "The cluster has \(count) nodes.")
    } catch { return ConnectionFinding(.missing, "Nodes cannot be listed: \(error.message)") }
  }
}
