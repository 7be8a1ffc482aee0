import ConfigurationFile
import Model
import Testing

/// The section `poolkeeper.placement`.
@Suite struct PlacementKeysTests {
  private static func read(_ json: String, labels: String = "{}") throws -> ConfigurationReader.Outcome {
    var file = try Edited()
    try file.set("/poolkeeper/placement", json)
    if labels != "{}" { try file.set("/worker_pool_definitions/burst/node_labels", labels) }
    return try file.read()
  }

  @Test func everyKeyReachesThePolicy() throws {
    let outcome = try Self.read(
      """
      {"cpu_overcommit": 2.5, "memory_overcommit": 1, "reserved_cpu_cores": 2, "reserved_memory_gb": 8,
       "reserved_storage_gb": 50, "zone_label": "topology.kubernetes.io/zone", "zones": {"pve-01": "a", "PVE-02": "b"}}
      """)
    let placement = try #require(outcome.configuration).policy.placement
    var wanted = PlacementPolicy()
    wanted.cpuOvercommit = 2.5
    wanted.reservedCPUCores = 2
    wanted.reservedMemoryBytes = .mebibytes(8192)
    wanted.reservedStorageBytes = .gigabytes(50)
    wanted.zoneLabel = "topology.kubernetes.io/zone"
    wanted.zones = ["pve-01": "a", "PVE-02": "b"]
    #expect(placement == wanted)
    #expect(!outcome.problems.contains { $0.pointer.hasPrefix("/poolkeeper/placement") })
  }

  @Test(arguments: [
    (#"{"cpu_overcommit": 0.5}"#, "/cpu_overcommit", Problem.Severity.error),
    (#"{"memory_overcommit": 0}"#, "/memory_overcommit", .error),
    (#"{"memory_overcommit": 1.5}"#, "/memory_overcommit", .warning),
    (#"{"reserved_memory_gb": -1}"#, "/reserved_memory_gb", .error),
    (#"{"zone_label": "no label!"}"#, "/zone_label", .error),
    (#"{"zones": {"pve-01": "a"}}"#, "/zones", .warning),
    (#"{"zone_label": "zone", "zones": {"pve-01": "a b"}}"#, "/zones/pve-01", .error),
    (#"{"zone_label": "zone", "zones": {"pve-01": ""}}"#, "/zones/pve-01", .warning),
    (#"{"zone_label": "zone", "zones": {"pve_01": "a"}}"#, "/zones/pve_01", .error),
  ])
  func saysWhatIsWrongAndWhere(_ json: String, _ pointer: String, _ severity: Problem.Severity) throws {
    let problems = try Self.read(json).problems.filter { $0.pointer == "/poolkeeper/placement" + pointer }
    #expect(problems.map(\.severity) == [severity], "\(problems)")
  }

  @Test func aPoolsOwnLabelOfTheZonesNameHasNoEffect() throws {
    let outcome = try Self.read(#"{"zone_label": "zone"}"#, labels: #"{"node-pool": "burst", "zone": "a"}"#)
    #expect(outcome.problems.contains { $0.pointer == "/worker_pool_definitions/burst/node_labels/zone" })
  }
}
