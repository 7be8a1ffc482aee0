import HTTPTypes
import NIOCore

/// Which requests of one connection are remote writes, and what belongs to their bodies. Pure: parts of requests and
/// answers in, what to do out.
///
/// A remote write is taken only while no other request of the connection waits for its answer, since answers go out in
/// the order of the requests.
struct WriteCollector {
  /// `passing` → `collecting` when a write's head comes; `collecting` → `discarding` when the body breaks a limit; both →
  /// `passing` at the body's end.
  private enum State {
    case passing
    case collecting(HTTPFields)
    case discarding(WriteEndpoint.Refusal, HTTPFields)
  }

  enum Action: Equatable {
    /// It belongs to another request.
    case pass
    case wait
    /// The sender wants to hear that it may go on.
    case invite
    case store(HTTPFields)
    case refuse(WriteEndpoint.Refusal, HTTPFields)
  }

  private var state = State.passing
  /// Requests that others answer.
  private var unanswered = 0
  /// The body so far; its memory serves the next one, too.
  private(set) var body = ByteBuffer()
  /// Bytes of one body; a connection may live longer than a limit.
  var limit: Int
  private let pending: PendingBodies
  /// Bytes that are counted in `pending`.
  private var counted = 0

  /// Larger buffers are given back after their request.
  static let keptCapacity = 1 << 20

  init(limit: Int, pending: PendingBodies) {
    self.limit = limit
    self.pending = pending
  }

  /// - Parameter mayWrite: asked only of remote writes.
  mutating func head(_ request: HTTPRequest, mayWrite: @autoclosure () -> Bool = true) -> Action {
    guard unanswered == 0, request.method == .post, request.path == WriteEndpoint.path, mayWrite() else {
      unanswered += 1
      return .pass
    }
    state = .collecting(request.headerFields)
    // A length that is only claimed takes no more memory than a body in full would be allowed to.
    if let length = request.headerFields[.contentLength].flatMap(Int.init), length > 0, length <= limit {
      reserve(length)
    }
    if case .collecting = state, request.headerFields[.expect]?.lowercased() == "100-continue" { return .invite }
    return .wait
  }

  private mutating func reserve(_ length: Int) {
    if count(length) { body.reserveCapacity(length) }
  }

  /// Counts what the body takes beyond what is counted already; discards the body when that is too much.
  private mutating func count(_ length: Int) -> Bool {
    guard length > counted else { return true }
    if length > limit {
      discard(.tooLarge)
    } else if !pending.take(length - counted) {
      discard(.tooManyPending)
    } else {
      counted = length
      return true
    }
    return false
  }

  private mutating func discard(_ refusal: WriteEndpoint.Refusal) {
    if case .collecting(let headers) = state { state = .discarding(refusal, headers) }
    release()
  }

  mutating func body(_ part: inout ByteBuffer) -> Action {
    switch state {
    case .passing: return .pass
    case .discarding: return .wait
    case .collecting:
      if count(body.readableBytes + part.readableBytes) { body.writeBuffer(&part) }
      return .wait
    }
  }

  mutating func end() -> Action {
    defer { state = .passing }
    switch state {
    case .passing: return .pass
    case .collecting(let headers): return .store(headers)
    case .discarding(let refusal, let headers): return .refuse(refusal, headers)
    }
  }

  /// Whether a remote write is under way.
  var isTaking: Bool {
    if case .passing = state { return false }
    return true
  }

  /// To be called when an answer that others gave is complete.
  mutating func othersAnswered() { unanswered -= 1 }

  /// Lets the body go; to be called after `store`, and when the connection ends.
  mutating func release() {
    if body.capacity > Self.keptCapacity { body = ByteBuffer() } else { body.clear() }
    pending.giveBack(counted)
    counted = 0
  }
}
