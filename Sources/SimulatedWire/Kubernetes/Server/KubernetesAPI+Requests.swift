/// From requests to answers.
extension KubernetesAPI {
  /// A request that was understood.
  struct Call: Sendable {
    /// By which faults find it.
    var operation: String
    /// The right that it needs, as `RequestTarget.right` writes it; `nil` where everybody has it.
    var right: String?
    /// Carries it out.
    var perform: @Sendable () -> APIResponse
  }

  /// - Parameter port: where the server is reached.
  func call(_ request: APIRequest, port: Int) -> Call {
    let isOpen = ["healthz", "livez", "readyz", "version"].contains(request.path.first ?? "")
    guard request.user != nil || isOpen else {
      return Call(operation: "kubernetes.unauthorized") { .status(.unauthorized) }
    }
    guard let target = withState({ RequestTarget(request.path, in: $0) }) else {
      return Call(operation: "kubernetes.discovery") { [self] in
        guard let answer = discovery(request, port: port) else { return .status(.noSuchResource) }
        return ["GET", "HEAD"].contains(request.method) ? answer : .status(.methodNotAllowed())
      }
    }
    let isWatch = request.flag("watch")
    return Call(
      operation: target.operation(request.method, isWatch: isWatch),
      right: target.right(request.method, isWatch: isWatch)
    ) { [self] in
      do {
        return try respond(to: request, about: target, isWatch: isWatch)
      } catch {
        return .status(Self.status(error, target.kind, target.name ?? ""))
      }
    }
  }

  private func respond(to request: APIRequest, about target: RequestTarget, isWatch: Bool) throws -> APIResponse {
    if target.subresource == "eviction" {
      guard request.method == "POST" else { throw APIStatus.methodNotAllowed() }
      return try evict(target, request)
    }
    let isReview = target.kind.writes == .review
    switch (request.method, target.name) {
    case ("GET", _) where isReview, ("HEAD", _) where isReview: throw APIStatus.methodNotAllowed()
    case ("GET", _) where isWatch && target.subresource == nil: return try watch(target, request)
    case ("GET", nil), ("HEAD", nil): return try list(target, request)
    case ("GET", _), ("HEAD", _): return try get(target, request)
    case ("POST", nil): return try create(target, request)
    case ("PUT", .some): return try update(target, request)
    case ("PATCH", .some): return try patch(target, request)
    case ("DELETE", .some) where target.subresource == nil: return try delete(target, request)
    case ("DELETE", nil): return try deleteCollection(target, request)
    default: throw APIStatus.methodNotAllowed()
    }
  }
}
