/// What workers are made of, and how it is reached.
public struct InfrastructureSettings: Sendable, Hashable {
  /// The kind of world that workers live in.
  public var kind = InfrastructureKind.none
  /// How the hypervisor is reached beyond what the section proxmox_integration says.
  public var proxmox = ProxmoxConnection()
  /// How the machines' operating system is reached.
  public var talos = TalosConnection()
  /// How the cluster is reached.
  public var kubernetes = KubernetesConnection()

  /// The defaults: nothing is connected.
  public init() {}
}

/// What workers are made of.
public enum InfrastructureKind: String, Sendable, Codable, Hashable, CaseIterable {
  /// Nothing: decisions only.
  case none
  /// A world inside the program.
  case simulated
  /// Machines of Proxmox with Talos, in a Kubernetes cluster.
  case proxmox

  /// Whether the settings of Proxmox and Talos are needed.
  public var usesProxmox: Bool { self == .proxmox }
}

/// How Proxmox is reached and how machines are made there.
public struct ProxmoxConnection: Sendable, Hashable {
  /// Who talks to Proxmox.
  public enum Transport: String, Sendable, Codable, Hashable, CaseIterable {
    /// This program itself.
    case native
    /// A Proxmox server of the Model Context Protocol, started as a child process.
    case mcp
  }

  /// How a machine's disk comes about.
  public enum CloneMode: String, Sendable, Codable, Hashable, CaseIterable {
    /// Linked where the storage allows it, else full.
    case automatic
    /// Shares the template's disk.
    case linked
    /// A disk of its own.
    case full
  }

  /// A template that lies on another host under another number.
  public struct HostTemplate: Sendable, Hashable {
    /// Name in worker_templates.
    public var template: String
    /// Name of the Proxmox node.
    public var host: String
    /// Number of the template there.
    public var machineID: Int
  }

  /// Addresses that machines are given one by one.
  public struct AddressPool: Sendable, Hashable {
    /// The first, IPv4.
    public var first: String
    /// The last, IPv4.
    public var last: String
    /// Length of the network's prefix, in bits.
    public var prefixLength: Int
    /// Router; `nil`: none is told.
    public var gateway: String?
    /// Name server; `nil`: none is told.
    public var nameserver: String?
  }

  /// Who talks to Proxmox.
  public var transport = Transport.native
  /// The server's command with its arguments, for the transport mcp.
  public var mcpCommand: [String] = []
  /// Further addresses of the same Proxmox cluster, tried in turn.
  public var furtherEndpoints: [String] = []
  /// File with the only authorities that are trusted; `nil`: the system's.
  public var authoritiesFile: String?
  /// SHA-256 of the server's certificate, instead of authorities.
  public var fingerprint: String?
  /// USER@REALM for a ticket instead of a token; `nil`: a token.
  public var user: String?
  /// Its password.
  public var password: Secret?
  /// Numbers of the machines that are made.
  public var machineIDs = 9_000_000...9_009_999
  /// How disks come about.
  public var cloneMode = CloneMode.automatic
  /// Hosts that workers may be put on; empty: all.
  public var hosts: [String] = []
  /// Resource pool that machines are put into; `nil`: none.
  public var resourcePool: String?
  /// Resource mappings of PCI devices, by template.
  public var deviceMappings: [String: String] = [:]
  /// Templates that lie on several hosts.
  public var hostTemplates: [HostTemplate] = []
  /// `nil`: addresses come from DHCP and are asked of the guest agent.
  public var addresses: AddressPool?
  /// Clones at one time, in the whole cluster.
  public var parallelClones = 4
  /// Clones at one time on one storage.
  public var parallelClonesPerStorage = 2

  /// The defaults.
  public init() {}
}

/// How Talos is reached.
public struct TalosConnection: Sendable, Hashable {
  /// `nil`: where talosctl looks.
  public var talosconfig: String?
  /// `nil`: the current one.
  public var context: String?
  /// The worker's machine configuration that each worker's own is made of.
  public var workerConfiguration = "worker.yaml"
  /// Port of the machine API.
  public var port = 50_000
  /// SHA-256 of the public key that machines show in maintenance mode; `nil`: not pinned.
  public var maintenanceFingerprint: String?

  /// The defaults.
  public init() {}
}

/// How Kubernetes is reached, and what is kept there.
public struct KubernetesConnection: Sendable, Hashable {
  /// Where the credentials come from.
  public enum Source: String, Sendable, Codable, Hashable, CaseIterable {
    /// A kubeconfig file.
    case kubeconfig
    /// The service account of the pod that the program runs in.
    case inCluster = "in_cluster"
  }

  /// Where workers, requests and money are kept.
  public enum Journal: String, Sendable, Codable, Hashable, CaseIterable {
    /// In the data directory.
    case local
    /// In custom resources of the cluster.
    case kubernetes
  }

  /// Several processes, of which one acts.
  public struct LeaderElection: Sendable, Hashable {
    /// Whether there may be several processes.
    public var enabled = false
    /// Name of the Lease.
    public var leaseName = "poolkeeper"
    /// How long a leader that is not heard of keeps the others waiting.
    public var lease: Duration = .seconds(15)
    /// A leader that cannot renew for this long stops acting.
    public var renewDeadline: Duration = .seconds(10)
    /// Between two attempts.
    public var retry: Duration = .seconds(2)
  }

  /// Where the credentials come from.
  public var source = Source.kubeconfig
  /// `nil`: KUBECONFIG, else ~/.kube/config.
  public var kubeconfig: String?
  /// `nil`: the current one.
  public var context: String?
  /// Where workers, requests and money are kept.
  public var journal = Journal.local
  /// Of the Lease and of custom resources.
  public var namespace = "poolkeeper"
  /// Several processes, of which one acts.
  public var leaderElection = LeaderElection()

  /// The defaults.
  public init() {}
}
