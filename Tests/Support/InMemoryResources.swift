import Foundation
public import Kubernetes
import Synchronization

/// An API server in memory, as far as `ResourceAPI` reaches: resource versions, uids, conflicts, label selectors.
///
/// Each process looks at it through a `ResourceClient` of its own, whose requests can be made to fail.
public final class InMemoryResources: Sendable {
  /// Bytes of the largest object that is taken, as a real one takes little more.
  public static let largestObject = 1024 * 1024

  struct Key: Hashable, Comparable {
    var kind: ResourceKind
    var namespace: String?
    var name: String

    static func < (left: Key, right: Key) -> Bool {
      (left.kind.plural, left.namespace ?? "", left.name) < (right.kind.plural, right.namespace ?? "", right.name)
    }
  }

  struct Stored {
    var bytes: [UInt8]
    var version: Int
    var uid: String
    var labels: [String: String]
  }

  private struct State {
    var objects: [Key: Stored] = [:]
    var version = 100
    var uids = 0
    var writes: [String] = []
    var largest = 0
  }

  private let state = Mutex(State())

  public init() {}

  /// Changes that were carried out, for example `replace ledgers poolkeeper`.
  public var writes: [String] { state.withLock { $0.writes } }
  /// Bytes of the largest object that was ever stored.
  public var largest: Int { state.withLock { $0.largest } }

  /// Names of a kind's objects, sorted.
  public func names(_ kind: ResourceKind) -> [String] {
    state.withLock { $0.objects.keys.filter { $0.kind == kind }.map(\.name).sorted() }
  }

  /// An object as it is stored.
  public func object(_ kind: ResourceKind, _ name: String) -> [UInt8]? {
    state.withLock { state in
      state.objects.keys.first { $0.kind == kind && $0.name == name }.flatMap { state.objects[$0]?.bytes }
    }
  }

  /// Changes an object as somebody else would, past all clients.
  public func edit(_ kind: ResourceKind, _ name: String, _ change: (inout [String: Any]) -> Void) throws {
    try state.withLock { state in
      guard let key = state.objects.keys.first(where: { $0.kind == kind && $0.name == name }),
        let stored = state.objects[key]
      else { throw KubernetesError(.notFound, "no \(name)") }
      var object = try Self.parse(stored.bytes)
      change(&object)
      _ = try Self.store(&object, key, uid: stored.uid, in: &state)
    }
  }

  /// Deletes an object as somebody else would.
  public func remove(_ kind: ResourceKind, _ name: String) {
    state.withLock { state in
      for key in state.objects.keys where key.kind == kind && key.name == name { state.objects[key] = nil }
    }
  }

  // MARK: - Requests

  func get(_ key: Key) throws(KubernetesError) -> [UInt8] {
    let bytes = state.withLock { $0.objects[key]?.bytes }
    guard let bytes else {
      throw KubernetesError(.notFound, "\(key.kind.plural) \"\(key.name)\" not found", status: 404)
    }
    return bytes
  }

  func list(_ kind: ResourceKind, _ namespace: String?, _ selector: String?) -> [UInt8] {
    let wanted = (selector ?? "").split(separator: ",").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    return state.withLock { state in
      let found = state.objects.filter { key, stored in
        key.kind == kind && (namespace == nil || key.namespace == namespace)
          && wanted.allSatisfy { $0.count == 2 && stored.labels[$0[0]] == $0[1] }
      }
      let items = found.sorted { $0.key < $1.key }.map { String(decoding: $0.value.bytes, as: UTF8.self) }
      return Array(
        "{\"metadata\":{\"resourceVersion\":\"\(state.version)\"},\"items\":[\(items.joined(separator: ","))]}".utf8)
    }
  }

  func create(_ kind: ResourceKind, _ namespace: String?, _ bytes: [UInt8]) throws(KubernetesError) -> [UInt8] {
    var object = try Self.parse(bytes)
    let key = Key(kind: kind, namespace: namespace, name: try Self.name(object))
    return try locked { state throws(KubernetesError) in
      guard state.objects[key] == nil else {
        throw KubernetesError(.alreadyExists, "\(kind.plural) \"\(key.name)\" already exists", status: 409)
      }
      state.uids += 1
      state.writes.append("create \(kind.plural) \(key.name)")
      return try Self.store(&object, key, uid: "uid-\(state.uids)", in: &state)
    }
  }

