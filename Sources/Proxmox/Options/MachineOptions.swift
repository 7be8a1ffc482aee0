public import Model

/// Hardware that a machine gets beside the template's size. `nil` leaves what the template has.
public struct MachineHardware: Sendable, Hashable {
  /// CPU model, for example `host`. Talos needs at least x86-64-v2, which the standard kvm64 is not.
  public var cpuType: String? = "host"
  /// Whether the guest sees NUMA.
  public var numa: Bool?
  /// Whether memory ballooning is on. Machines with devices pin their memory and never balloon.
  public var balloon: Bool?
  /// Chipset, for example `q35`, which `pcie=1` devices need.
  public var machineType: String?
  /// Whether Proxmox is to refuse the machine's deletion; then this program cannot delete it either.
  public var protection: Bool?
  /// Whether the machine is started when its host boots.
  public var startsWithHost: Bool?

  /// The CPU model `host`, all else as the template has it.
  public init() {}
}

/// The first network card. `nil` leaves what the template has.
public struct MachineNetwork: Sendable, Hashable {
  /// For example `vmbr0`.
  public var bridge: String?
  /// 1 … 4094.
  public var vlan: Int?
  /// Whether Proxmox' firewall guards the card.
  public var firewall: Bool?
  /// 576 … 65520, or 1 for the bridge's own.
  public var mtu: Int?

  /// As the template has it.
  public init() {}
}

/// How a machine gets its address.
public enum MachineAddressing: Sendable, Hashable {
  /// Outside of this program, by DHCP.
  case dynamic
  /// From a range that nobody else gives addresses from, through the machine's cloud-init drive (`ipconfig0`).
  case fixed(AddressRange)
}

/// Tags that machines get beside `poolkeeper`, which people can see and filter by.
public struct MachineTags: Sendable, Hashable {
  /// Whether there are any.
  public var enabled = true
  /// Begins every tag: `k8s-burst`.
  public var prefix = "k8s"
  /// A word for the pool, by pool; the pool's name where it is missing.
  public var poolWords: [PoolName: String] = [:]
  /// Whether one tag names the pool.
  public var namesPool = true
  /// Whether one tag names the template.
  public var namesTemplate = true

  /// `k8s-POOL` and `k8s-TEMPLATE`.
  public init() {}

  /// In Proxmox' alphabet, sorted, without repetition.
  func tags(pool: PoolName, template: TemplateName) -> [String] {
    guard enabled else { return [] }
    var words: [String] = []
    if namesPool { words.append(poolWords[pool] ?? pool.rawValue) }
    if namesTemplate { words.append(template.rawValue) }
    return TagList(words.map { prefix.isEmpty ? $0 : "\(prefix)-\($0)" }.map(TagList.sanitized)).tags
  }
}

/// A resource mapping of the cluster, by which a machine gets a host's device. Addresses of a host's slots are never
/// given to machines: only root may, and a machine could then run on that host alone.
public struct MappedDevice: Sendable, Hashable {
  /// The mapping's id.
  public var mapping: String
  /// Whether the guest sees it as PCI Express; needs the q35 chipset.
  public var pcie = true
  /// Whether it is the guest's primary graphics card.
  public var isPrimaryGraphics = false
  /// Type of a mediated device; `nil`: the whole device.
  public var mediatedType: String?

  /// A whole device over PCI Express.
  public init(_ mapping: String) { self.mapping = mapping }

  /// The value of `hostpciN`.
  var text: String {
    var parts = ["mapping=\(mapping)"]
    if let mediatedType { parts.append("mdev=\(mediatedType)") }
    if pcie { parts.append("pcie=1") }
    if isPrimaryGraphics { parts.append("x-vga=1") }
    return parts.joined(separator: ",")
  }
}
