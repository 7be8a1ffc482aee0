import Model
import Ports
import Simulator

extension KubernetesAPI {
  /// What a deletion asks for, from the body or the query.
  struct DeleteOptions {
    var uid: String?
    var resourceVersion: String?
    var grace: Duration?
    var isDryRun: Bool

    init(_ options: ManifestValue, _ request: APIRequest) {
      uid = options[["preconditions", "uid"]]?.string
      resourceVersion = options[["preconditions", "resourceVersion"]]?.string
      let seconds = options["gracePeriodSeconds"]?.integer ?? request["gracePeriodSeconds"].flatMap { Int64($0) }
      grace = seconds.map { .seconds(max(0, $0)) }
      isDryRun = request.isDryRun || options["dryRun"]?.list?.contains("All") == true
    }

    func check(_ object: StoredObject, _ kind: ResourceKind, _ name: String) throws(APIStatus) {
      if let uid, uid != object.uid {
        throw .conflict(
          kind, name,
          why: "the UID in the precondition (\(uid)) does not match the UID in record (\(object.uid)). The object "
            + "might have been deleted and then recreated")
      }
      if let resourceVersion, resourceVersion != String(object.version) {
        throw .conflict(
          kind, name,
          why: "the ResourceVersion in the precondition (\(resourceVersion)) does not match the ResourceVersion in "
            + "record (\(object.version)). The object might have been modified")
      }
    }
  }

  func delete(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    let sent = request.body.isEmpty ? .empty : try request.object()
    let options = DeleteOptions(sent, request)
    guard target.kind.writes != .none else {
      throw APIStatus.forbidden(target.kind, target.key.name, "the simulated world's controllers own it")
    }
    return try write("kubernetes.delete") { state, world in
      guard let object = state.store.object(target.kind.table, target.key) else {
        throw APIStatus.notFound(target.kind, target.key.name)
      }
      try Self.checkOwner(target, world)
      try options.check(object, target.kind, target.key.name)
      if target.kind.table == "pods" {
        if !options.isDryRun { try Self.deletePod(target.key, options, in: &state, &world) }
        // A pod that takes its time is still there; one that is gone is shown as it was.
        let last = state.store.object("pods", target.key) ?? object
        return try Self.response(last, target.kind, request, now: world.now)
      }
      if !options.isDryRun { try Self.remove(target, object, in: &state, &world) }
      return .status(.success(target.kind, target.key.name, uid: object.uid))
    }
  }

  private static func remove(
    _ target: RequestTarget, _ object: StoredObject, in state: inout State, _ world: inout World
  ) throws {
    switch target.kind.table {
    case "nodes":
      do {
        try world.deleteNode(NodeName(target.key.name), uid: object.uid, at: world.now)
      } catch {
        throw status(error, target.kind, target.key.name)
      }
      state.mirror.bring(&state.store, to: world)
    case "namespaces":
      if WorldMirror.standardNamespaces.contains(target.key.name)
        || world.workloads.values.contains(where: { $0.namespace == target.key.name })
      {
        throw APIStatus.forbidden(target.kind, target.key.name, "this namespace may not be deleted")
      }
      discardAll(in: &state, &world) { $0[1] == target.key.name }
      discard(target.kind.table, target.key, in: &state, &world)
    case definitions:
      let kinds = ResourceKind.defined(by: object.manifest)
      discardAll(in: &state, &world) { parts in kinds.contains { $0.table == parts[0] } }
      discard(target.kind.table, target.key, in: &state, &world)
      state.customKinds = customKinds(in: &state.store)
    default: discard(target.kind.table, target.key, in: &state, &world)
    }
  }

  private static func discardAll(
    in state: inout State, _ world: inout World, where isChosen: ([String]) -> Bool
  ) {
    for path in world.keptObjects.keys {
      let parts = path.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      guard isChosen(parts) else { continue }
      discard(parts[0], ObjectKey(namespace: parts[1], name: parts[2]), in: &state, &world)
    }
  }

  func deleteCollection(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    let selector = try Self.selector(target, request)
    let options = DeleteOptions(request.body.isEmpty ? .empty : try request.object(), request)
    guard [.stored, .pod].contains(target.kind.writes) else { throw APIStatus.methodNotAllowed() }
    return try write("kubernetes.delete_collection") { state, world in
      let chosen = state.store.objects(target.kind.table).filter { selector.matches($0.0, $0.1) }
      for (key, object) in chosen where !options.isDryRun {
        if target.kind.table == "pods" {
          try Self.deletePod(key, options, in: &state, &world)
        } else {
          var one = target
          one.namespace = target.kind.namespaced ? key.namespace : nil
          one.name = key.name
          try Self.remove(one, object, in: &state, &world)
        }
      }
      return try Self.emptyList(target.kind, version: state.store.version)
    }
  }

  private static func emptyList(_ kind: ResourceKind, version: Int) throws(APIStatus) -> APIResponse {
    .json([
      "kind": .text(kind.kind + "List"), "apiVersion": .text(kind.apiVersion),
      "metadata": ["resourceVersion": .text(String(version))], "items": [],
    ])
  }

  // MARK: - Pods

