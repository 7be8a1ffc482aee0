import Model
import Ports
import Synchronization

/// Receivers in memory: they answer as they are told, and keep what they got.
final class Receivers: Notifier {
  struct Got: Equatable, Sendable {
    var receiver: String
    var message: NotificationMessage
  }

  private struct State {
    var got: [Got] = []
    var outcomes: [NotificationOutcome] = []
    var attempts = 0
  }

  let policy: NotificationPolicy
  private let state = Mutex(State())

  init(
    _ names: String..., kinds: [NotificationKind] = NotificationKind.allCases, giveUpAfter: Duration = .hours(24)
  ) {
    var policy = NotificationPolicy(receivers: names.map { .init(name: $0, kinds: kinds) })
    policy.giveUpAfter = giveUpAfter
    self.policy = policy
  }

  init(_ policy: NotificationPolicy) { self.policy = policy }

  /// The next attempts end so, in order; those after them are delivered.
  func next(_ outcomes: NotificationOutcome...) { state.withLock { $0.outcomes += outcomes } }

  /// What was delivered.
  var got: [Got] { state.withLock { $0.got } }
  var codes: [String] { got.map(\.message.code) }
  var attempts: Int { state.withLock { $0.attempts } }

  func send(_ message: NotificationMessage, to receiver: String) async -> NotificationOutcome {
    state.withLock { state in
      state.attempts += 1
      let outcome = state.outcomes.isEmpty ? .delivered : state.outcomes.removeFirst()
      if outcome == .delivered { state.got.append(Got(receiver: receiver, message: message)) }
      return outcome
    }
  }
}
