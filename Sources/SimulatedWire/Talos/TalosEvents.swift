internal import Synchronization
internal import TalosMessages

/// What happened at each machine, and who listens.
final class TalosEvents: Sendable {
  /// Events that a machine remembers.
  static let kept = 256
  /// Events that wait for a slow listener; more are dropped, oldest first.
  static let waiting = 256

  private struct State {
    var events: [Int: [Event]] = [:]
    var listeners: [Int: [Int: AsyncStream<Event>.Continuation]] = [:]
    var count = 0
  }

  private let state = Mutex(State())

  /// - Parameter place: the machine's number.
  func append(_ payload: EventPayload, actor: String = "", at place: Int) {
    state.withLock { state in
      state.count += 1
      let digits = String(state.count)
      let event = Event(
        data: payload.message, id: String(repeating: "0", count: max(0, 12 - digits.count)) + digits, actorID: actor)
      state.events[place, default: []].append(event)
      if state.events[place]!.count > Self.kept { state.events[place]!.removeFirst() }
      for listener in (state.listeners[place] ?? [:]).values { listener.yield(event) }
    }
  }

  /// A name for whoever caused the events that follow.
  func newActor() -> String {
    state.withLock {
      $0.count += 1
      return "actor-\($0.count)"
    }
  }

  /// Past events as asked for, then those to come. Ends when the listener is cancelled.
  func follow(_ request: EventsRequest, at place: Int) -> AsyncStream<Event> {
    let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(Self.waiting))
    state.withLock { state in
      state.count += 1
      let number = state.count
      var past = state.events[place] ?? []
      if !request.tailID.isEmpty { past.removeAll { $0.id <= request.tailID } }
      if request.tailEvents >= 0 && request.tailID.isEmpty { past = past.suffix(Int(request.tailEvents)) }
      continuation.yield(Event())
      for event in past where Self.concerns(event, request) { continuation.yield(event) }
      state.listeners[place, default: [:]][number] = continuation
      continuation.onTermination = { [weak self] _ in
        self?.state.withLock { _ = $0.listeners[place]?.removeValue(forKey: number) }
      }
    }
    return stream
  }

  static func concerns(_ event: Event, _ request: EventsRequest) -> Bool {
    request.actorID.isEmpty || event.actorID == request.actorID
  }
}
