public import Model

/// A dictionary that is always walked in the order of its keys, so that nothing depends on the hash seed of a process.
///
/// Looking up is a hash look-up; adding a key that is greater than all others is cheap, any other key moves the keys
/// behind it. Encoded as two arrays, in order.
public struct SortedTable<Key: Hashable & Comparable & Sendable & Codable, Value: Sendable & Codable>: Sendable {
  /// All keys in ascending order.
  public private(set) var keys: [Key] = []
  /// Each value behind a reference, so that it can be looked at without a copy; `nil` only while it is being changed.
  @usableFromInline var storage: [Key: Shared<Value>?] = [:]
  /// Keys whose values may have changed, in order, after the first `forgottenTouches`. No part of the table's value.
  private var touches: [Key] = []
  private var forgottenTouches = 0

  /// An empty table.
  public init() {}

  /// How many entries there are.
  public var count: Int { keys.count }
  /// Whether there is no entry.
  public var isEmpty: Bool { keys.isEmpty }
  /// All values in the order of their keys; made anew at each call.
  public var values: [Value] { keys.map { storage[$0]!!.value } }

  /// Looks at the value of a key without copying it; `nil` when there is none.
  @inlinable @discardableResult
  public func look<Result>(at key: Key, _ body: (Value) throws -> Result) rethrows -> Result? {
    guard let entry = storage[key] ?? nil else { return nil }
    return try body(entry.value)
  }

  /// The value of a key; setting `nil` removes the entry.
  public subscript(key: Key) -> Value? {
    get { storage[key]??.value }
    _modify {
      let index = storage.index(forKey: key)
      var value = index.flatMap { storage.values[$0]?.value }
      // Let go here, so that the change finds lists that nobody shares.
      if let index { storage.values[index] = nil }
      defer {
        touch(key)
        switch (index, value) {
        case (let index?, let value?): storage.values[index] = Shared(value)
        case (let index?, nil):
          storage.remove(at: index)
          remove(key)
        case (nil, let value?):
          storage[key] = Shared(value)
          insert(key)
        case (nil, nil): break
        }
      }
      yield &value
    }
  }

  /// The value of a key, or the default, which is then the key's value when it is changed in place.
  public subscript(key: Key, default fallback: @autoclosure () -> Value) -> Value {
    get { self[key] ?? fallback() }
    _modify {
      if storage[key] == nil {
        storage[key] = Shared(fallback())
        insert(key)
      }
      yield &storage[key]!!.value
      touch(key)
    }
  }

  /// Touches that are remembered.
  private static var touchesKept: Int { 32_768 }

  private mutating func touch(_ key: Key) {
    touches.append(key)
    guard touches.count > Self.touchesKept else { return }
    let forgotten = Self.touchesKept / 2
    touches.removeFirst(forgotten)
    forgottenTouches += forgotten
  }

  /// How often values were written; a point in time for `keysTouched`. Begins anew when a table is loaded.
  public var touchCount: Int { forgottenTouches + touches.count }

  /// Keys that were written, or removed, after a point in time; some may be what they were. `nil`: that is so long ago
  /// that any key may have changed.
  public func keysTouched(since count: Int) -> Set<Key>? {
    guard count >= forgottenTouches, count <= touchCount else { return nil }
    return Set(touches[(count - forgottenTouches)...])
  }

  private mutating func insert(_ key: Key) {
    if let last = keys.last, last < key {
      keys.append(key)
    } else {
      keys.insert(key, at: position(of: key))
    }
  }

  private mutating func remove(_ key: Key) { keys.remove(at: position(of: key)) }

  /// The index of the first key that is not less than this one.
  private func position(of key: Key) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension SortedTable: Equatable where Value: Equatable {
  /// The same keys with the same values, whatever happened before.
  public static func == (left: SortedTable, right: SortedTable) -> Bool {
    left.keys == right.keys && left.storage == right.storage
  }
}

extension SortedTable: Codable {
  private enum Field: String, CodingKey { case keys, values }

  /// Reads what `encode` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Field.self)
    let keys = try container.decode([Key].self, forKey: .keys)
    let values = try container.decode([Value].self, forKey: .values)
    guard keys.count == values.count, zip(keys, keys.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .keys, in: container, debugDescription: "keys must ascend, and each must have one value")
    }
    self.keys = keys
    storage = Dictionary(uniqueKeysWithValues: zip(keys, values.map { Shared($0) }))
  }

  /// Two arrays, `keys` and `values`, in ascending order of the keys.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Field.self)
    try container.encode(keys, forKey: .keys)
    try container.encode(values, forKey: .values)
  }
}
