import Synchronization

/// How many bytes of request bodies are held at one time, over all connections. Thread-safe.
final class PendingBodies: Sendable {
  let limit: Int
  private let held = Atomic<Int>(0)

  init(limit: Int) { self.limit = limit }

  /// Bytes held now.
  var count: Int { held.load(ordering: .relaxed) }

  /// Counts bytes that are to be held; answers whether there is room, and counts nothing when there is not.
  func take(_ bytes: Int) -> Bool {
    let now = held.add(bytes, ordering: .relaxed).newValue
    if now <= limit { return true }
    held.subtract(bytes, ordering: .relaxed)
    return false
  }

  /// Counts bytes as no longer held.
  func giveBack(_ bytes: Int) { held.subtract(bytes, ordering: .relaxed) }
}
