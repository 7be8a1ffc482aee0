import Foundation
import Model
import Ports
import Simulator
import Synchronization

/// The API server without its sockets: requests in, answers out.
final class KubernetesAPI: Sendable {
  struct State: Sendable {
    var store: ObjectStore
    var mirror = WorldMirror()
    /// Kinds that CustomResourceDefinitions add.
    var customKinds: [ResourceKind] = []
    /// Grows when all watches are to end.
    var cuts = 0
    /// By number: how watches are woken.
    var watchers: [Int: Watcher] = [:]
    var nextWatcher = 1
  }

  struct Watcher: Sendable {
    var table: String
    var wake: AsyncStream<Void>.Continuation
  }

  let infrastructure: SimulatedInfrastructure
  private let state: Mutex<State>

  init(_ infrastructure: SimulatedInfrastructure) {
    self.infrastructure = infrastructure
    // A thousand versions a millisecond are more than any world makes, so a world that is loaded again goes on above
    // what it gave out before.
    let first = infrastructure.look { world in Int(world.now.milliseconds) * 1000 }
    state = Mutex(State(store: ObjectStore(version: first)))
    infrastructure.look { world in
      state.withLock { state in
        for path in world.keptObjects.keys { Self.restore(path, world.keptObjects[path]!, into: &state) }
        state.mirror.bring(&state.store, to: world)
        state.customKinds = Self.customKinds(in: &state.store)
      }
    }
  }

  // MARK: - State

  /// Looks at the world's present, and at what the API shows of it.
  func read<Result: Sendable>(_ body: (inout State, World) throws -> Result) rethrows -> Result {
    try infrastructure.look { world in
      try state.withLock { state in
        let before = state.store.version
        state.mirror.bring(&state.store, to: world)
        defer { Self.wake(&state, since: before) }
        return try body(&state, world)
      }
    }
  }

  /// Changes the world for a client. What is thrown has changed nothing.
  func write<Result: Sendable>(
    _ operation: String, _ body: (inout State, inout World) throws -> Result
  ) throws -> Result {
    try infrastructure.write(operation) { world, now in
      world.advance(to: now)
      return try state.withLock { state in
        let before = state.store.version
        state.mirror.bring(&state.store, to: world)
        defer { Self.wake(&state, since: before) }
        return try body(&state, &world)
      }
    }
  }

  /// Without bringing anything to the present.
  func withState<Result: Sendable>(_ body: (inout State) throws -> Result) rethrows -> Result {
    try state.withLock { try body(&$0) }
  }

  private static func wake(_ state: inout State, since version: Int) {
    guard state.store.version != version else { return }
    for watcher in state.watchers.values { watcher.wake.yield() }
  }

  /// Tells watches what happened meanwhile, and lets them look at the time. Called again and again while there are any.
  func tick() {
    guard withState({ !$0.watchers.isEmpty }) else { return }
    read { state, world in
      if state.watchers.values.contains(where: { $0.table == "leases.coordination.k8s.io" }) {
        state.mirror.renewLeases(in: world, into: &state.store)
      }
    }
  }

  /// Has all watches look at the time.
  func wakeAll() { withState { state in for watcher in state.watchers.values { watcher.wake.yield() } } }

  // MARK: - Kinds

  static func customKinds(in store: inout ObjectStore) -> [ResourceKind] {
    store.objects("customresourcedefinitions.apiextensions.k8s.io").flatMap { ResourceKind.defined(by: $1.manifest) }
  }

  static func kind(_ group: String, _ version: String, _ plural: String, in state: State) -> ResourceKind? {
    let match = { (kind: ResourceKind) in kind.group == group && kind.version == version && kind.plural == plural }
    return ResourceKind.builtIn.first(where: match) ?? state.customKinds.first(where: match)
  }

  // MARK: - Objects of clients in the world

  static func path(_ table: String, _ key: ObjectKey) -> String { "\(table)|\(key.namespace)|\(key.name)" }

  private static func restore(_ path: String, _ text: String, into state: inout State) {
    let parts = path.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let manifest = try? ManifestParser.parse(Array(text.utf8)) else { return }
    state.store.restore(
      parts[0], ObjectKey(namespace: parts[1], name: parts[2]), manifest, fields: fields(parts[0], manifest))
  }

  /// What an object of a client can be selected by.
  static func fields(_ table: String, _ manifest: ManifestValue) -> [String: String] {
    switch table {
    case "events": EventConversion.fields(of: manifest)
    case "namespaces": ["status.phase": "Active"]
    case "secrets": ["type": manifest["type"]?.string ?? ""]
    default: [:]
    }
  }

  /// Turns what a call of the world throws into an answer.
  static func status(_ error: any Error, _ kind: ResourceKind, _ name: String) -> APIStatus {
    if let status = error as? APIStatus { return status }
    guard let error = error as? PortError else { return .internalError("\(error)") }
    switch error.code {
    case .notFound: return .notFound(kind, name)
    case .conflict: return .conflict(kind, name, why: error.message)
    case .unreachable, .uncertain:
      return APIStatus(503, "ServiceUnavailable", "the server is currently unable to handle the request")
    default: return .internalError(error.message)
    }
  }
}
