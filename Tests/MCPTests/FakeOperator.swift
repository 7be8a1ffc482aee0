import MCP
import Synchronization

/// A program that answers what it is told to answer, and remembers what it was asked.
final class FakeOperator: OperatorAPI {
  struct State: Sendable {
    var questions: [OperatorQuestion] = []
    var foreseen: [OperatorOrder] = []
    var done: [OperatorOrder] = []
    var ids: [String] = []
    var fault: OperatorFault?
    var answer = OperatorAnswer("All is well.", ["well": true])
  }

  private let state: Mutex<State>

  init(_ state: State = State()) { self.state = Mutex(state) }

  var now: State { state.withLock { $0 } }

  func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

  func ask(_ question: OperatorQuestion) async throws(OperatorFault) -> OperatorAnswer {
    try result { $0.questions.append(question) }
  }

  func foresee(_ order: OperatorOrder) async throws(OperatorFault) -> OperatorAnswer {
    try result { $0.foreseen.append(order) }
  }

  func carryOut(_ order: OperatorOrder, id: String) async throws(OperatorFault) -> OperatorAnswer {
    try result {
      $0.done.append(order)
      $0.ids.append(id)
    }
  }

  private func result(_ note: (inout State) -> Void) throws(OperatorFault) -> OperatorAnswer {
    let result = state.withLock { state -> Result<OperatorAnswer, OperatorFault> in
      note(&state)
      return state.fault.map { .failure($0) } ?? .success(state.answer)
    }
    return try result.get()
  }
}

/// A clock that stands still until it is moved, and tokens that count.
final class Bench: Sendable {
  private let clock = Mutex<(now: ContinuousClock.Instant, tokens: Int)>((.now, 0))

  var now: ContinuousClock.Instant { clock.withLock { $0.now } }
  func pass(_ duration: Duration) { clock.withLock { $0.now = $0.now.advanced(by: duration) } }
  func token() -> String {
    clock.withLock {
      $0.tokens += 1
      return "token-\($0.tokens)"
    }
  }
}
