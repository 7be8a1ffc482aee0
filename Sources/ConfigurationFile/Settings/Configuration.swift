public import Model

/// Everything that one configuration file says, checked and with every default filled in.
public struct Configuration: Sendable, Equatable {
  /// What decisions follow.
  public var policy: Policy
  /// How the program runs.
  public var service: ServiceSettings
  /// How machines are reached and made.
  public var proxmox: ProxmoxSettings
  /// How the nodes' operating system is reached and set up.
  public var talos: TalosSettings
  /// Alerts that are asked for.
  public var alerting: AlertingSettings
  /// Who is told of what.
  public var notifications = NotificationSettings()
  /// Classes that pods may name; sorted by name.
  public var priorityClasses: [PriorityClass]
  /// What the templates say about images and machines beyond the policy.
  public var images: [TemplateName: TemplateImage]

  /// A configuration of a policy, everything else by default.
  public init(policy: Policy) {
    self.policy = policy
    service = ServiceSettings()
    proxmox = ProxmoxSettings()
    talos = TalosSettings(clusterName: policy.clusterName)
    alerting = AlertingSettings()
    priorityClasses = []
    images = [:]
  }
}

/// A Kubernetes PriorityClass as the file describes it.
public struct PriorityClass: Sendable, Hashable {
  /// The name that pods give.
  public var name: String
  /// Priority of its pods.
  public var value: Int
  /// Whether pods without a class have it.
  public var isGlobalDefault: Bool
  /// Whether its pods may displace others.
  public var preempts: Bool
}

/// What a template's machines are installed from, and options that are handed to Proxmox as they are.
public struct TemplateImage: Sendable, Hashable {
  /// Name of the Proxmox template; empty when not given.
  public var templateName = ""
  /// `nil`: what Talos installs by default.
  public var installImage: String?
  /// System extensions of the image.
  public var extensions: [String] = []
  /// Options of the machine by Proxmox' names, for example `hostpci0`.
  public var machineOptions: [String: String] = [:]
}

/// How a pool's size comes about.
public enum PoolScaling: String, Sendable, Codable, Hashable, CaseIterable {
  /// By the use of CPU and memory.
  case utilisation
  /// By the pool's own provisioning triggers.
  case pendingPods = "pending_pods"
  /// For every pod that waits, because the pool is cheap.
  case cost
  /// By request only.
  case manual

  /// How a pool of that kind scales when nothing else is said.
  public static func standard(for kind: PoolKind) -> PoolScaling {
    switch kind {
    case .permanent: .utilisation
    case .burst: .pendingPods
    case .spot: .cost
    case .gpu: .manual
    }
  }
}
