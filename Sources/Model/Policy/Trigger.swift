/// How a reading is compared with a threshold.
public enum Comparison: String, Sendable, Codable, Hashable, CaseIterable {
  case atLeast = ">="
  case above = ">"
  case atMost = "<="
  case below = "<"

  public func holds(_ value: Double, _ threshold: Double) -> Bool {
    switch self {
    case .atLeast: value >= threshold
    case .above: value > threshold
    case .atMost: value <= threshold
    case .below: value < threshold
    }
  }
}

/// How an expression's several elements become one reading.
public enum Fold: String, Sendable, Codable, Hashable, CaseIterable {
  case sum, max, min, average
}

/// A PromQL expression, a comparison with a threshold, a hold time, and the pool that it feeds.
public struct Trigger: Hashable, Sendable, Codable {
  /// What firing asks for.
  public enum Kind: String, Sendable, Codable, Hashable, CaseIterable {
    /// Workers on which the pods that wait can run.
    case pendingPods = "pending_pods"
    /// CPU until the target utilisation is reached.
    case cpuPressure = "cpu_pressure"
    /// Memory until the target utilisation is reached.
    case memoryPressure = "memory_pressure"
    /// A number of workers, or as many as its value is worth.
    case custom
  }

  public var name: TriggerName
  public var pool: PoolName
  public var kind: Kind
  public var expression: String
  public var comparison: Comparison
  /// Pods for `pendingPods`, percent for pressure, the expression's own unit for `custom`.
  public var threshold: Double
  /// The condition must hold this long before the trigger fires.
  public var hold: Duration
  /// `nil`: several elements are an error.
  public var fold: Fold?
  /// Utilisation to come down to, in percent; only for pressure.
  public var targetPercent: Double
  /// Workers for each firing, 1 or more; only for `custom` without `perWorker`.
  public var workers: Int
  /// What one worker answers of the reading: the pool gets as many as the reading is worth; only for `custom`.
  public var perWorker: Double?
  /// `nil`: the pool's default template; only for `custom`.
  public var template: TemplateName?
  /// `nil`: nothing is done ahead; only for pressure.
  public var forecast: ForecastPolicy?

  public init(
    name: TriggerName, pool: PoolName, kind: Kind, expression: String, threshold: Double, hold: Duration
  ) {
    self.name = name
    self.pool = pool
    self.kind = kind
    self.expression = expression
    comparison = .atLeast
    self.threshold = threshold
    self.hold = hold
    targetPercent = 70
    workers = 1
  }
}

/// One evaluation of a trigger's expression.
public struct Reading: Hashable, Sendable, Codable {
  public var value: Double
  /// The evaluation's time.
  public var at: Instant

  public init(value: Double, at: Instant) {
    self.value = value
    self.at = at
  }
}
