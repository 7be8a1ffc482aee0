import HTTPTransport
import Model
import Ports
import Synchronization

/// Keeps what one kind's objects are at the API server, by a list and a watch from there on.
///
/// `run` does so until its task is cancelled; the other calls may come from any task. What cannot be confirmed for
/// `Reflector.trustedFor` is not shown any more: unknown is not empty, and not as it was.
final class Reflector<Value: Sendable & Equatable>: Sendable {
  let kind: ResourceKind
  private let client: KubernetesClient
  private let time: any TimeSource
  private let reader: WatchReader<Value>
  private let selectors: [(String, String)]
  private let reflection: Mutex<Reflection<Value>>
  private let changed: @Sendable () -> Void

  /// How long objects may be shown since the server last confirmed them.
  static var trustedFor: Duration { .seconds(240) }
  /// Bookmarks come about every minute; a stream that is silent for longer than this is given up, and the list read.
  static var longestSilence: Duration { .seconds(150) }
  /// How long one watch is asked to last, in seconds: drawn anew each time, so that watches do not end together.
  static var watchSeconds: ClosedRange<Int> { 300...600 }
  /// A watch that said nothing and ended before this was not worth it; the next one waits.
  static var shortestWatch: Duration { .seconds(5) }
  /// Of one event's line, in bytes: the largest object that etcd takes is 1.5 MiB.
  static var longestLine: Int { 8 * 1024 * 1024 }

  /// - Parameters:
  ///   - selectors: `fieldSelector` and `labelSelector` of lists and watches.
  ///   - changed: called after each change of the objects, from the reflector's task.
  init(
    _ kind: ResourceKind, of client: KubernetesClient, selectors: [(String, String)] = [],
    streamsFirstList: Bool = false, read: @escaping ObjectReader<Value>, changed: @escaping @Sendable () -> Void
  ) {
    self.kind = kind
    self.client = client
    time = client.time
    reader = WatchReader(kind, read: read)
    self.selectors = selectors
    reflection = Mutex(Reflection(prefersStreaming: streamsFirstList))
    self.changed = changed
  }

  /// The objects, with a number that grows with each change of them.
  /// - Throws: `unreachable` before the first list, and when nothing has confirmed them for long.
  func objects(_ operation: String) throws(PortError) -> (
    objects: [ObjectKey: Reflection<Value>.Entry], generation: Int
  ) {
    try reflection.withLock { reflection throws(PortError) in
      try Self.check(reflection, kind, at: time.now(), operation)
      return (reflection.objects, reflection.generation)
    }
  }

  /// The number that grows with each change; `nil` where `objects` would throw.
  var generation: Int? {
    let now = time.now()
    return reflection.withLock { reflection in
      do throws(PortError) { try Self.check(reflection, kind, at: now, "") } catch { return nil }
      return reflection.generation
    }
  }

  private static func check(
    _ reflection: borrowing Reflection<Value>, _ kind: ResourceKind, at now: Instant, _ operation: String
  ) throws(PortError) {
    if let confirmedAt = reflection.confirmedAt, now - confirmedAt <= trustedFor { return }
    let since = reflection.confirmedAt.map { "have not been confirmed for \((now - $0).text)" } ?? "are not known yet"
    let why = reflection.failure.map { ": \($0.message)" } ?? "."
    let code = reflection.failure?.code == .forbidden ? PortError.Code.forbidden : .unreachable
    throw PortError(code, "The cluster's \(kind.plural) \(since)\(why)", operation: operation)
  }

  /// Lists and watches until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      switch reflection.withLock({ $0.next }) {
      case .list(let continuation): await list(continuation)
      case .watchFromStart: await watch(from: nil)
      case .watch(let version): await watch(from: version)
      case .rest(let pause):
        do { try await time.sleep(for: pause) } catch { return }
        change { $0.rested() }
      }
    }
  }

  private func list(_ continuation: String?) async {
    var parameters = selectors + [("limit", String(client.options.pageSize))]
    if let continuation { parameters.append(("continue", continuation)) }
    do throws(KubernetesError) {
      let body = try await client.send(.init("GET", ResourcePath.path(kind) + ResourcePath.query(parameters)))
      let page = try reader.page(body)
      change { [now = time.now()] in $0.take(page, at: now) }
    } catch {
      if !Task.isCancelled { change { $0.fail(error) } }
    }
  }

  private func watch(from version: String?) async {
    let seconds = Int.random(in: Self.watchSeconds)
    var parameters =
      selectors + [
        ("watch", "1"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", String(seconds)),
      ]
    if let version {
      parameters.append(("resourceVersion", version))
    } else {
      parameters += [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
    }
    let limits = HTTPStreamLimits(
      head: client.options.deadline, idle: Self.longestSilence, total: .seconds(seconds) + client.options.deadline)
    let begun = time.now()
    var isSilent = true
    do throws(KubernetesError) {
      let stream = try await client.stream(
        .init("GET", ResourcePath.path(kind) + ResourcePath.query(parameters)), limits: limits)
      var lines = stream.lines(maximumBytes: Self.longestLine).makeAsyncIterator()
      while let line = try await Self.next(&lines) {
        guard !line.isEmpty, let event = try reader.event(line) else { continue }
        isSilent = false
        change { [now = time.now()] in $0.take(event, at: now) }
        if case .failed = event { return }
      }
      let isEarly = isSilent && time.now() - begun < Self.shortestWatch
      change { $0.streamEnded(isEarly: isEarly) }
    } catch {
      if Task.isCancelled { return }
      change { error.message == Self.silence ? $0.fellSilent() : $0.fail(error) }
    }
  }

  private static var silence: String { "The watch was silent for too long." }

  private static func next(_ lines: inout HTTPLines.Iterator) async throws(KubernetesError) -> [UInt8]? {
    do throws(HTTPTransportError) { return try await lines.next(isolation: nil) } catch {
      // A stream that was quiet is no failure of the server's: a quiet kind, without bookmarks.
      if error.code == .timedOut { throw KubernetesError(.uncertain, silence) }
      throw KubernetesError(error)
    }
  }

  private func change(_ body: (inout Reflection<Value>) -> Void) {
    let isChanged = reflection.withLock { reflection in
      let (generation, wasKnown) = (reflection.generation, reflection.confirmedAt != nil)
      body(&reflection)
      return reflection.generation != generation || !wasKnown && reflection.confirmedAt != nil
    }
    if isChanged { changed() }
  }
}
