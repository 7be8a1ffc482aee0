public import Kubernetes
import Synchronization

/// The API server as one process sees it.
public final class ResourceClient: ResourceAPI {
  /// What becomes of a request.
  public enum Fate: Sendable {
    case passes
    /// It does not arrive, and the caller knows.
    case fails(KubernetesError.Code)
    /// It does not arrive, and the caller does not know.
    case isLost
    /// It is carried out, and the answer is lost.
    case losesItsAnswer
    /// The caller gets no answer; it is carried out when `arrive` is called.
    case isHeldBack
  }

  /// A request, in the words of `InMemoryResources.writes`.
  public struct Request: Sendable {
    public var verb: String
    public var kind: ResourceKind
    public var name: String
    public var isWrite: Bool { verb != "get" && verb != "list" }
  }

  private let server: InMemoryResources
  private let fate: @Sendable (Request) async -> Fate
  private let heldBack = Mutex<[@Sendable () -> Void]>([])

  /// - Parameter fate: asked once for each request; may wait.
  public init(_ server: InMemoryResources, fate: @escaping @Sendable (Request) async -> Fate = { _ in .passes }) {
    self.server = server
    self.fate = fate
  }

  /// Carries out what was held back, in order; what then fails, fails unseen.
  public func arrive() {
    let requests = heldBack.withLock { held in
      defer { held = [] }
      return held
    }
    for request in requests { request() }
  }

  private func meet<Value: Sendable>(
    _ request: Request, _ carryOut: @escaping @Sendable () throws(KubernetesError) -> Value
  ) async throws(KubernetesError) -> Value {
    let uncertain = KubernetesError(.uncertain, "No answer to \(request.verb) \(request.kind.plural) \(request.name).")
    switch await fate(request) {
    case .passes: return try carryOut()
    case .fails(let code): throw KubernetesError(code, "Failed: \(code.rawValue).")
    case .isLost: throw uncertain
    case .losesItsAnswer:
      do throws(KubernetesError) { _ = try carryOut() } catch {}
      throw uncertain
    case .isHeldBack:
      heldBack.withLock { $0.append { _ = try? carryOut() } }
      throw uncertain
    }
  }

  public func get(
    _ kind: ResourceKind, namespace: String?, name: String
  ) async throws(KubernetesError) -> [UInt8] {
    let server = server
    return try await meet(Request(verb: "get", kind: kind, name: name)) { () throws(KubernetesError) in
      try server.get(.init(kind: kind, namespace: namespace, name: name))
    }
  }

  public func list(
    _ kind: ResourceKind, namespace: String?, labelSelector: String?
  ) async throws(KubernetesError) -> [UInt8] {
    let server = server
    return try await meet(Request(verb: "list", kind: kind, name: "")) { () throws(KubernetesError) in
      server.list(kind, namespace, labelSelector)
    }
  }

  public func create(
    _ kind: ResourceKind, namespace: String?, object: [UInt8]
  ) async throws(KubernetesError) -> [UInt8] {
    let server = server
    return try await meet(Request(verb: "create", kind: kind, name: "")) { () throws(KubernetesError) in
      try server.create(kind, namespace, object)
    }
  }

  public func replace(
    _ kind: ResourceKind, namespace: String?, name: String, object: [UInt8]
  ) async throws(KubernetesError) -> [UInt8] {
    let server = server
    return try await meet(Request(verb: "replace", kind: kind, name: name)) { () throws(KubernetesError) in
      try server.replace(.init(kind: kind, namespace: namespace, name: name), object)
    }
  }

  public func mergePatch(
    _ kind: ResourceKind, namespace: String?, name: String, patch: [UInt8]
  ) async throws(KubernetesError) -> [UInt8] {
    let server = server
    return try await meet(Request(verb: "patch", kind: kind, name: name)) { () throws(KubernetesError) in
      try server.mergePatch(.init(kind: kind, namespace: namespace, name: name), patch)
    }
  }

  public func delete(
    _ kind: ResourceKind, namespace: String?, name: String, uid: String?
  ) async throws(KubernetesError) {
    let server = server
    try await meet(Request(verb: "delete", kind: kind, name: name)) { () throws(KubernetesError) in
      try server.delete(.init(kind: kind, namespace: namespace, name: name), uid: uid)
    }
  }
}
