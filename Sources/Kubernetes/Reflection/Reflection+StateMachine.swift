import Model

/// What one kind's objects are at the API server, as far as its answers tell: a pure value.
///
/// The runner asks `next` what to do, does it, and hands back what came. Nothing here reads a clock or the network.
struct Reflection<Value: Sendable & Equatable>: Sendable {
  /// Legal next states:
  /// - `listing` → `listing` (a page that is not the last), `watching` (the last page), `resting` (a failure)
  /// - `streaming` → `watching` (the bookmark at the end of the first events), `listing` (the server cannot), `resting`
  /// - `watching` → `watching` (events, the stream's regular end), `listing` (too old, silent), `resting` (a failure)
  /// - `resting` → `listing`, `streaming` or `watching` (the pause is over)
  enum State: Sendable, Equatable {
    /// Reading a list; objects that came with earlier pages wait in `arriving`.
    case listing(continuation: String?)
    /// Reading a list as events of a watch.
    case streaming
    /// Following changes after this version.
    case watching(String)
    /// After a failure. A watch that has this version may go on, unless it is `nil`.
    case resting(Duration, resume: String?)
  }

  /// What is to be done next.
  enum Step: Sendable, Equatable {
    case list(continuation: String?)
    case watchFromStart
    case watch(from: String)
    case rest(Duration)
  }

  struct Entry: Sendable, Equatable {
    var resourceVersion: String
    var value: Value
  }

  private(set) var state: State
  /// What is believed to be at the server. Empty before the first list.
  private(set) var objects: [ObjectKey: Entry] = [:]
  /// Grows with each change of `objects`.
  private(set) var generation = 0
  /// When the server last said how things are: by a whole list, an event or a bookmark.
  private(set) var confirmedAt: Instant?
  /// Why the last attempt failed; `nil` since it worked.
  private(set) var failure: KubernetesError?

  private var arriving: [ObjectKey: Entry] = [:]
  /// Versions in which objects were deleted since the last list, against events that come late.
  private var buried: [ObjectKey: String] = [:]
  private var failuresInARow = 0
  /// Whether the first list is asked for as a stream of events.
  private var prefersStreaming: Bool

  /// The longest pause after a failure, and the first; doubled in between.
  static var longestPause: Duration { .seconds(30) }
  static var firstPause: Duration { .seconds(1) }
  /// More deleted objects than these are not remembered; the next list forgets them all.
  static var maximumBuried: Int { 10_000 }

  /// - Parameter prefersStreaming: ask for the first list as events, which spares the server memory.
  init(prefersStreaming: Bool = false) {
    self.prefersStreaming = prefersStreaming
    state = prefersStreaming ? .streaming : .listing(continuation: nil)
  }

  var next: Step {
    switch state {
    case .listing(let continuation): .list(continuation: continuation)
    case .streaming: .watchFromStart
    case .watching(let version): .watch(from: version)
    case .resting(let pause, _): .rest(pause)
    }
  }

  // MARK: What came

  /// A page of the list.
  mutating func take(_ page: ListPage<Value>, at now: Instant) {
    guard case .listing = state else { return }
    for object in page.objects { arriving[object.key] = Entry(object) }
    if let continuation = page.continuation {
      state = .listing(continuation: continuation)
    } else {
      settle(at: page.resourceVersion, now)
    }
  }

  /// An event of a watch.
  mutating func take(_ event: WatchEvent<Value>, at now: Instant) {
    switch (state, event) {
    case (.streaming, .changed(let object)): arriving[object.key] = Entry(object)
    case (.streaming, .deleted(let object)): arriving[object.key] = nil
    case (.streaming, .bookmark(let version, let endsInitialEvents)):
      if endsInitialEvents { settle(at: version, now) }
    case (.watching(let seen), .changed(let object)):
      put(object)
      go(on: object.resourceVersion, after: seen, now)
    case (.watching(let seen), .deleted(let object)):
      remove(object)
      go(on: object.resourceVersion, after: seen, now)
    case (.watching(let seen), .bookmark(let version, _)): go(on: version, after: seen, now)
    case (_, .failed(let error)): fail(error)
    // A stream that was given up may have had more to say.
    case (.listing, _), (.resting, _): break
    }
  }

  /// The stream ended as streams do after their time.
  /// - Parameter isEarly: it said nothing, and ended long before the time that it was given.
  mutating func streamEnded(isEarly: Bool) {
    if case .streaming = state {
      // The first events did not come to their end.
      fail(KubernetesError(.uncertain, "The list ended before all objects had come."))
    } else if isEarly {
      fail(KubernetesError(.uncertain, "The watch ended as soon as it had begun."))
    }
  }

