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

  public var category: Category
  /// Why, and in `remedy` what would help.
  public var reason: Reason

  public init(_ category: Category, _ reason: Reason) {
    self.category = category
    self.reason = reason
  }

  public var description: String { reason.remedy.map { "\(reason.sentence) \($0)" } ?? reason.sentence }
}
