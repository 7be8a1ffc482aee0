extension Keys {
  /// How full hosts may be and which zones they are.
  static let placement: [Field] = [
    Field(
      "cpu_overcommit", .number(1...64), "Cores that may be promised to machines for each core of a host.",
      standard: 4),
    Field(
      "memory_overcommit", .number(1...8), "Memory that may be promised for what a host has; above 1 it may run out.",
      standard: 1),
    Field("reserved_cpu_cores", .integer(0...1_024), "Cores kept for the host itself.", unit: .cores, standard: 0),
    Field(
      "reserved_memory_gb", .number(0...65_536), "Memory kept for the host itself.", unit: .gibibytes, standard: 0),
    Field(
      "reserved_storage_gb", .number(0...10_000_000), "Room on the storage that stays free.", unit: .gigabytes,
      standard: 0),
    Field(
      "zone_label", .text(.labelKey), "Label that tells a worker's zone, for example topology.kubernetes.io/zone.",
      note: "workers get none"),
    Field(
      "zones", .map("HOST", .host, of: .text(.labelValue), "A host's zone, by the host's name."),
      "Zones of the hosts; a host that is not named is a zone of its own name."),
  ]
}