  private static func deletePod(
    _ key: ObjectKey, _ options: DeleteOptions, in state: inout State, _ world: inout World
  ) throws(APIStatus) {
    guard let number = state.mirror.numbers[key], let pod = world.pods[number] else { return }
    world.deletePod(number, uid: pod.uid, grace: options.grace, at: world.now)
    state.mirror.bring(&state.store, to: world)
  }

  static func changePod(
    _ target: RequestTarget, from current: ManifestValue, to wanted: ManifestValue, in state: inout State,
    _ world: inout World
  ) throws(APIStatus) {
    guard wanted["spec"] == current["spec"], target.subresource == nil || wanted["status"] == current["status"] else {
      throw .invalid(
        target.kind, target.key.name, field: "spec",
        "Forbidden: pod updates may not change fields other than labels and annotations in this simulated cluster",
        cause: "FieldValueForbidden")
    }
    guard let number = state.mirror.numbers[target.key] else { throw .notFound(target.kind, target.key.name) }
    world.change(
      number, labels: wanted[["metadata", "labels"]]?.texts ?? [:],
      annotations: wanted[["metadata", "annotations"]]?.texts ?? [:], at: world.now)
    state.mirror.bring(&state.store, to: world)
  }

  // MARK: - Eviction

  func evict(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    let eviction = try request.object()
    let name = target.key.name
    if let named = eviction[["metadata", "name"]]?.string, named != name {
      throw APIStatus.badRequest("name in URL does not match name in Eviction object")
    }
    if let named = eviction[["metadata", "namespace"]]?.string, !named.isEmpty, named != target.namespace {
      throw APIStatus.badRequest(
        "the namespace of the provided object does not match the namespace sent on the request")
    }
    let options = DeleteOptions(eviction["deleteOptions"] ?? .empty, request)
    return try write("kubernetes.evict") { state, world in
      guard let object = state.store.object("pods", target.key), let number = state.mirror.numbers[target.key],
        let pod = world.pods[number]
      else { throw APIStatus.notFound(target.kind, name) }
      try options.check(object, target.kind, name)
      // A trial is a world of its own, which is forgotten.
      var trial = options.isDryRun ? world : nil
      let grace = options.grace ?? .seconds(3600)
      let outcome: EvictionOutcome
      do {
        outcome =
          try trial?.evict(pod.key, uid: pod.uid, grace: grace, at: world.now)
          ?? world.evict(pod.key, uid: pod.uid, grace: grace, at: world.now)
      } catch let error as PortError {
        if error.code == .failed {
          throw APIStatus(
            500, "InternalError",
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
        }
        throw Self.status(error, target.kind, name)
      }
      if case .refused(let budget) = outcome { throw Self.refusal(budget, pod, world) }
      state.mirror.bring(&state.store, to: world)
      return .status(APIStatus(201, "", ""))
    }
  }

  private static func refusal(_ name: String, _ pod: SimulatedPod, _ world: World) -> APIStatus {
    var details = ManifestValue.empty
    if let budget = world.budgets.first(where: { $0.name == name && $0.namespace == pod.key.namespace }) {
      let status = world.status(of: budget)
      details["causes"] = [
        [
          "reason": "DisruptionBudget",
          "message": .text(
            "The disruption budget \(name) needs \(status.desiredHealthy) healthy pods and has "
              + "\(status.currentHealthy) currently"),
        ]
      ]
    }
    return APIStatus(
      429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", details: details)
  }

  // MARK: - Nodes

  static func changeNode(
    _ target: RequestTarget, from current: ManifestValue, to wanted: ManifestValue, in state: inout State,
    _ world: inout World
  ) throws(APIStatus) {
    let name = target.key.name
    if target.subresource == "status" {
      guard wanted["status"] == current["status"] else {
        throw .forbidden(target.kind, name, "the status of a node is its kubelet's, which the simulated world plays")
      }
      return
    }
    if wanted[["spec", "providerID"]] != current[["spec", "providerID"]] {
      throw .invalid(
        target.kind, name, field: "spec.providerID",
        "Forbidden: node updates may not change providerID except from \"\" to valid", cause: "FieldValueForbidden")
    }
    let labels = wanted[["metadata", "labels"]]?.texts ?? [:]
    for (key, value) in labels.sorted(by: { $0.key < $1.key }) where !isLabelValue(value) {
      throw .invalid(
        target.kind, name, field: "metadata.labels",
        "Invalid value: \"\(value)\" of \(key): a valid label must be an empty string or consist of alphanumeric "
          + "characters, '-', '_' or '.', and must start and end with an alphanumeric character")
    }
    let change = World.NodeChange(
      labels: labels, annotations: wanted[["metadata", "annotations"]]?.texts ?? [:],
      taints: try NodeManifest.taints(of: wanted), unschedulable: wanted[["spec", "unschedulable"]]?.bool ?? false)
    do {
      try world.change(NodeName(name), to: change, at: world.now)
    } catch {
      throw status(error, target.kind, name)
    }
    state.mirror.bring(&state.store, to: world)
  }

  private static func isLabelValue(_ text: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    guard let first = text.utf8.first, let last = text.utf8.last else { return true }
    return text.utf8.count <= 63 && isPlain(first) && isPlain(last)
      && text.utf8.allSatisfy { isPlain($0) || "-_.".utf8.contains($0) }
  }
}
