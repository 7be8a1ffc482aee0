import Model
import Simulator

extension KubernetesAPI {
  /// Seconds that a watch lasts which does not say.
  static let watchSeconds = 1_800.0
  /// Changes that a watch tells at once.
  static let changesTold = 500

  func watch(_ target: RequestTarget, _ request: APIRequest) throws -> APIResponse {
    var selector = try Self.selector(target, request)
    if let name = target.name { selector.fields.append(.init(path: "metadata.name", value: name, equal: true)) }
    let rendering = try Rendering(accept: request.accept)
    let inclusion = try Self.inclusion(request)
    let wantsBookmarks = request.flag("allowWatchBookmarks")
    let sendsInitial = request["sendInitialEvents"].map { _ in request.flag("sendInitialEvents") }
    let match = request["resourceVersionMatch"] ?? ""
    if sendsInitial != nil && match != "NotOlderThan" {
      throw Self.invalidOptions(
        "resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
    }
    if sendsInitial == nil && !match.isEmpty {
      throw Self.invalidOptions(
        "resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
    }
    let asked = request["resourceVersion"] ?? ""
    guard asked.isEmpty || Int(asked) != nil else {
      throw APIStatus.badRequest("invalid resource version \"\(asked)\"")
    }
    return read { state, world in
      let begins = (asked.isEmpty || asked == "0") && sendsInitial != false || sendsInitial == true
      var plan = WatchPlan(
        kind: target.kind, selector: selector, rendering: rendering, inclusion: inclusion,
        version: begins ? state.store.version : Int(asked) ?? state.store.version, initial: [],
        wantsBookmarks: wantsBookmarks,
        timeout: request["timeoutSeconds"].flatMap { Double($0) }.map { max(0, $0) } ?? Self.watchSeconds)
      if begins {
        var printer = WatchPrinter(plan, now: world.now)
        for (key, object) in state.store.objects(target.kind.table) where selector.matches(key, object) {
          plan.initial.append(printer.event("ADDED", object))
        }
        if sendsInitial == true && wantsBookmarks {
          plan.initial.append(printer.bookmark(plan.version, endsInitial: true))
        }
      }
      return .watch(plan)
    }
  }

  private static func invalidOptions(_ field: String, _ why: String) -> APIStatus {
    APIStatus(
      422, "Invalid", "ListOptions.meta.k8s.io \"\" is invalid: \(field): Forbidden: \(why)",
      details: [
        "group": "meta.k8s.io", "kind": "ListOptions",
        "causes": [["reason": "FieldValueForbidden", "message": .text("Forbidden: \(why)"), "field": .text(field)]],
      ])
  }

  /// What a watch is to tell next.
  struct WatchStep: Sendable {
    var events: [[UInt8]] = []
    /// Up to where the watch knows everything now.
    var version: Int
    /// The watch is over: its last event says why.
    var isOver = false
    /// More is known already.
    var hasMore = false
  }

  /// - Parameter printer: remembers what was told before.
  func nextStep(of plan: WatchPlan, after version: Int, _ printer: inout WatchPrinter) -> WatchStep {
    let (found, current, oldest) = withState { state in
      (
        state.store.changes(of: plan.kind.table, after: version, limit: Self.changesTold), state.store.version,
        state.store.oldestVersion
      )
    }
    guard let found else {
      let status = APIStatus.tooOld(version, oldest: oldest)
      return WatchStep(events: [printer.error(status)], version: version, isOver: true)
    }
    var step = WatchStep(version: max(version, current))
    if found.count >= Self.changesTold {
      step.hasMore = true
      step.version = found.last!.version
    }
    for change in found {
      let was = change.previous.map { plan.selector.matches(change.key, $0) } ?? false
      let isNow = change.kind != .deleted && plan.selector.matches(change.key, change.object)
      switch (was, isNow) {
      case (false, true): step.events.append(printer.event("ADDED", change.object))
      case (true, true): step.events.append(printer.event("MODIFIED", change.object))
      case (true, false):
        var last = change.kind == .deleted ? change.object : change.previous!
        last.version = change.version
        step.events.append(printer.event("DELETED", last))
      case (false, false): break
      }
    }
    return step
  }

  // MARK: - Watchers

  func addWatcher(_ table: String, _ wake: AsyncStream<Void>.Continuation) -> Int {
    withState { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = Watcher(table: table, wake: wake)
      return state.nextWatcher
    }
  }

  func removeWatcher(_ number: Int) { withState { $0.watchers[number] = nil } }

  /// The world's instant, as it was brought to last.
  var now: Instant { infrastructure.look { $0.now } }

  var cuts: Int { withState { $0.cuts } }

  /// Ends all watches without a word.
  func cutWatches() {
    withState { $0.cuts += 1 }
    wakeAll()
  }

  /// Forgets the history, as the compaction of the API server's database does: who asks for changes since an older
  /// version is told to list again.
  func compact() {
    read { state, _ in state.store.forget(upTo: state.store.version) }
    wakeAll()
  }
}

/// Writes the events of one watch, each a line of JSON.
struct WatchPrinter {
  private let kind: ResourceKind
  private let rendering: Rendering
  private let inclusion: ObjectTable.Inclusion
  private var showsColumns = true
  var now: Instant

  init(_ plan: WatchPlan, now: Instant) {
    kind = plan.kind
    rendering = plan.rendering
    inclusion = plan.inclusion
    self.now = now
    // The columns went with the first of those events.
    showsColumns = plan.initial.isEmpty
  }

  private func line(_ type: String, _ object: [UInt8]) -> [UInt8] {
    Array("{\"type\":\"\(type)\",\"object\":".utf8) + object + Array("}\n".utf8)
  }

  mutating func event(_ type: String, _ object: StoredObject) -> [UInt8] {
    switch rendering {
    case .object where !KubernetesAPI.converts(kind): return line(type, object.json)
    case .object: return line(type, KubernetesAPI.shown(object, kind).json)
    case .partial(let version):
      return line(type, PartialObject.make(KubernetesAPI.shown(object, kind), version: version).json)
    case .table(let version):
      return line(type, table([KubernetesAPI.shown(object, kind)], object.version, version))
    }
  }

  private mutating func table(_ objects: [ManifestValue], _ version: Int, _ format: String) -> [UInt8] {
    let table = ObjectTable(kind, inclusion: inclusion, now: now, version: format)
    defer { showsColumns = false }
    return table.table(
      of: objects, metadata: ["resourceVersion": .text(String(version))], showsColumns: showsColumns
    ).json
  }

  mutating func bookmark(_ version: Int, endsInitial: Bool = false) -> [UInt8] {
    if case .table(let format) = rendering { return line("BOOKMARK", table([], version, format)) }
    let annotations: ManifestValue? = endsInitial ? ["k8s.io/initial-events-end": "true"] : nil
    return line(
      "BOOKMARK",
      ManifestValue.fields([
        "kind": .text(kind.kind), "apiVersion": .text(kind.apiVersion),
        "metadata": .fields([
          "resourceVersion": .text(String(version)), "creationTimestamp": .null, "annotations": annotations,
        ]),
      ]).json)
  }

  func error(_ status: APIStatus) -> [UInt8] { line("ERROR", status.manifest.json) }
}
