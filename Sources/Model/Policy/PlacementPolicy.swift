/// How much of a physical host may be promised to workers, and which topology zone a host is.
public struct PlacementPolicy: Hashable, Sendable, Codable {
  /// Cores that may be promised for each one that there is; 1 or more.
  public var cpuOvercommit: Double = 4
  public var memoryOvercommit: Double = 1
  /// Kept for the host itself, taken off before the ratio.
  public var reservedCPUCores: Int = 0
  public var reservedMemoryBytes: Int64 = 0
  public var reservedStorageBytes: Int64 = 0
  /// The node label that names a worker's zone, for example `topology.kubernetes.io/zone`; `nil`: workers get none.
  public var zoneLabel: String?
  /// The zone of each host; a host that is not named here is a zone of its own name.
  public var zones: [HostName: String] = [:]

  public init() {}

  /// The value of the zone label of workers on a host; `nil` when workers get none.
  public func zone(of host: HostName) -> String? { zoneLabel == nil ? nil : zones[host] ?? host.rawValue }

  /// Cores of a host that may be promised in all.
  public func promisableCores(of host: HostObservation) -> Int {
    Int(Double(max(0, host.cpuCores - reservedCPUCores)) * cpuOvercommit)
  }

  /// Bytes of memory of a host that may be promised in all.
  public func promisableMemory(of host: HostObservation) -> Int64 {
    Int64(Double(max(0, host.memoryBytes - reservedMemoryBytes)) * memoryOvercommit)
  }
}
