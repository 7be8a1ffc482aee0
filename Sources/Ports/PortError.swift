/// What a call to the outside world failed with.
public struct PortError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Short and constant, so that it can be a metric's label.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// No answer: connection refused, timed out, host down.
    case unreachable
    /// The answer was lost: the call may have been carried out; look before repeating.
    case uncertain
    /// Something holds a lock; again later.
    case busy
    /// Too many requests, or a disruption budget does not allow it now; again later.
    case throttled
    case notFound
    case conflict
    case forbidden
    /// Our request was wrong; repeating it will not help.
    case invalid
    /// No room: storage, memory, PCI devices, free ids.
    case exhausted
    /// The machine is not ours, or no longer the one that we knew.
    case notOurs
    /// Another process leads now: nothing of ours may be carried out any more.
    case superseded
    /// This installation has no such port.
    case unavailable
    case failed
  }

  public var code: Code
  /// A sentence with the remedy. Never holds a secret.
  public var message: String
  /// The call, for example `hypervisor.clone`.
  public var operation: String

  public init(_ code: Code, _ message: String, operation: String) {
    self.code = code
    self.message = message
    self.operation = operation
  }

  /// Whether the same call may help later.
  public var retryable: Bool {
    switch code {
    case .unreachable, .uncertain, .busy, .throttled, .conflict, .exhausted, .failed: true
    case .notFound, .forbidden, .invalid, .notOurs, .superseded, .unavailable: false
    }
  }

  public var description: String { "\(operation): \(message)" }
}
