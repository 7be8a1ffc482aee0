/// A kind of worker: its size, what it offers to pods, its price and the machine template that it is cloned from.
public struct Template: Hashable, Sendable, Codable {
  /// The machine's hardware.
  public struct Machine: Hashable, Sendable, Codable {
    public var cpuCores: Int
    public var memoryBytes: Int64
    public var diskBytes: Int64
    public var gpus: Int
    /// A fixed PCI address of the host (`hostpci0`), which only one worker a host can hold; `nil` without one.
    public var fixedPCIDevice: String?

    public init(cpuCores: Int, memoryBytes: Int64, diskBytes: Int64, gpus: Int = 0, fixedPCIDevice: String? = nil) {
      self.cpuCores = cpuCores
      self.memoryBytes = memoryBytes
      self.diskBytes = diskBytes
      self.gpus = gpus
      self.fixedPCIDevice = fixedPCIDevice
    }
  }

  public var name: TemplateName
  /// The hypervisor's template machine.
  public var source: MachineID
  public var machine: Machine
  /// What a node of this template offers to pods, system reservations taken off.
  public var allocatable: Resources
  public var price: HourlyPrice
  public var talosVersion: String
  public var kubernetesVersion: String
  /// Labels that nodes of this template carry beside the pool's: workload-size, storage-tier, network-speed.
  public var labels: [String: String]

  /// What a worker made now is made from.
  public var build: TemplateBuild {
    TemplateBuild(source: source, machine: machine, talosVersion: talosVersion, kubernetesVersion: kubernetesVersion)
  }

  public init(
    name: TemplateName, source: MachineID, machine: Machine, allocatable: Resources, price: HourlyPrice,
    talosVersion: String = "", kubernetesVersion: String = "", labels: [String: String] = [:]
  ) {
    self.name = name
    self.source = source
    self.machine = machine
    self.allocatable = allocatable
    self.price = price
    self.talosVersion = talosVersion
    self.kubernetesVersion = kubernetesVersion
    self.labels = labels
  }
}

/// What a worker was made from: by it a worker of an older template is known.
public struct TemplateBuild: Hashable, Sendable, Codable {
  public var source: MachineID
  public var machine: Template.Machine
  public var talosVersion: String
  public var kubernetesVersion: String

  public init(source: MachineID, machine: Template.Machine, talosVersion: String, kubernetesVersion: String) {
    self.source = source
    self.machine = machine
    self.talosVersion = talosVersion
    self.kubernetesVersion = kubernetesVersion
  }
}
