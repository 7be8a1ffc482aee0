/// What a request is about: a kind, and an object of it or all of a namespace.
struct RequestTarget: Sendable {
  var kind: ResourceKind
  /// `nil` for the whole cluster.
  var namespace: String?
  var name: String?
  var subresource: String?

  var key: ObjectKey { ObjectKey(namespace: namespace ?? "", name: name ?? "") }

  /// - Returns: `nil` when the path leads to no kind.
  init?(_ path: [String], in state: KubernetesAPI.State) {
    var rest: ArraySlice<String>
    let (group, version): (String, String)
    switch path.first {
    case "api" where path.count > 2: (group, version, rest) = ("", path[1], path[2...])
    case "apis" where path.count > 3: (group, version, rest) = (path[1], path[2], path[3...])
    default: return nil
    }
    // /namespaces/NS/KIND is within a namespace, /namespaces/NS and /namespaces/NS/status are about it.
    if rest.first == "namespaces", rest.count > 2,
      !(group.isEmpty && ["status", "finalize"].contains(rest.dropFirst(2).first))
    {
      namespace = rest.dropFirst().first
      rest = rest.dropFirst(2)
    }
    guard let plural = rest.first, let kind = KubernetesAPI.kind(group, version, plural, in: state), rest.count <= 3,
      kind.namespaced || namespace == nil
    else { return nil }
    self.kind = kind
    name = rest.dropFirst().first
    subresource = rest.dropFirst(2).first
    if kind.namespaced && name != nil && namespace == nil { return nil }
    if let subresource, kind.subresources[subresource] == nil { return nil }
  }

  /// The right that a request needs: the verb of roles, the resource as kubectl writes it, and the namespace if there is
  /// one. For example `list nodes`, `update leases.coordination.k8s.io in poolkeeper`, `create pods/eviction in default`.
  func right(_ method: String, isWatch: Bool) -> String {
    let verb =
      switch method {
      case "GET", "HEAD": isWatch ? "watch" : name == nil ? "list" : "get"
      case "POST": "create"
      case "PUT": "update"
      case "DELETE": name == nil ? "deletecollection" : "delete"
      default: "patch"
      }
    let resource = kind.qualified + (subresource.map { "/\($0)" } ?? "")
    return "\(verb) \(resource)" + (namespace.map { " in \($0)" } ?? "")
  }

  /// The name by which faults find requests.
  func operation(_ method: String, isWatch: Bool) -> String {
    let verb: String
    switch method {
    case "GET", "HEAD": return "kubernetes." + (isWatch ? "watch" : name == nil ? "list" : "get")
    case "POST": verb = "create"
    case "PUT": verb = "update"
    case "DELETE": verb = "delete"
    default: verb = "patch"
    }
    if subresource == "eviction" { return "kubernetes.evict" }
    switch kind.table {
    case "nodes": return "kubernetes.\(verb)_node"
    case "pods": return "kubernetes.\(verb)_pod"
    case "events": return "kubernetes.event"
    case "leases.coordination.k8s.io": return "kubernetes.lease"
    default: return ResourceKind.builtIn.contains(kind) ? "kubernetes.\(verb)" : "kubernetes.custom"
    }
  }
}
