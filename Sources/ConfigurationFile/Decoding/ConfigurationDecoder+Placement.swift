import Model

extension ConfigurationDecoder {
  /// How full hosts may be and which zones they are.
  func decodePlacement(into policy: inout Policy) {
    let section = root.section("poolkeeper").section("placement")
    policy.placement.cpuOvercommit = section.number("cpu_overcommit")
    policy.placement.memoryOvercommit = section.number("memory_overcommit")
    policy.placement.reservedCPUCores = section.integer("reserved_cpu_cores")
    policy.placement.reservedMemoryBytes = Int64(section.number("reserved_memory_gb") * 1_073_741_824)
    policy.placement.reservedStorageBytes = Int64(section.number("reserved_storage_gb") * 1_000_000_000)
    policy.placement.zoneLabel = section.optionalText("zone_label")
    for (host, zone) in section.scalars("zones") { policy.placement.zones[HostName(host)] = zone }
  }
}
