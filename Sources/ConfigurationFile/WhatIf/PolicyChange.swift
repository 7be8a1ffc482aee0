public import Model

/// One `KEY=VALUE` of a question "what if": another value in a policy.
///
/// Keys are those of the policy, `pools.burst.maximum`; where the configuration file has another name for the same, that
/// name is understood too (`pools.burst.max_size`).
public struct PolicyChange: Hashable, Sendable, CustomStringConvertible {
  /// The key as it was written.
  public var key: String
  /// The value as it was written.
  public var value: String

  /// Why a change is not possible, in a sentence that says what would be.
  public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence.
    public var description: String
  }

  /// Reads `KEY=VALUE`.
  public init(_ text: String) throws(Fault) {
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
      throw Fault(
        description: "\(JSONText.shown(text)) is no change; write KEY=VALUE, for example pools.burst.maximum=30.")
    }
    key = String(text[..<sign])
    value = String(text[text.index(after: sign)...])
  }

  /// `KEY=VALUE`.
  public var description: String { "\(key)=\(value)" }

  /// Makes the changes, one after another, and looks whether they go together.
  public static func apply(_ changes: [PolicyChange], to policy: Policy) throws(Fault) -> Policy {
    var policy = policy
    for change in changes { try change.apply(to: &policy) }
    for pool in policy.pools {
      if pool.minimum > pool.maximum {
        throw Fault(
          description: "The minimum \(pool.minimum) of pool \(pool.name) would be above its maximum \(pool.maximum); "
            + "change both.")
      }
      if let life = pool.timeToLive, life.standard > life.maximum {
        throw Fault(
          description:
            "Workers of pool \(pool.name) would live for \(life.standard.text) by default, above the maximum "
            + "of \(life.maximum.text); change both.")
      }
    }
    return policy
  }

  /// Every key that can be changed in a policy, sorted.
  public static func keys(of policy: Policy) -> [String] {
    var keys: [String] = []
    for pool in policy.pools { keys += PolicyKeys.pool.map { "pools.\(pool.name).\($0.name)" } }
    for template in policy.templates {
      keys += PolicyKeys.template.map { "templates.\(template.name).\($0.name)" }
    }
    for trigger in policy.triggers { keys += PolicyKeys.trigger.map { "triggers.\(trigger.name).\($0.name)" } }
    for group in PolicyKeys.groups { keys += group.keys.map { "\(group.name).\($0.name)" } }
    return keys.sorted()
  }

  // MARK: - One change

  private func apply(to policy: inout Policy) throws(Fault) {
    guard let first = key.firstIndex(of: "."), let last = key.lastIndex(of: "."), last > key.startIndex else {
      throw unknown(policy)
    }
    let group = String(key[..<first])
    let field = String(key[key.index(after: last)...])
    let name = first < last ? String(key[key.index(after: first)..<last]) : ""
    switch group {
    case "pools":
      guard let index = policy.pools.firstIndex(where: { $0.name.rawValue == name }),
        let known = PolicyKeys.pool.first(where: { $0.isNamed(field) })
      else { throw unknown(policy) }
      try set(known, &policy.pools[index])
      if let template = policy.pools.map(\.defaultTemplate).first(where: { policy.template($0) == nil }) {
        throw Fault(
          description: "There is no template \(JSONText.shown(template.rawValue)). "
            + Suggestion.sentence(
              for: template.rawValue, among: policy.templates.map(\.name.rawValue),
              otherwise: "There are \(policy.templates.map(\.name.rawValue).joined(separator: ", "))."))
      }
    case "templates":
      guard let index = policy.templates.firstIndex(where: { $0.name.rawValue == name }),
        let known = PolicyKeys.template.first(where: { $0.isNamed(field) })
      else { throw unknown(policy) }
      try set(known, &policy.templates[index])
    case "triggers":
      guard let index = policy.triggers.firstIndex(where: { $0.name.rawValue == name }),
        let known = PolicyKeys.trigger.first(where: { $0.isNamed(field) })
      else { throw unknown(policy) }
      try set(known, &policy.triggers[index])
    default:
      guard name.isEmpty,
        let known = PolicyKeys.groups.first(where: { $0.name == group })?.keys
          .first(where: { $0.isNamed(field) })
      else { throw unknown(policy) }
      try set(known, &policy)
    }
  }

  private func set<Root>(_ known: PolicyKey<Root>, _ root: inout Root) throws(Fault) {
    guard known.set(&root, value) else {
      throw Fault(description: "\(key) cannot be \(JSONText.shown(value)); it is \(known.expected).")
    }
  }

  private func unknown(_ policy: Policy) -> Fault {
    let keys = Self.keys(of: policy)
    if let nearest = Suggestion.nearest(to: key, among: keys) {
      let group = nearest[...(nearest.lastIndex(of: ".") ?? nearest.startIndex)]
      let beside = keys.filter { $0.hasPrefix(group) && !$0.dropFirst(group.count).contains(".") }
      return Fault(
        description: "There is no key \(JSONText.shown(key)). Did you mean \"\(nearest)\"? Beside it there are: "
          + beside.map { String($0.dropFirst(group.count)) }.joined(separator: ", ") + ".")
    }
    return Fault(
      description: "There is no key \(JSONText.shown(key)); there are:\n"
        + keys.map { "  \($0)" }.joined(separator: "\n"))
  }
}
