/// A physical host.
public struct HostObservation: Hashable, Sendable, Codable {
  public var name: HostName
  public var online: Bool
  public var cpuCores: Int
  public var memoryBytes: Int64
  /// Free room on the storage for machines.
  public var freeStorageBytes: Int64
  /// Memory given to machines, also while they are being made or are stopped: a standby clone keeps its place.
  public var assignedMemoryBytes: Int64
  public var assignedCPUCores: Int
  /// Free PCI devices for passthrough.
  public var freeGPUs: Int

  public init(name: HostName, online: Bool, cpuCores: Int, memoryBytes: Int64, freeStorageBytes: Int64) {
    self.name = name
    self.online = online
    self.cpuCores = cpuCores
    self.memoryBytes = memoryBytes
    self.freeStorageBytes = freeStorageBytes
    assignedMemoryBytes = 0
    assignedCPUCores = 0
    freeGPUs = 0
  }
}
