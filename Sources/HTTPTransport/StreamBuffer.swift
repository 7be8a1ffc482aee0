import Synchronization

/// What has come of a streamed body and was not taken yet: filled by the loop's thread, emptied by one consumer.
///
/// Bounded by its limit and one more piece of libcurl's (16 KiB, with HTTP/2 as much as a frame).
final class StreamBuffer: Sendable {
  typealias Waiter = CheckedContinuation<Result<[UInt8]?, HTTPTransportError>, Never>

  private struct State {
    var bytes: [UInt8] = []
    /// The loop was told to hold the transfer until there is room.
    var isPaused = false
    /// After the last byte: how the body ended.
    var end: Result<Void, HTTPTransportError>?
    var waiter: Waiter?
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Takes a part of the body.
  /// - Returns: false where there is no room; the same bytes are then offered again after a `take` that says so.
  func push(_ part: UnsafeRawBufferPointer) -> Bool {
    let (waiter, accepted) = state.withLock { state -> (Waiter?, Bool) in
      guard state.bytes.isEmpty || state.bytes.count + part.count <= limit else {
        state.isPaused = true
        return (nil, false)
      }
      if let waiter = state.waiter {
        state.waiter = nil
        return (waiter, true)
      }
      state.bytes.append(contentsOf: part)
      return (nil, true)
    }
    waiter?.resume(returning: .success([UInt8](part)))
    return accepted
  }

  /// Says that nothing more comes; what comes after the first end is ignored.
  func finish(_ end: Result<Void, HTTPTransportError>) {
    let waiter = state.withLock { state -> Waiter? in
      guard state.end == nil else { return nil }
      state.end = end
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: end.map { nil })
  }

  /// All that is there, or what comes next; `nil` at the end. One caller at a time.
  /// - Parameter resume: called when a transfer that was held may go on.
  func take(resume: () -> Void) async -> Result<[UInt8]?, HTTPTransportError> {
    let (ready, wasPaused) = state.withLock { Self.ready(&$0) }
    if wasPaused { resume() }
    if let ready { return ready }
    return await withCheckedContinuation { continuation in
      // What came between the two locks is handed out here.
      let (ready, wasPaused) = state.withLock { state in
        let found = Self.ready(&state)
        if found.0 == nil { state.waiter = continuation }
        return found
      }
      if wasPaused { resume() }
      if let ready { continuation.resume(returning: ready) }
    }
  }

  private static func ready(_ state: inout State) -> (Result<[UInt8]?, HTTPTransportError>?, Bool) {
    guard state.bytes.isEmpty else {
      defer {
        state.bytes = []
        state.isPaused = false
      }
      return (.success(state.bytes), state.isPaused)
    }
    return (state.end.map { $0.map { nil } }, false)
  }
}
