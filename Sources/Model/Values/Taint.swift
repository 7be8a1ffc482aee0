/// What a taint does to pods that do not tolerate it.
public enum TaintEffect: String, Sendable, Codable, Hashable, CaseIterable {
  case noSchedule = "NoSchedule"
  case preferNoSchedule = "PreferNoSchedule"
  case noExecute = "NoExecute"
}

/// A node's taint.
public struct Taint: Hashable, Sendable, Codable {
  public var key: String
  public var value: String
  public var effect: TaintEffect

  public init(key: String, value: String = "", effect: TaintEffect) {
    self.key = key
    self.value = value
    self.effect = effect
  }

  /// Workers register with it, and lose it once their node carries its labels: so no pod lands on a node of which the
  /// scheduler does not know yet whose it is.
  public static let starting = Taint(key: "poolkeeper.dev/starting", effect: .noSchedule)

  /// `key=value:Effect`, as kubectl writes it.
  public var text: String { value.isEmpty ? "\(key):\(effect.rawValue)" : "\(key)=\(value):\(effect.rawValue)" }
}

/// A pod's toleration. Source: Kubernetes, taints and tolerations.
public struct Toleration: Hashable, Sendable, Codable {
  public enum Operator: String, Sendable, Codable, Hashable {
    case equal = "Equal"
    case exists = "Exists"
  }

  /// Empty (only with `exists`) tolerates every key.
  public var key: String
  public var `operator`: Operator
  public var value: String
  /// `nil` tolerates every effect.
  public var effect: TaintEffect?

  public init(key: String, operator: Operator = .equal, value: String = "", effect: TaintEffect? = nil) {
    self.key = key
    self.operator = `operator`
    self.value = value
    self.effect = effect
  }

  public func tolerates(_ taint: Taint) -> Bool {
    if let effect, effect != taint.effect { return false }
    if key.isEmpty { return self.operator == .exists }
    return key == taint.key && (self.operator == .exists || value == taint.value)
  }
}
