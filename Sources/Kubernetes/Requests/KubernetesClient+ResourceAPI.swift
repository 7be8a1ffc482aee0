extension KubernetesClient {
  public func get(
    _ kind: ResourceKind, namespace: String?, name: String
  ) async throws(KubernetesError) -> [UInt8] {
    try await send(Call("GET", ResourcePath.path(kind, namespace: namespace, name: name)))
  }

  public func list(
    _ kind: ResourceKind, namespace: String?, labelSelector: String?
  ) async throws(KubernetesError) -> [UInt8] {
    var selectors: [(String, String)] = []
    if let labelSelector { selectors.append(("labelSelector", labelSelector)) }
    return try await list(kind, namespace: namespace, selectors: selectors)
  }

  public func create(
    _ kind: ResourceKind, namespace: String?, object: [UInt8]
  ) async throws(KubernetesError) -> [UInt8] {
    try await send(Call("POST", ResourcePath.path(kind, namespace: namespace), body: object))
  }

  public func replace(
    _ kind: ResourceKind, namespace: String?, name: String, object: [UInt8]
  ) async throws(KubernetesError) -> [UInt8] {
    try await send(Call("PUT", ResourcePath.path(kind, namespace: namespace, name: name), body: object))
  }

  public func mergePatch(
    _ kind: ResourceKind, namespace: String?, name: String, patch: [UInt8]
  ) async throws(KubernetesError) -> [UInt8] {
    var call = Call("PATCH", ResourcePath.path(kind, namespace: namespace, name: name), body: patch)
    call.contentType = "application/merge-patch+json"
    return try await send(call)
  }

  public func delete(
    _ kind: ResourceKind, namespace: String?, name: String, uid: String?
  ) async throws(KubernetesError) {
    try await delete(kind, namespace: namespace, name: name, uid: uid, grace: nil)
  }

  /// - Parameter grace: for pods; `nil` for their own, zero removes the object without waiting for the kubelet.
  func delete(
    _ kind: ResourceKind, namespace: String?, name: String, uid: String?, grace: Duration?
  ) async throws(KubernetesError) {
    let options = JSONValue.members([
      ("apiVersion", "v1"), ("kind", "DeleteOptions"),
      ("gracePeriodSeconds", grace.map { .integer(Int($0.components.seconds)) }),
      ("preconditions", uid.map { ["uid": .text($0)] }),
    ])
    _ = try await send(
      Call("DELETE", ResourcePath.path(kind, namespace: namespace, name: name), body: options.bytes))
  }

  /// All pages as one list object. A continuation that got too old has the list read anew.
  func list(
    _ kind: ResourceKind, namespace: String?, selectors: [(String, String)]
  ) async throws(KubernetesError) -> [UInt8] {
    var whole = WholeList()
    var restarts = 0
    while true {
      var parameters = selectors + [("limit", String(options.pageSize))]
      if let token = whole.continuation { parameters.append(("continue", token)) }
      do throws(KubernetesError) {
        let page = try await send(
          Call("GET", ResourcePath.path(kind, namespace: namespace) + ResourcePath.query(parameters)))
        guard whole.add(page) else {
          throw KubernetesError(.malformed, "The list of \(kind.plural) that came is no list object.")
        }
      } catch {
        guard error.code == .expired, restarts < Self.maximumListRestarts else { throw error }
        restarts += 1
        whole = WholeList()
        continue
      }
      guard whole.continuation != nil else { return whole.bytes }
      guard whole.size <= Self.largestAnswer else {
        throw KubernetesError(
          .malformed,
          "The list of \(kind.plural) is longer than \(Self.largestAnswer) bytes; ask for less by a selector.")
      }
    }
  }

  /// How often one list is begun again because its continuation was too old.
  static let maximumListRestarts = 3
}

/// Pages of a list, joined.
struct WholeList {
  private var items: [UInt8] = []
  private var version = ""
  private var apiVersion = "v1"
  private var kind = "List"
  /// Where the next page begins; `nil` after the last.
  private(set) var continuation: String?

  var size: Int { items.count }

  /// - Returns: false when the page is no list.
  mutating func add(_ page: [UInt8]) -> Bool {
    page.withUnsafeBufferPointer { bytes in
      var json = JSONPull(bytes)
      var hasItems = false
      continuation = nil
      json.members { json, key in
        switch key {
        case "apiVersion": apiVersion = json.text() ?? apiVersion
        case "kind": kind = json.text() ?? kind
        case "metadata":
          json.members { json, key in
            switch key {
            case "resourceVersion": version = json.text() ?? version
            case "continue": continuation = json.text().flatMap { $0.isEmpty ? nil : $0 }
            default: json.skip()
            }
          }
        case "items":
          hasItems = true
          guard json.enterArray() else { return }
          while json.nextElement() {
            if !items.isEmpty { items.append(UInt8(ascii: ",")) }
            items.append(contentsOf: json.raw())
          }
        default: json.skip()
        }
      }
      return json.isSound && hasItems
    }
  }

  /// One list object.
  var bytes: [UInt8] {
    let head = JSONValue.members([
      ("apiVersion", .text(apiVersion)), ("kind", .text(kind)), ("metadata", ["resourceVersion": .text(version)]),
    ])
    return head.bytes.dropLast() + Array(",\"items\":[".utf8) + items + Array("]}".utf8)
  }
}
