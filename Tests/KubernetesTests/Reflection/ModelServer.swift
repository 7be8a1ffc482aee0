import Model

@testable import Kubernetes

/// An API server's one kind as a value: a history of versions, of which the oldest get forgotten.
struct ModelServer {
  private enum Change {
    case put(String, Int)
    case delete(String, Int)
  }

  private(set) var version = 100
  private(set) var objects: [String: (version: Int, value: Int)] = [:]
  private var history: [(version: Int, change: Change)] = []
  /// Versions up to this one cannot be watched from any more.
  private var compactedTo = 100
  /// Lists that are being read, as they were when they began.
  private var continuations: [String: (version: Int, rest: [ReadObject<Int>])] = [:]

  mutating func change(using generator: inout SeededGenerator) {
    version += Int.random(in: 1...3, using: &generator)
    let name = "o\(Int.random(in: 0..<12, using: &generator))"
    if objects[name] != nil, generator.chance(40) {
      let value = objects.removeValue(forKey: name)!.value
      history.append((version, .delete(name, value)))
    } else {
      let value = Int.random(in: 0..<5, using: &generator)
      objects[name] = (version, value)
      history.append((version, .put(name, value)))
    }
  }

  /// Forgets the history, and the lists that are being read.
  mutating func compact() {
    compactedTo = version
    history = []
    continuations = [:]
  }

  mutating func list(_ token: String?, limit: Int) -> Result<ListPage<Int>, KubernetesError> {
    var (at, rest) = (
      version, objects.sorted { $0.key < $1.key }.map { read($0.key, $0.value.version, $0.value.value) }
    )
    if let token {
      guard let known = continuations[token] else { return .failure(Self.expired) }
      (at, rest) = known
    }
    let page = Array(rest.prefix(limit))
    rest.removeFirst(page.count)
    var next: String?
    if !rest.isEmpty {
      next = "t\(continuations.count)-\(version)"
      continuations[next!] = (at, rest)
    }
    return .success(ListPage(objects: page, resourceVersion: String(at), continuation: next))
  }

  /// What a watch from a version sends by now.
  func events(after start: String) -> Result<[WatchEvent<Int>], KubernetesError> {
    guard let start = Int(start), start >= compactedTo else { return .failure(Self.expired) }
    return .success(history.filter { $0.version > start }.map { event($0.version, $0.change) })
  }

  func initialEvents() -> [WatchEvent<Int>] {
    objects.sorted { $0.key < $1.key }.map { .changed(read($0.key, $0.value.version, $0.value.value)) }
      + [.bookmark(resourceVersion: String(version), endsInitialEvents: true)]
  }

  private func event(_ version: Int, _ change: Change) -> WatchEvent<Int> {
    switch change {
    case .put(let name, let value): .changed(read(name, version, value))
    case .delete(let name, let value): .deleted(read(name, version, value))
    }
  }

  private func read(_ name: String, _ version: Int, _ value: Int) -> ReadObject<Int> {
    ReadObject(key: ObjectKey(namespace: "", name: name), resourceVersion: String(version), value: value)
  }

  static let expired = KubernetesError(.expired, "too old resource version", status: 410)
}
