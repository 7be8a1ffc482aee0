/// What an assistant may ask.
public enum OperatorQuestion: Hashable, Sendable {
  case status
  case plan
  /// Of everything, or of one pool, worker, pod, trigger, request or budget.
  case explain(subject: String?)
  case query(MetricQuestion)
  case workers(pool: String?)
  /// The newest first.
  case events(limit: Int)
  /// Orders that wait for somebody's word.
  case approvals
}

/// A PromQL expression at an instant, or over a range when there is one.
public struct MetricQuestion: Hashable, Sendable {
  public var expression: String
  /// Unix seconds or RFC 3339; `nil`: now.
  public var time: String?
  /// How far back to begin, for example `6h`; `nil`: an instant.
  public var range: String?
  /// Between two points, for example `5m`.
  public var step: String?
  /// Series at most.
  public var limit: Int

  public init(_ expression: String, limit: Int) {
    self.expression = expression
    self.limit = limit
  }
}

/// What an assistant may order, where changes are allowed.
public enum OperatorOrder: Hashable, Sendable {
  case provision(pool: String, workers: Int, template: String?, timeToLiveHours: Double?)
  case extend(worker: String, hours: Double?)
  case remove(worker: String, force: Bool)
  /// Gives an order that waits its word.
  case approve(id: String)
  case reject(id: String, reason: String?)
}

/// What a question or order comes back with.
public struct OperatorAnswer: Hashable, Sendable {
  public var text: String
  /// An object.
  public var structured: JSONValue

  public init(_ text: String, _ structured: JSONValue) {
    self.text = text
    self.structured = structured
  }
}

/// Why a question or an order was not answered.
public struct OperatorFault: Error, Hashable, Sendable {
  /// A sentence that says what would help.
  public var sentence: String
  /// There was no answer: an order may have been carried out all the same.
  public var isOutcomeUnknown: Bool

  public init(_ sentence: String, isOutcomeUnknown: Bool = false) {
    self.sentence = sentence
    self.isOutcomeUnknown = isOutcomeUnknown
  }
}

/// The running program, as the tools see it. Calls may come from any task, several at a time.
public protocol OperatorAPI: Sendable {
  func ask(_ question: OperatorQuestion) async throws(OperatorFault) -> OperatorAnswer
  /// What an order would do, what it would cost, and what would be left of the budgets. Changes nothing.
  func foresee(_ order: OperatorOrder) async throws(OperatorFault) -> OperatorAnswer
  /// - Parameter id: the same id sent twice is one order, where the program can tell.
  func carryOut(_ order: OperatorOrder, id: String) async throws(OperatorFault) -> OperatorAnswer
}
