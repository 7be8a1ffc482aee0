/// Orders that wait for their second call. A token stands for one order with exactly its arguments, once, for a while.
struct Confirmations: Sendable {
  /// How long a token is good for.
  static let lifetime: Duration = .seconds(300)
  /// Tokens that are kept; the oldest is forgotten for a new one.
  static let maximum = 64

  enum Verdict: Hashable, Sendable {
    case confirmed
    case refused(String)
  }

  private struct Open: Sendable {
    var token: String
    var order: OperatorOrder
    var issuedAt: ContinuousClock.Instant
  }

  /// In the order of their issue.
  private var open: [Open] = []

  mutating func issue(_ token: String, for order: OperatorOrder, at now: ContinuousClock.Instant) {
    forgetExpired(now)
    if open.count >= Self.maximum { open.removeFirst() }
    open.append(Open(token: token, order: order, issuedAt: now))
  }

  mutating func redeem(_ token: String, for order: OperatorOrder, at now: ContinuousClock.Instant) -> Verdict {
    forgetExpired(now)
    guard let index = open.firstIndex(where: { $0.token == token }) else {
      return .refused(
        "This confirmation is not known: it was used, or is older than \(Self.lifetime.components.seconds / 60) minutes, "
          + "or was never given. Call again without \"confirmation\" to see what would be done.")
    }
    guard open[index].order == order else {
      return .refused(
        "This confirmation was given for other arguments. Call with the arguments of the first call, or call again "
          + "without \"confirmation\" to see what these would do.")
    }
    open.remove(at: index)
    return .confirmed
  }

  private mutating func forgetExpired(_ now: ContinuousClock.Instant) {
    open.removeAll { $0.issuedAt.advanced(by: Self.lifetime) <= now }
  }
}
