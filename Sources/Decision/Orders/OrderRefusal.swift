public import Model

/// Why an operator's order is not accepted.
public struct OrderRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of answer the operator gets.
  public enum Category: String, Sendable, Hashable, CaseIterable {
    /// The order itself is wrong.
    case invalid
    /// It names something that does not exist.
    case notFound
    /// It contradicts the present state.
    case conflict
    /// A cap or a rule of the policy forbids it.
    case refused
  }

  /// What kind of answer this is.
  public var category: Category
  /// Why, and in `remedy` what would help.
  public var reason: Reason

  /// A refusal of a kind, for a reason.
  public init(_ category: Category, _ reason: Reason) {
    self.category = category
    self.reason = reason
  }

  /// The sentence, and what would help.
  public var description: String { reason.remedy.map { "\(reason.sentence) \($0)" } ?? reason.sentence }
}
