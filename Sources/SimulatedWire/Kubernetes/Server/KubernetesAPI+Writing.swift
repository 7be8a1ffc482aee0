import Foundation
import Model
import Simulator

/// Objects that the world does nothing with: they are kept as clients send them.
extension KubernetesAPI {
  static let definitions = "customresourcedefinitions.apiextensions.k8s.io"

  func create(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    if target.kind.writes == .review {
      // The answer is the same whatever is asked, so the clients that ask in protobuf need not be sent away.
      let isJSON = request.contentType != "application/vnd.kubernetes.protobuf"
      let sent = try Self.checked(isJSON ? try request.object() : .empty, target)
      return try Self.review(target.kind, sent, request)
    }
    let sent = try Self.checked(try request.object(), target)
    guard target.kind.isCreated else { throw APIStatus.methodNotAllowed() }
    try Self.checkFields(sent, target)
    return try write("kubernetes.create") { state, world in
      var object = sent
      if object[["metadata", "resourceVersion"]]?.string?.isEmpty == false {
        throw APIStatus.badRequest("resourceVersion should not be set on objects to be created")
      }
      let name = try Self.name(for: object, target)
      let key = ObjectKey(namespace: target.namespace ?? "", name: name)
      try Self.checkNamespace(target, state)
      guard state.store.object(target.kind.table, key) == nil else {
        throw APIStatus.alreadyExists(target.kind, name)
      }
      object[["metadata", "name"]] = .text(name)
      object = Self.born(object, target, at: world.now)
      let stored = Self.keep(object, target, key, request, in: &state, &world)
      return try Self.response(stored, target.kind, request, now: world.now, status: 201)
    }
  }

  func update(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    let sent = try Self.checked(try request.object(), target)
    return try change(target, request, mayCreate: target.kind.table == "leases.coordination.k8s.io" ? sent : nil) {
      current throws(APIStatus) in
      var sent = sent
      if let name = sent[["metadata", "name"]]?.string, name != target.name {
        throw .badRequest(
          "the name of the object (\(name)) does not match the name on the URL (\(target.name ?? ""))")
      }
      let version = sent[["metadata", "resourceVersion"]]?.string ?? ""
      let needsVersion =
        !ResourceKind.builtIn.contains(target.kind) || target.kind.table == "leases.coordination.k8s.io"
      if version.isEmpty {
        guard !needsVersion else {
          throw .invalid(
            target.kind, target.name ?? "", field: "metadata.resourceVersion",
            "Invalid value: 0x0: must be specified for an update")
        }
        sent[["metadata", "resourceVersion"]] = current[["metadata", "resourceVersion"]]
      }
      if let uid = sent[["metadata", "uid"]]?.string, uid != current[["metadata", "uid"]]?.string {
        throw .conflict(
          target.kind, target.name ?? "",
          why: "Precondition failed: UID in precondition: \(uid), UID in object meta: "
            + (current[["metadata", "uid"]]?.string ?? ""))
      }
      return sent
    }
  }

  func patch(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    let isCustom = !ResourceKind.builtIn.contains(target.kind)
    if request.contentType == "application/apply-patch+yaml" { return try apply(target, request) }
    let patch = try request.patch()
    if isCustom, case .strategicMerge = patch {
      throw APIStatus.unsupportedMedia(["application/json-patch+json", "application/merge-patch+json"])
    }
    return try change(target, request, mayCreate: nil) { current throws(APIStatus) in
      let shown = Self.converts(target.kind) ? EventConversion.toNewGroup(current) : current
      do throws(ManifestPatch.Failure) {
        return try patch.apply(to: shown)
      } catch {
        throw APIStatus(
          422, "Invalid", "the server rejected our request due to an error in our request: \(error.message)")
      }
    }
  }

