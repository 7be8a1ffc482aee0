/// When a request is sent again: a pure table. Source: client-go, rest/with_retry.
struct RetryRule: Sendable, Hashable {
  /// Times that one request is sent again.
  var maximumRetries = 5
  /// The longest time that a server may ask for within one call; one that asks for more is not waited for.
  var longestWait = Duration.seconds(30)
  /// Before the first repetition of a read whose connection broke; doubled each time.
  var firstPause = Duration.milliseconds(200)

  /// How long to wait before the request is sent once more; `nil`: it is not.
  /// - Parameters:
  ///   - isRead: the request changes nothing.
  ///   - retries: how often it was sent again already.
  func pause(after error: KubernetesError, isRead: Bool, retries: Int) -> Duration? {
    guard retries < maximumRetries else { return nil }
    if let retryAfter = error.retryAfter, error.status == 429 || (error.status ?? 0) >= 500 {
      // An answer of the server: the request was not carried out.
      return retryAfter <= longestWait ? max(retryAfter, firstPause) : nil
    }
    switch error.code {
    case .unreachable, .uncertain: return isRead ? firstPause * (1 << retries) : nil
    default: return nil
    }
  }
}
