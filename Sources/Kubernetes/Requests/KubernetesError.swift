/// What a call to the API server failed with.
public struct KubernetesError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Short and constant, so that it can be a metric's label.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// No answer, and the request surely did not arrive.
    case unreachable
    /// No answer, and the request may have arrived.
    case uncertain
    case unauthorized, forbidden
    case notFound
    case alreadyExists
    /// The object changed meanwhile: read it again.
    case conflict
    /// The resource version or the continuation is too old: list anew.
    case expired
    /// Too many requests, or a disruption budget does not allow it now.
    case throttled
    case invalid
    /// The server failed; again later.
    case server
    /// What came was no answer of an API server.
    case malformed
  }

  public var code: Code
  /// The server's own words, or a sentence with the remedy. Never holds a secret.
  public var message: String
  /// The HTTP status; `nil` without an answer.
  public var status: Int?
  /// `reason` of each of the Status object's causes, for example `DisruptionBudget`, and its message.
  public var causes: [Cause]
  /// How long the server asks to wait.
  public var retryAfter: Duration?

  public struct Cause: Hashable, Sendable {
    public var reason: String
    public var message: String

    public init(reason: String, message: String) {
      self.reason = reason
      self.message = message
    }
  }

  public init(_ code: Code, _ message: String, status: Int? = nil) {
    self.code = code
    self.message = message
    self.status = status
    causes = []
  }

  public var description: String { message }
}
