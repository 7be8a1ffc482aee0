/// Time limits and retries from clone to Ready. Defaults are the user's own values.
public struct ProvisioningPolicy: Hashable, Sendable, Codable {
  /// Limit of one step; after it the step has failed.
  public var stepLimits: [ProvisioningStep: Duration] = [
    .clone: .seconds(90), .configure: .seconds(30), .start: .seconds(60), .boot: .seconds(120),
    .applyConfiguration: .seconds(120), .nodeReady: .seconds(300), .label: .seconds(30),
  ]
  /// What a failed step leads to once its attempts are used up.
  public var errorHandling: [ProvisioningStep: StepErrorHandling] = [
    .clone: .retry, .configure: .retry, .start: .retry, .boot: .fail, .applyConfiguration: .retry,
    .nodeReady: .fail, .label: .warn,
  ]
  public var attempts = 3
  public var retryDelay: Duration = .seconds(60)
  /// Workers of all pools in provisioning or joining at once.
  public var parallelLimit = 5
  /// Joining: the node must appear, become Ready, and its kubelet run within these.
  public var nodeAppears: Duration = .seconds(180)
  public var nodeReady: Duration = .seconds(120)
  public var kubeletRuns: Duration = .seconds(60)
  public var joinCheckInterval: Duration = .seconds(10)
  /// What is usual from intent to Ready, for forecasts and checks of sense.
  public var usualTotal: Duration = .seconds(180)

  public init() {}

  public func limit(of step: ProvisioningStep) -> Duration { stepLimits[step] ?? .seconds(120) }
}

/// The steps from nothing to a node that can hold pods, in order.
public enum ProvisioningStep: String, Sendable, Codable, Hashable, CaseIterable, CodingKeyRepresentable {
  case clone = "clone_vm_from_template"
  case configure = "configure_vm_resources"
  case start = "start_vm"
  case boot = "wait_for_vm_boot"
  case applyConfiguration = "apply_talos_config"
  case nodeReady = "wait_for_node_ready"
  case label = "apply_kubernetes_labels"
}

/// What a failed step leads to.
public enum StepErrorHandling: String, Sendable, Codable, Hashable, CaseIterable {
  /// Again after the retry delay, until the attempts are used up.
  case retry
  /// The worker has failed and is removed.
  case fail
  /// Reported, and the next step follows.
  case warn
}
