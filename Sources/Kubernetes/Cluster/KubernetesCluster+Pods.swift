public import Model
public import Ports

extension KubernetesCluster {
  public func evict(_ pod: PodKey, uid: String, grace: Duration) async throws -> EvictionOutcome {
    let operation = "cluster.evict"
    let eviction: JSONValue = [
      "apiVersion": "policy/v1", "kind": "Eviction",
      "metadata": ["name": .text(pod.name), "namespace": .text(pod.namespace)],
      "deleteOptions": [
        "gracePeriodSeconds": .integer(max(0, Int(grace.components.seconds))), "preconditions": ["uid": .text(uid)],
      ],
    ]
    var call = KubernetesClient.Call(
      "POST", ResourcePath.path(.pods, namespace: pod.namespace, name: pod.name, subresource: "eviction"),
      body: eviction.bytes)
    // Who drains decides when to ask again; waiting here would hold up everything else.
    call.mayRepeat = false
    do throws(KubernetesError) {
      _ = try await client.send(call)
      return .evicted
    } catch {
      return try EvictionAnswer(error).outcome(of: pod, blockingBudget(of: pod), operation)
    }
  }

  /// Deletes the pod at once, without waiting for its node's kubelet and past any disruption budget.
  ///
  /// Not part of the port, and never called by itself: only for a node whose machine is surely off, when an operator
  /// asked for it. A pod that still ran would run twice.
  /// - Parameter uid: the pod that was seen; another of the same name is left alone.
  public func forceDelete(_ pod: PodKey, uid: String) async throws {
    do throws(KubernetesError) {
      try await client.delete(.pods, namespace: pod.namespace, name: pod.name, uid: uid, grace: .zero)
    } catch {
      if error.code == .notFound || error.code == .conflict { return }
      throw PortError(error, operation: "cluster.force_delete")
    }
  }

  /// The budget that covers the pod, of several the one that allows least; `nil` where the caches do not know.
  private func blockingBudget(of pod: PodKey) -> String? {
    guard let pods = try? reflectors.pods.objects("cluster.evict").objects,
      let budgets = try? reflectors.budgets.objects("cluster.evict").objects,
      let observation = pods[ObjectKey(namespace: pod.namespace, name: pod.name)]?.value.observation
    else { return nil }
    return budgets.values.map(\.value).filter { $0.covers(observation) }
      .min { ($0.disruptionsAllowed, $0.name) < ($1.disruptionsAllowed, $1.name) }?.name
  }
}

/// What an eviction that was not accepted means. Source: Kubernetes, API-initiated eviction.
enum EvictionAnswer: Hashable, Sendable {
  /// Gone, or another pod bears the name now.
  case gone
  /// A budget does not allow it now. What the server says of it, where it says anything.
  case blocked(String?)
  /// The budget's status is being worked out; again soon.
  case notYet
  /// Nothing will come of it until somebody repairs the budgets or the rights.
  case hopeless(PortError.Code, String)
  case failed(KubernetesError)

  init(_ error: KubernetesError) {
    switch (error.code, error.status) {
    case (.notFound, _), (.conflict, _): self = .gone
    case (.throttled, _):
      if let cause = error.causes.first(where: { $0.reason == "DisruptionBudget" }) {
        // While the budget's status is old, the same cause comes with a time to wait.
        self = error.retryAfter == nil ? .blocked(cause.message) : .notYet
      } else {
        self = error.retryAfter == nil && error.message.contains("disruption budget") ? .blocked(nil) : .notYet
      }
    case (.forbidden, _) where error.causes.contains { $0.reason == "NamespaceTerminating" }:
      self = .hopeless(.forbidden, "\(error.message) Its namespace is being deleted, which takes the pod along.")
    case (.server, 500) where error.message.contains("more than one PodDisruptionBudget"):
      self = .hopeless(.failed, "\(error.message) Leave only one budget that selects the pod.")
    default: self = .failed(error)
    }
  }

  /// - Parameter budget: of the caches; the server does not name it.
  func outcome(
    of pod: PodKey, _ budget: @autoclosure () -> String?, _ operation: String
  ) throws(PortError) -> EvictionOutcome {
    switch self {
    case .gone: return .evicted
    case .blocked(let message): return .refused(by: budget() ?? Self.name(in: message) ?? "a disruption budget")
    case .notYet:
      throw PortError(
        .throttled, "The API server cannot say yet whether \(pod) may be evicted; it is asked again.",
        operation: operation)
    case .hopeless(let code, let message): throw PortError(code, message, operation: operation)
    case .failed(let error): throw PortError(error, operation: operation)
    }
  }

  /// The name in "The disruption budget NAME needs 7 healthy pods and has 3 currently".
  private static func name(in message: String?) -> String? {
    guard let rest = message?.split(separator: "disruption budget ", maxSplits: 1).dropFirst().first,
      let name = rest.split(separator: " ").first
    else { return nil }
    return String(name)
  }
}
