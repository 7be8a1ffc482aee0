import Model
import Simulator

extension KubernetesAPI {
  /// Shows one object.
  static func response(
    _ object: StoredObject, _ kind: ResourceKind, _ request: APIRequest, now: Instant, status: Int = 200
  ) throws(APIStatus) -> APIResponse {
    let rendering = try Rendering(accept: request.accept)
    switch rendering {
    case .object where !converts(kind):
      return .whole(status: status, contentType: "application/json", body: object.json)
    case .object: return .json(shown(object, kind), status: status)
    case .table(let version):
      let table = ObjectTable(kind, inclusion: try inclusion(request), now: now, version: version)
      return .json(
        table.table(of: [shown(object, kind)], metadata: ["resourceVersion": .text(String(object.version))]),
        status: status)
    case .partial(let version): return .json(PartialObject.make(shown(object, kind), version: version), status: status)
    }
  }

  static func inclusion(_ request: APIRequest) throws(APIStatus) -> ObjectTable.Inclusion {
    guard let text = request["includeObject"], !text.isEmpty else { return .metadata }
    guard let value = ObjectTable.Inclusion(rawValue: text) else {
      throw .badRequest("includeObject must be None, Metadata or Object")
    }
    return value
  }

  /// Whether objects are stored in another form than this kind's.
  static func converts(_ kind: ResourceKind) -> Bool { kind.group == "events.k8s.io" }

  /// An object in the form of the kind that is asked for.
  static func shown(_ object: StoredObject, _ kind: ResourceKind) -> ManifestValue {
    converts(kind) ? EventConversion.toNewGroup(object.manifest) : object.manifest
  }

  func get(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    try read { state, world in
      if target.kind.table == "leases.coordination.k8s.io" {
        state.mirror.renewLeases(in: world, into: &state.store)
      }
      try Self.checkVersion(request["resourceVersion"], isExact: false, state)
      guard let object = state.store.object(target.kind.table, target.key) else {
        throw APIStatus.notFound(target.kind, target.key.name)
      }
      return try Self.response(object, target.kind, request, now: world.now)
    }
  }

  // MARK: - Lists

  static func selector(_ target: RequestTarget, _ request: APIRequest) throws(APIStatus) -> ObjectSelector {
    var selector = ObjectSelector(namespace: target.namespace)
    selector.labels = try ObjectSelector.parseLabels(request["labelSelector"] ?? "")
    selector.fields = try ObjectSelector.parseFields(request["fieldSelector"] ?? "", of: target.kind)
    return selector
  }

  /// Whether a list can be as of the version that is asked for.
  private static func checkVersion(_ text: String?, isExact: Bool, _ state: State) throws(APIStatus) {
    guard let text, !text.isEmpty, text != "0" else { return }
    guard let version = Int(text), version >= 0 else {
      throw .badRequest("resourceVersion: Invalid value: \"\(text)\": it must be one that the server gave out")
    }
    if version > state.store.version {
      var status = APIStatus(504, "Timeout", "Too large resource version: \(version), current: \(state.store.version)")
      status.details = ["causes": [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]]]
      status.retryAfter = 1
      throw status
    }
    if isExact && version != state.store.version { throw .tooOld(version, oldest: state.store.version) }
  }

  func list(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    let selector = try Self.selector(target, request)
    let rendering = try Rendering(accept: request.accept)
    let limit = request["limit"].flatMap { Int($0) } ?? 0
    return try read { state, world in
      if target.kind.table == "leases.coordination.k8s.io" {
        state.mirror.renewLeases(in: world, into: &state.store)
      }
      var version = state.store.version
      var selected: ArraySlice<(ObjectKey, StoredObject)>
      if let token = request["continue"], !token.isEmpty {
        guard let page = state.store.takePage(token) else {
          throw APIStatus.expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list "
              + "without the continue parameter.")
        }
        (version, selected) = (page.version, page.rest)
      } else {
        try Self.checkVersion(
          request["resourceVersion"], isExact: request["resourceVersionMatch"] == "Exact", state)
        selected = state.store.objects(target.kind.table).filter { selector.matches($0.0, $0.1) }[...]
      }
      var metadata: ManifestValue = ["resourceVersion": .text(String(version))]
      if limit > 0 && selected.count > limit {
        let rest = selected.dropFirst(limit)
        metadata["continue"] = .text(state.store.keep(rest, asOf: version))
        if !selector.isSelective { metadata["remainingItemCount"] = .integer(Int64(rest.count)) }
        selected = selected.prefix(limit)
      }
      return try Self.list(
        selected.map(\.1), target.kind, metadata, rendering, inclusion: try Self.inclusion(request), now: world.now)
    }
  }

  private static func list(
    _ objects: [StoredObject], _ kind: ResourceKind, _ metadata: ManifestValue, _ rendering: Rendering,
    inclusion: ObjectTable.Inclusion, now: Instant
  ) throws(APIStatus) -> APIResponse {
    switch rendering {
    case .table(let version):
      let table = ObjectTable(kind, inclusion: inclusion, now: now, version: version)
      return .json(table.table(of: objects.map { shown($0, kind) }, metadata: metadata))
    case .partial(let version):
      return .json([
        "kind": "PartialObjectMetadataList", "apiVersion": .text("meta.k8s.io/\(version)"), "metadata": metadata,
        "items": .list(objects.map { PartialObject.make(shown($0, kind), version: version) }),
      ])
    case .object:
      var head = ManifestValue.object(
        .init(distinct: [
          ("kind", .text(kind.kind + "List")), ("apiVersion", .text(kind.apiVersion)), ("metadata", metadata),
        ])
      ).json
      head.removeLast()
      head += ",\"items\":[".utf8
      for (index, object) in objects.enumerated() {
        if index > 0 { head.append(UInt8(ascii: ",")) }
        if converts(kind) { shown(object, kind).write(to: &head) } else { object.write(to: &head) }
      }
      head += "]}\n".utf8
      return .whole(status: 200, contentType: "application/json", body: head)
    }
  }
}
