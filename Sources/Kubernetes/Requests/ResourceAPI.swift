/// Objects at the API server, as the bytes of their JSON: what leases and the program's own resources are kept with.
///
/// Calls may come from any task; each has its own deadline. All throw `KubernetesError`. `namespace` is `nil` for kinds
/// without namespaces, and for a list of all of them.
public protocol ResourceAPI: Sendable {
  /// The object, past any cache.
  func get(_ kind: ResourceKind, namespace: String?, name: String) async throws(KubernetesError) -> [UInt8]
  /// All objects, page by page, as one list object with `items` and the resource version that all pages share.
  func list(
    _ kind: ResourceKind, namespace: String?, labelSelector: String?
  ) async throws(KubernetesError) -> [UInt8]
  /// - Returns: the object as it was stored.
  func create(
    _ kind: ResourceKind, namespace: String?, object: [UInt8]
  ) async throws(KubernetesError) -> [UInt8]
  /// Puts the whole object. With `metadata.resourceVersion` in it, an object that changed meanwhile throws `conflict`.
  func replace(
    _ kind: ResourceKind, namespace: String?, name: String, object: [UInt8]
  ) async throws(KubernetesError) -> [UInt8]
  /// A merge patch (RFC 7396). With `metadata.resourceVersion` in it, an object that changed meanwhile throws `conflict`.
  func mergePatch(
    _ kind: ResourceKind, namespace: String?, name: String, patch: [UInt8]
  ) async throws(KubernetesError) -> [UInt8]
  /// Deletes the object with this uid; one that is gone already throws `notFound`.
  func delete(_ kind: ResourceKind, namespace: String?, name: String, uid: String?) async throws(KubernetesError)
}
