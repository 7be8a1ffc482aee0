public import Model

/// A physical host of the simulated hypervisor.
public struct SimulatedHost: Hashable, Sendable, Codable {
  /// Its name.
  public var name: HostName
  /// Cores, which may be shared out more than once.
  public var cpuCores: Int
  /// Memory, which is never shared out twice.
  public var memoryBytes: Int64
  /// Room for disks.
  public var storageBytes: Int64
  /// PCI devices for passthrough.
  public var gpus: Int
  /// Whether it answers.
  public var online = true

  /// A host that is online.
  public init(name: HostName, cpuCores: Int, memoryBytes: Int64, storageBytes: Int64, gpus: Int = 0) {
    self.name = name
    self.cpuCores = cpuCores
    self.memoryBytes = memoryBytes
    self.storageBytes = storageBytes
    self.gpus = gpus
  }
}
