/// One alert rule.
public struct AlertRule: Sendable, Hashable {
  /// How grave an alert is.
  public enum Severity: String, Sendable, Codable, Hashable, CaseIterable {
    case critical, warning, info
  }

  /// Whether the alert may be raised.
  public var enabled: Bool
  /// How grave it is.
  public var severity: Severity
  /// In the rule's own unit; `nil` for a rule without one.
  public var threshold: Double?

  /// A rule that is enabled.
  public init(_ severity: Severity, threshold: Double? = nil) {
    enabled = true
    self.severity = severity
    self.threshold = threshold
  }
}

/// Alerts that the configuration asks for.
public struct AlertingSettings: Sendable, Hashable {
  /// Seconds.
  public var provisionTimeout = AlertRule(.warning, threshold: 600)
  /// Failures.
  public var joinFailure = AlertRule(.critical, threshold: 3)
  /// Percent of the maximum.
  public var poolCapacityLow = AlertRule(.warning, threshold: 90)
  /// An expired worker could not be removed.
  public var cleanupFailure = AlertRule(.warning)
  /// Failures.
  public var repairFailure = AlertRule(.critical, threshold: 3)
  /// The operator's own Prometheus; `nil` when not given.
  public var prometheusEndpoint: String?

  /// The defaults.
  public init() {}
}
