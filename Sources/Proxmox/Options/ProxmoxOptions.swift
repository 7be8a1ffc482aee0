public import HTTPTransport
public import Model

/// One host's address. Every host of a cluster has a certificate of its own, so that trust belongs to the address.
public struct ProxmoxEndpoint: Sendable, Hashable {
  /// `https://HOST:8006`, without a path.
  public var url: String
  /// How the host is known to be the right one.
  public var trust: ServerTrust

  /// A host with the system's authorities, unless told otherwise.
  public init(_ url: String, trust: ServerTrust = .system) {
    self.url = url
    self.trust = trust
  }
}

/// How disks come into being.
public enum CloneMode: String, Sendable, Hashable, CaseIterable {
  /// Linked where the template lies on the wanted storage and the storage can; full otherwise.
  case automatic
  /// The clone's disks rest on the template's, which can then not be deleted.
  case linked
  /// The clone's disks are copies.
  case full
}

/// What the Proxmox client works with.
public struct ProxmoxOptions: Sendable, Hashable {
  /// Tried in turn while one cannot be reached; at least one.
  public var endpoints: [ProxmoxEndpoint]
  /// Who asks.
  public var credentials: ProxmoxCredentials
  /// The Kubernetes cluster's name: machines whose mark names another are not ours.
  public var cluster: String
  /// For one call; more than the 30 s after which Proxmox itself gives up.
  public var timeout: Duration = .seconds(40)

  /// Numbers that new machines get; belongs to this program alone.
  public var machineNumbers: ClosedRange<Int> = 9_000_000...9_009_999
  /// Hosts that may be used; `nil`: all.
  public var allowedHosts: [HostName]?
  /// Copies of a template on hosts whose storage is not shared, by template and host. Where there is none, the
  /// template's own machine is taken.
  public var sources: [TemplateName: [HostName: MachineID]] = [:]
  /// Storage of the machines' disks; `nil`: the template's own.
  public var storage: String?
  /// How disks come into being.
  public var cloneMode = CloneMode.automatic
  /// Of full clones on file storage: `raw`, `qcow2`, `vmdk`; `nil`: the storage's own.
  public var diskFormat: String?
  /// Resource pool that machines join; `nil`: none.
  public var resourcePool: String?
  /// Clones at once on one storage. More than about three make each other's locks time out.
  public var parallelClonesPerStorage = 2
  /// Clones at once in the whole cluster.
  public var parallelClones = 4

  /// The machines' hardware.
  public var hardware = MachineHardware()
  /// The machines' first network card.
  public var network = MachineNetwork()
  /// How the machines get their address.
  public var addressing = MachineAddressing.dynamic
  /// Tags beyond the one of ownership.
  public var tags = MachineTags()
  /// Devices for templates that need some, by template, in the order of `hostpci0`, `hostpci1`, …
  public var devices: [TemplateName: [MappedDevice]] = [:]

  /// Options with the standard values.
  public init(endpoints: [ProxmoxEndpoint], credentials: ProxmoxCredentials, cluster: String) {
    self.endpoints = endpoints
    self.credentials = credentials
    self.cluster = cluster
  }
}