  /// Server-side apply without ownership of fields: what is sent is merged, and nothing is taken away. The body must be
  /// JSON, which is YAML too.
  private func apply(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    guard request["fieldManager"]?.isEmpty == false else {
      throw APIStatus.badRequest(
        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")
    }
    guard let sent = try? ManifestParser.parse(request.body) else {
      throw APIStatus.unsupportedMedia(["application/apply-patch+yaml (as JSON)"])
    }
    let object = try Self.checked(sent, target)
    return try change(target, request, mayCreate: object) { current throws(APIStatus) in
      ManifestPatch.merge(object, into: current)
    }
  }

  /// Changes an object by what `edit` makes of it.
  private func change(
    _ target: RequestTarget, _ request: APIRequest, mayCreate new: ManifestValue?,
    _ edit: (ManifestValue) throws(APIStatus) -> ManifestValue
  ) throws -> APIResponse {
    guard target.kind.writes != .none else {
      throw APIStatus.forbidden(target.kind, target.name ?? "", "the simulated world's controllers own it")
    }
    return try write("kubernetes.change") { state, world in
      guard let existing = state.store.object(target.kind.table, target.key) else {
        guard var new, target.kind.isCreated else { throw APIStatus.notFound(target.kind, target.key.name) }
        try Self.checkFields(new, target)
        try Self.checkNamespace(target, state)
        new[["metadata", "name"]] = .text(target.key.name)
        let stored = Self.keep(Self.born(new, target, at: world.now), target, target.key, request, in: &state, &world)
        return try Self.response(stored, target.kind, request, now: world.now, status: 201)
      }
      try Self.checkOwner(target, world)
      let current = existing.manifest
      var wanted = try edit(current)
      try Self.checkFields(wanted, target)
      let version = wanted[["metadata", "resourceVersion"]]?.string ?? ""
      guard version.isEmpty || version == String(existing.version) else {
        throw APIStatus.conflict(target.kind, target.key.name)
      }
      if Self.converts(target.kind) { wanted = EventConversion.toCore(wanted) }
      let changed = Self.inherited(wanted, from: current, target)
      if request.isDryRun {
        let trial = StoredObject(changed, version: existing.version, fields: existing.fields)
        return try Self.response(trial, target.kind, request, now: world.now)
      }
      switch target.kind.writes {
      case .node: try Self.changeNode(target, from: current, to: changed, in: &state, &world)
      case .pod: try Self.changePod(target, from: current, to: changed, in: &state, &world)
      default: _ = Self.keep(changed, target, target.key, request, in: &state, &world)
      }
      guard let stored = state.store.object(target.kind.table, target.key) else {
        throw APIStatus.notFound(target.kind, target.key.name)
      }
      return try Self.response(stored, target.kind, request, now: world.now)
    }
  }

  // MARK: - What every object has

  /// The object that was sent, when it is of the right kind and place.
  private static func checked(_ object: ManifestValue, _ target: RequestTarget) throws(APIStatus) -> ManifestValue {
    guard object.fields != nil else { throw .badRequest("the body must be an object") }
    var object = object
    let kind = object["kind"]?.string ?? target.kind.kind
    let version = object["apiVersion"]?.string ?? target.kind.apiVersion
    guard kind == target.kind.kind, version == target.kind.apiVersion else {
      throw .badRequest(
        "\(target.kind.kind) in version \"\(target.kind.version)\" cannot be handled as a \(kind): the API version in "
          + "the data (\(version)) does not match the expected API version (\(target.kind.apiVersion))")
    }
    if let namespace = object[["metadata", "namespace"]]?.string, !namespace.isEmpty,
      namespace != target.namespace ?? ""
    {
      throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
    }
    object["kind"] = .text(kind)
    object["apiVersion"] = .text(version)
    if let namespace = target.namespace { object[["metadata", "namespace"]] = .text(namespace) }
    return object
  }

  private static func name(for object: ManifestValue, _ target: RequestTarget) throws(APIStatus) -> String {
    if let name = object[["metadata", "name"]]?.string, !name.isEmpty {
      guard name.utf8.count <= 253,
        name.utf8.allSatisfy({
          (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        })
      else {
        throw .invalid(
          target.kind, name, field: "metadata.name",
          "Invalid value: \"\(name)\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
            + "characters, '-' or '.', and must start and end with an alphanumeric character")
      }
      return name
    }
    guard let prefix = object[["metadata", "generateName"]]?.string, !prefix.isEmpty else {
      throw .invalid(
        target.kind, "", field: "metadata.name", "Required value: name or generateName is required",
        cause: "FieldValueRequired")
    }
    return prefix + UUID().uuidString.lowercased().prefix(5)
  }

  private static func checkNamespace(_ target: RequestTarget, _ state: State) throws(APIStatus) {
    guard let namespace = target.namespace else { return }
    guard state.store.object("namespaces", ObjectKey(namespace: "", name: namespace)) != nil else {
      throw .notFound(ResourceKind.builtIn.first { $0.table == "namespaces" }!, namespace)
    }
  }

  /// What the server adds to a new object.
  private static func born(_ object: ManifestValue, _ target: RequestTarget, at now: Instant) -> ManifestValue {
    var object = object
    object[["metadata", "uid"]] = .text(UUID().uuidString.lowercased())
    object[["metadata", "creationTimestamp"]] = now.kubernetesTime
    object[["metadata", "managedFields"]] = nil
    if !ResourceKind.builtIn.contains(target.kind) || target.kind.table == definitions {
      object[["metadata", "generation"]] = 1
    }
    if target.kind.hasStatus { object["status"] = nil }
    if converts(target.kind) { object = EventConversion.toCore(object) }
    if target.kind.table == "namespaces" {
      object[["metadata", "labels", "kubernetes.io/metadata.name"]] = object[["metadata", "name"]]
      object["spec"] = ["finalizers": ["kubernetes"]]
      object["status"] = ["phase": "Active"]
    }
    if target.kind.table == definitions { object = established(object, at: now) }
    return object
  }

  /// A definition whose kind is served from now on.
  private static func established(_ definition: ManifestValue, at now: Instant) -> ManifestValue {
    var definition = definition
    func condition(_ type: String, _ reason: String, _ message: String) -> ManifestValue {
      [
        "type": .text(type), "status": "True", "lastTransitionTime": now.kubernetesTime, "reason": .text(reason),
        "message": .text(message),
      ]
    }
    let names = definition[["spec", "names"]]
    if names?["singular"] == nil, let kind = names?["kind"]?.string {
      definition[["spec", "names", "singular"]] = .text(kind.lowercased())
    }
    if names?["listKind"] == nil, let kind = names?["kind"]?.string {
      definition[["spec", "names", "listKind"]] = .text(kind + "List")
    }
    let versions = (definition[["spec", "versions"]]?.list ?? []).filter { $0["storage"]?.bool == true }
    definition["status"] = .fields([
      "conditions": [
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
      ],
      "acceptedNames": definition[["spec", "names"]], "storedVersions": .list(versions.compactMap { $0["name"] }),
    ])
    return definition
  }

  /// What a change cannot take away from an object.
  private static func inherited(
    _ wanted: ManifestValue, from current: ManifestValue, _ target: RequestTarget
  ) -> ManifestValue {
    var object = wanted
    if target.subresource == "status" {
      object = current
      object["status"] = wanted["status"]
    } else if target.kind.hasStatus || target.kind.table == definitions {
      object["status"] = current["status"]
    }
    for field in ["name", "namespace", "uid", "creationTimestamp", "generation"] {
      object[["metadata", field]] = current[["metadata", field]]
    }
    object["kind"] = current["kind"]
    object["apiVersion"] = current["apiVersion"]
    object[["metadata", "managedFields"]] = nil
    func content(_ object: ManifestValue) -> ManifestValue {
      var content = object
      content["metadata"] = nil
      content["status"] = nil
      return content
    }
    if let generation = current[["metadata", "generation"]]?.integer, content(object) != content(current) {
      object[["metadata", "generation"]] = .integer(generation + 1)
    }
    return object
  }

  /// Puts an object into the store and into the world.
  private static func keep(
    _ object: ManifestValue, _ target: RequestTarget, _ key: ObjectKey, _ request: APIRequest, in state: inout State,
    _ world: inout World
  ) -> StoredObject {
    let object = target.kind.table == "secrets" ? withData(object) : object
    let fields = fields(target.kind.table, object)
    if request.isDryRun { return StoredObject(object, version: state.store.version, fields: fields) }
    let stored = state.store.put(target.kind.table, key, object, fields: fields)
    world.keep(String(decoding: stored.json, as: UTF8.self), at: path(target.kind.table, key))
    if target.kind.table == definitions { state.customKinds = customKinds(in: &state.store) }
    if target.kind.table == "events" { forgetOldEvents(in: &state, &world) }
    return stored
  }

  /// Events of clients that are kept.
  static let eventsKept = 2_000

  private static func forgetOldEvents(in state: inout State, _ world: inout World) {
    let kept = world.keptObjects.keys.filter { $0.hasPrefix("events|") }
    guard kept.count > eventsKept else { return }
    let oldest = kept.compactMap { path -> (version: Int, key: ObjectKey)? in
      let parts = path.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      let key = ObjectKey(namespace: parts[1], name: parts[2])
      return state.store.object("events", key).map { ($0.version, key) }
    }.sorted { $0.version < $1.version }
    for (_, key) in oldest.prefix(eventsKept / 4) { discard("events", key, in: &state, &world) }
  }

  static func discard(_ table: String, _ key: ObjectKey, in state: inout State, _ world: inout World) {
    state.store.remove(table, key)
    world.keep(nil, at: path(table, key))
  }

  private static func review(
    _ kind: ResourceKind, _ sent: ManifestValue, _ request: APIRequest
  ) throws(APIStatus) -> APIResponse {
    var answer = sent
    switch kind.plural {
    case "selfsubjectaccessreviews":
      answer["status"] = ["allowed": true, "reason": "everybody who is known may do everything here"]
    case "selfsubjectrulesreviews":
      let all: ManifestValue = ["*"]
      answer["status"] = [
        "resourceRules": [["verbs": all, "apiGroups": all, "resources": all]],
        "nonResourceRules": [["verbs": all, "nonResourceURLs": all]], "incomplete": false,
      ]
    default:
      let user = request.user ?? .init(name: "system:anonymous", groups: [])
      answer["status"] = [
        "userInfo": ["username": .text(user.name), "groups": .list(user.groups.map { .text($0) })]
      ]
    }
    return .json(answer, status: 201)
  }
}