  /// Nothing came for longer than bookmarks take: whether things still are as believed, only a list can tell.
  mutating func fellSilent() {
    arriving = [:]
    state = .listing(continuation: nil)
  }

  /// A request or a stream failed.
  mutating func fail(_ error: KubernetesError) {
    let isRefused = error.code == .invalid
    if case .streaming = state, isRefused || error.code == .expired {
      // The server does not know this way of listing.
      prefersStreaming = false
      arriving = [:]
      state = .listing(continuation: nil)
      return
    }
    failure = error
    if error.code == .expired, case .watching = state, failuresInARow == 0 {
      arriving = [:]
      state = .listing(continuation: nil)
      failuresInARow = 1
      return
    }
    var resume: String?
    if case .watching(let version) = state, Self.mayResume(error) { resume = version }
    state = .resting(pause(error), resume: resume)
    arriving = [:]
    failuresInARow += 1
  }

  /// The pause is over.
  mutating func rested() {
    guard case .resting(_, let resume) = state else { return }
    if let resume {
      state = .watching(resume)
    } else {
      state = prefersStreaming && objects.isEmpty ? .streaming : .listing(continuation: nil)
    }
  }

  // MARK: What follows from it

  /// Broken connections say nothing about the version that was seen; the server's own errors might.
  private static func mayResume(_ error: KubernetesError) -> Bool {
    switch error.code {
    case .unreachable, .uncertain, .throttled: true
    default: false
    }
  }

  private func pause(_ error: KubernetesError) -> Duration {
    let doubled = Self.firstPause * (1 << min(failuresInARow, 10))
    return min(max(doubled, error.retryAfter ?? .zero), Self.longestPause)
  }

  /// The whole list is here: what it lacks is gone.
  private mutating func settle(at version: String, _ now: Instant) {
    if arriving != objects {
      if !Self.areEqual(arriving, objects) { generation += 1 }
      objects = arriving
    }
    arriving = [:]
    buried = [:]
    state = .watching(version)
    confirm(now)
  }

  private static func areEqual(_ left: [ObjectKey: Entry], _ right: [ObjectKey: Entry]) -> Bool {
    left.count == right.count && left.allSatisfy { right[$0.key]?.value == $0.value.value }
  }

  private mutating func put(_ object: ReadObject<Value>) {
    if let old = objects[object.key], Self.isOlder(object.resourceVersion, than: old.resourceVersion) { return }
    if let end = buried[object.key], Self.isOlder(object.resourceVersion, than: end) { return }
    let old = objects.updateValue(Entry(object), forKey: object.key)
    if old?.value != object.value { generation += 1 }
  }

  private mutating func remove(_ object: ReadObject<Value>) {
    if let old = objects[object.key], Self.isOlder(object.resourceVersion, than: old.resourceVersion) { return }
    if objects.removeValue(forKey: object.key) != nil { generation += 1 }
    if buried.count < Self.maximumBuried { buried[object.key] = object.resourceVersion }
  }

  private mutating func go(on version: String, after seen: String, _ now: Instant) {
    if !version.isEmpty, !Self.isOlder(version, than: seen) { state = .watching(version) }
    confirm(now)
  }

  private mutating func confirm(_ now: Instant) {
    confirmedAt = now
    failure = nil
    failuresInARow = 0
  }

  /// Versions of one kind can be compared where both are numbers; otherwise what comes later is newer.
  static func isOlder(_ version: String, than other: String) -> Bool {
    guard let left = UInt64(version), let right = UInt64(other) else { return false }
    return left < right
  }
}

extension Reflection.Entry {
  fileprivate init(_ object: ReadObject<Value>) {
    self.init(resourceVersion: object.resourceVersion, value: object.value)
  }
}

/// A page of a list.
struct ListPage<Value: Sendable>: Sendable {
  var objects: [ReadObject<Value>]
  var resourceVersion: String
  /// `nil` for the last page.
  var continuation: String?
}

/// What a line of a watch says.
enum WatchEvent<Value: Sendable>: Sendable {
  /// ADDED and MODIFIED: the object as it is now.
  case changed(ReadObject<Value>)
  /// As it was, in the version of its deletion.
  case deleted(ReadObject<Value>)
  case bookmark(resourceVersion: String, endsInitialEvents: Bool)
  case failed(KubernetesError)
}
