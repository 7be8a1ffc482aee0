import Model

/// How often requests may be sent: so many a second on average, and so many at once after a quiet time.
///
/// A pure value: it says how long to wait, and counts the request as sent when that time is over.
struct RateLimit: Sendable {
  /// Requests a second.
  let rate: Double
  /// Requests at once.
  let burst: Double
  private var tokens: Double
  private var filledAt: Instant?

  init(rate: Double, burst: Double) {
    self.rate = rate
    self.burst = burst
    tokens = burst
  }

  /// How long the caller must wait before it sends its request, in the order of calls.
  mutating func reserve(at now: Instant) -> Duration {
    if let filledAt, now > filledAt {
      tokens = min(burst, tokens + (now - filledAt).inSeconds * rate)
    }
    // A clock that was set back gives nothing, and takes nothing.
    filledAt = now
    tokens -= 1
    return tokens >= 0 ? .zero : .milliseconds(Int64((-tokens / rate * 1000).rounded(.up)))
  }

  /// Gives back what was reserved for a request that was not sent.
  mutating func giveBack() { tokens = min(burst, tokens + 1) }
}