  func replace(_ key: Key, _ bytes: [UInt8]) throws(KubernetesError) -> [UInt8] {
    var object = try Self.parse(bytes)
    return try locked { state throws(KubernetesError) in
      let stored = try Self.unchanged(key, object, state)
      state.writes.append("replace \(key.kind.plural) \(key.name)")
      return try Self.store(&object, key, uid: stored.uid, in: &state)
    }
  }

  func mergePatch(_ key: Key, _ bytes: [UInt8]) throws(KubernetesError) -> [UInt8] {
    let patch = try Self.parse(bytes)
    return try locked { state throws(KubernetesError) in
      let stored = try Self.unchanged(key, patch, state)
      var object = Self.merged(try Self.parse(stored.bytes), patch)
      state.writes.append("patch \(key.kind.plural) \(key.name)")
      return try Self.store(&object, key, uid: stored.uid, in: &state)
    }
  }

  func delete(_ key: Key, uid: String?) throws(KubernetesError) {
    _ = try locked { state throws(KubernetesError) -> [UInt8] in
      guard let stored = state.objects[key] else {
        throw KubernetesError(.notFound, "\(key.kind.plural) \"\(key.name)\" not found", status: 404)
      }
      if let uid, stored.uid != uid { throw KubernetesError(.conflict, "another uid", status: 409) }
      state.objects[key] = nil
      state.version += 1
      state.writes.append("delete \(key.kind.plural) \(key.name)")
      return []
    }
  }

  // MARK: - Objects

  private func locked(
    _ body: (inout sending State) throws(KubernetesError) -> [UInt8]
  ) throws(KubernetesError) -> [UInt8] {
    let result = state.withLock { state -> Result<[UInt8], KubernetesError> in
      do throws(KubernetesError) { return .success(try body(&state)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private static func unchanged(
    _ key: Key, _ object: [String: Any], _ state: State
  ) throws(KubernetesError) -> Stored {
    guard let stored = state.objects[key] else {
      throw KubernetesError(.notFound, "\(key.kind.plural) \"\(key.name)\" not found", status: 404)
    }
    let metadata = object["metadata"] as? [String: Any] ?? [:]
    let isOther =
      (metadata["resourceVersion"] as? String).map { $0 != String(stored.version) } ?? false
      || (metadata["uid"] as? String).map { $0 != stored.uid } ?? false
    if isOther {
      throw KubernetesError(
        .conflict, "the object has been modified; please apply your changes to the latest version", status: 409)
    }
    return stored
  }

  /// A write that changes nothing leaves the version as it is.
  private static func store(
    _ object: inout [String: Any], _ key: Key, uid: String, in state: inout State
  ) throws(KubernetesError) -> [UInt8] {
    var metadata = object["metadata"] as? [String: Any] ?? [:]
    metadata["uid"] = uid
    metadata["resourceVersion"] = state.objects[key].map { String($0.version) }
    object["metadata"] = metadata
    var bytes = try text(object)
    if let stored = state.objects[key], stored.bytes == bytes { return bytes }
    guard bytes.count <= largestObject else {
      throw KubernetesError(.invalid, "etcdserver: request is too large", status: 413)
    }
    state.version += 1
    metadata["resourceVersion"] = String(state.version)
    object["metadata"] = metadata
    bytes = try text(object)
    state.largest = max(state.largest, bytes.count)
    state.objects[key] = Stored(
      bytes: bytes, version: state.version, uid: uid, labels: metadata["labels"] as? [String: String] ?? [:])
    return bytes
  }

  private static func name(_ object: [String: Any]) throws(KubernetesError) -> String {
    guard let name = (object["metadata"] as? [String: Any])?["name"] as? String, name.utf8.count <= 253,
      name.wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/) != nil
    else { throw KubernetesError(.invalid, "metadata.name: Invalid value", status: 422) }
    return name
  }

  private static func merged(_ object: [String: Any], _ patch: [String: Any]) -> [String: Any] {
    var result = object
    for (key, value) in patch {
      if value is NSNull {
        result[key] = nil
      } else if let value = value as? [String: Any] {
        result[key] = merged(result[key] as? [String: Any] ?? [:], value)
      } else {
        result[key] = value
      }
    }
    return result
  }

  private static func parse(_ bytes: [UInt8]) throws(KubernetesError) -> [String: Any] {
    guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
      throw KubernetesError(.invalid, "no JSON object", status: 400)
    }
    return object
  }

  private static func text(_ object: [String: Any]) throws(KubernetesError) -> [UInt8] {
    guard let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]) else {
      throw KubernetesError(.invalid, "no JSON object", status: 400)
    }
    return Array(data)
  }
}
