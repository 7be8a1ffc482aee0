/// How the hypervisor is reached and its machines are made.
public struct ProxmoxSettings: Sendable, Hashable {
  /// Options of a machine's hardware.
  public struct Machine: Sendable, Hashable {
    /// Chipset.
    public var machineType = "q35"
    /// Firmware: `ovmf` or `seabios`.
    public var bios = "ovmf"
    /// CPU model that the machine sees.
    public var cpuType = "host"
    /// Whether the machine sees NUMA.
    public var numa = true
    /// Whether memory ballooning is on.
    public var balloon = true
    /// Whether Proxmox refuses to delete the machine.
    public var protection = false
  }

  /// How machines are tagged.
  public struct Tags: Sendable, Hashable {
    /// Whether machines are tagged beyond what ownership needs.
    public var automatic = true
    /// Begins every tag.
    public var prefix = "k8s"
    /// Whether a tag names the pool's type.
    public var includePoolType = true
    /// Whether a tag names the template.
    public var includeTemplateSize = true
  }

  /// `nil`: not given, or its variable is not set.
  public var endpoint: String?
  /// `USER@REALM!NAME`
  public var tokenID: String?
  /// `nil`: not given, or its variable is not set.
  public var tokenSecret: Secret?
  /// Host that templates lie on when nothing else says so.
  public var defaultNode: String?
  /// Storage of the machines' disks.
  public var machineStorage = "local-lvm"
  /// Storage of images.
  public var imageStorage = "local"
  /// Bridge that machines are joined to.
  public var bridge = "vmbr0"
  /// `nil`: untagged.
  public var vlanTag: Int?
  /// Whether Proxmox' firewall guards the machines.
  public var firewall = false
  /// Hardware of the machines.
  public var machine = Machine()
  /// Tags of the machines.
  public var tags = Tags()

  /// The defaults.
  public init() {}
}
