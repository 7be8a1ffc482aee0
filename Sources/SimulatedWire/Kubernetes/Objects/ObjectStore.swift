import Model

/// All objects as the API shows them, and what changed lately, for watches. One version counter for everything.
struct ObjectStore: Sendable {
  /// Changes that are remembered; a watch that is further behind must list again.
  static let historyLimit = 65_536
  /// Lists whose later pages can still be asked for.
  static let pagedLists = 32

  struct Change: Sendable {
    enum Kind: Sendable { case added, modified, deleted }
    var version: Int
    var table: String
    var key: ObjectKey
    var kind: Kind
    /// When deleted, the last state with the version of the deletion.
    var object: StoredObject
    /// `nil` for what is new.
    var previous: StoredObject?
  }

  private struct Table: Sendable {
    var objects: [ObjectKey: StoredObject] = [:]
    var sorted: [ObjectKey]?
  }

  /// The version of the last change.
  private(set) var version: Int
  /// Changes up to this version are forgotten.
  private(set) var oldestVersion: Int
  private var tables: [String: Table] = [:]
  private var history: [Change] = []
  private var pages: [(token: Int, version: Int, rest: ArraySlice<(ObjectKey, StoredObject)>)] = []
  private var nextToken = 1

  /// Versions go on from `version`, so that none is given out twice by worlds that are loaded again.
  init(version: Int) {
    self.version = version
    oldestVersion = version
  }

  func object(_ table: String, _ key: ObjectKey) -> StoredObject? { tables[table]?.objects[key] }

  func count(_ table: String) -> Int { tables[table]?.objects.count ?? 0 }

  func keys(_ table: String) -> [ObjectKey] { (tables[table]?.objects.keys).map { $0.sorted() } ?? [] }

  /// All objects of a table in the order of their keys.
  mutating func objects(_ table: String) -> [(ObjectKey, StoredObject)] {
    guard let entry = tables[table] else { return [] }
    let keys = entry.sorted ?? entry.objects.keys.sorted()
    tables[table]!.sorted = keys
    return keys.map { ($0, entry.objects[$0]!) }
  }

  /// Puts an object in, as a new version unless it is what it was.
  /// - Returns: the object with its version.
  @discardableResult
  mutating func put(
    _ table: String, _ key: ObjectKey, _ manifest: ManifestValue, fields: [String: String] = [:], quietly: Bool = false
  ) -> StoredObject {
    let previous = tables[table]?.objects[key]
    var object = StoredObject(manifest, version: version + 1, fields: fields)
    if let previous, previous.isSame(as: object) { return previous }
    if quietly {
      object.version = version
    } else {
      version += 1
    }
    tables[table, default: Table()].objects[key] = object
    if previous == nil { tables[table]!.sorted = nil }
    if !quietly {
      note(
        Change(
          version: version, table: table, key: key, kind: previous == nil ? .added : .modified, object: object,
          previous: previous))
    }
    return object
  }

  /// Puts an object in that has its version already, from the time before this store.
  mutating func restore(_ table: String, _ key: ObjectKey, _ manifest: ManifestValue, fields: [String: String]) {
    let own = manifest[["metadata", "resourceVersion"]]?.string.flatMap { Int($0) } ?? version
    tables[table, default: Table()].objects[key] = StoredObject(manifest, version: own, fields: fields)
    tables[table]!.sorted = nil
    version = max(version, own)
    oldestVersion = version
  }

  @discardableResult
  mutating func remove(_ table: String, _ key: ObjectKey) -> StoredObject? {
    guard let previous = tables[table]?.objects[key] else { return nil }
    tables[table]!.objects[key] = nil
    tables[table]!.sorted = nil
    version += 1
    var last = previous
    last.version = version
    note(Change(version: version, table: table, key: key, kind: .deleted, object: last, previous: previous))
    return last
  }

  private mutating func note(_ change: Change) {
    history.append(change)
    guard history.count > Self.historyLimit else { return }
    forget(upTo: history[history.count / 4].version)
  }

  /// Forgets changes; who needs them must list again.
  mutating func forget(upTo version: Int) {
    history.removeFirst(position(after: version))
    oldestVersion = max(oldestVersion, version)
    pages.removeAll { $0.version < oldestVersion }
  }

  /// The index of the first change that is newer than a version.
  private func position(after version: Int) -> Int {
    var (low, high) = (0, history.count)
    while low < high {
      let middle = (low + high) / 2
      if history[middle].version <= version { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// What changed in a table after a version, oldest first; `nil` when that is no longer known.
  func changes(of table: String, after version: Int, limit: Int) -> [Change]? {
    guard version >= oldestVersion else { return nil }
    var found: [Change] = []
    for index in position(after: version)..<history.count where history[index].table == table {
      found.append(history[index])
      if found.count >= limit { break }
    }
    return found
  }

  // MARK: - Pages

  /// Keeps the rest of a list for later pages of the same moment.
  mutating func keep(_ rest: ArraySlice<(ObjectKey, StoredObject)>, asOf version: Int) -> String {
    if pages.count >= Self.pagedLists { pages.removeFirst() }
    pages.append((nextToken, version, rest))
    nextToken += 1
    return "\(version).\(nextToken - 1)"
  }

  /// Takes the rest of a list back; `nil` when it is gone.
  mutating func takePage(_ token: String) -> (version: Int, rest: ArraySlice<(ObjectKey, StoredObject)>)? {
    let parts = token.split(separator: ".").map { Int($0) }
    guard parts.count == 2, let page = pages.first(where: { $0.token == parts[1] && $0.version == parts[0] }) else {
      return nil
    }
    return (page.version, page.rest)
  }
}
