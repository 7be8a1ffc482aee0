import Synchronization

/// Tells those who watch that something has changed. What has changed they ask for themselves, so that a slow watcher
/// holds up nobody and misses nothing: many changes while it was busy are one.
public final class ChangeFeed: Sendable {
  /// One watcher's place; free again when the last reference to it is gone.
  final class Place: Sendable {
    /// A wake for each change; several that were not taken are one.
    let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let leave: @Sendable () -> Void

    fileprivate init(leave: @escaping @Sendable () -> Void) {
      self.leave = leave
      (wakes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func wake() { continuation.yield() }

    deinit {
      continuation.finish()
      leave()
    }
  }

  private struct State {
    var revision = 0
    var nextID = 0
    var places: [Int: Weak] = [:]
  }

  private struct Weak {
    weak var place: Place?
  }

  private let state = Mutex(State())
  private let bound: Int

  /// - Parameter watchers: places there are; further ones are refused.
  public init(watchers: Int = ServerLimits.watchers) { bound = watchers }

  /// Something has changed. May be called from any thread; returns at once.
  public func changed() {
    let places = state.withLock { state in
      state.revision += 1
      return state.places.values.compactMap(\.place)
    }
    for place in places { place.wake() }
  }

  /// Counts the changes since the start.
  var revision: Int { state.withLock { $0.revision } }

  /// Places that are taken.
  var watchers: Int { state.withLock { $0.places.count } }

  /// - Returns: a place; `nil` when all are taken.
  func join() -> Place? {
    state.withLock { state in
      guard state.places.count < bound else { return nil }
      let id = state.nextID
      state.nextID += 1
      let place = Place { [weak self] in self?.free(id) }
      state.places[id] = Weak(place: place)
      return place
    }
  }

  private func free(_ id: Int) { state.withLock { _ = $0.places.removeValue(forKey: id) } }
}
