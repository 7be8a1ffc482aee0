/// How the hypervisor is reached and its machines are made.
public struct ProxmoxSettings: Sendable, Hashable {
  /// Options of a machine's hardware.
  public struct Machine: Sendable, Hashable {
    public var machineType = "q35"
    public var bios = "ovmf"
    public var cpuType = "host"
    public var numa = true
    public var balloon = true
    public var protection = false
  }

  /// How machines are tagged.
  public struct Tags: Sendable, Hashable {
    public var automatic = true
    public var prefix = "k8s"
    public var includePoolType = true
    public var includeTemplateSize = true
  }

  /// `nil`: not given, or its variable is not set.
  public var endpoint: String?
  /// `USER@REALM!NAME`
  public var tokenID: String?
  public var tokenSecret: Secret?
  public var defaultNode: String?
  public var machineStorage = "local-lvm"
  public var imageStorage = "local"
  public var bridge = "vmbr0"
  /// `nil`: untagged.
  public var vlanTag: Int?
  public var firewall = false
  public var machine = Machine()
  public var tags = Tags()

  /// The defaults.
  public init() {}
}
