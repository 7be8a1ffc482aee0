import ConfigurationFile
import Model
import Testing

@Suite struct InfrastructureKeysTests {
  private func problems(_ infrastructure: String, integration: [String: String] = [:]) throws -> [String] {
    var edited = try Edited()
    try edited.set("/poolkeeper/infrastructure", infrastructure)
    for (key, value) in integration.sorted(by: { $0.key < $1.key }) {
      try edited.set("/proxmox_integration/\(key)", value)
    }
    return try edited.read().problems.filter { $0.severity == .error }.map(\.code)
  }

  private static let reachable = [
    "api_endpoint": "\"https://pve.example.com:8006\"",
    "authentication": "{\"token_id\": \"autoscaler@pve!main\", \"token_secret\": \"s\"}",
  ]

  @Test func readsHowEachPartIsReached() throws {
    var edited = try Edited()
    try edited.set(
      "/poolkeeper/infrastructure",
      """
      {"kind": "simulated",
       "proxmox": {"endpoints": ["https://pve2:8006"], "ca_file": "pve.pem", "first_machine_id": 5000,
         "last_machine_id": 5999, "clone_mode": "full", "hosts": ["pve1"], "resource_pool": "k8s",
         "pci_mappings": {"medium": "t4"},
         "host_templates": [{"template": "medium", "host": "pve2", "machine_id": 9102}],
         "addresses": {"first": "10.0.0.50", "last": "10.0.0.99", "gateway": "10.0.0.1"},
         "max_clones": 3, "max_clones_per_storage": 1},
       "talos": {"talosconfig": "talosconfig", "context": "prod", "worker_config": "w.yaml", "port": 50100},
       "kubernetes": {"source": "in_cluster", "journal": "kubernetes", "namespace": "kube-system",
         "leader_election": {"enabled": true, "lease_seconds": 30, "renew_seconds": 20, "retry_seconds": 4}}}
      """)
    let settings = try #require(try edited.read().configuration).service.infrastructure
    #expect(settings.kind == .simulated)
    let proxmox = settings.proxmox
    #expect(proxmox.furtherEndpoints == ["https://pve2:8006"] && proxmox.authoritiesFile == "pve.pem")
    #expect(proxmox.machineIDs == 5000...5999 && proxmox.cloneMode == .full && proxmox.hosts == ["pve1"])
    #expect(proxmox.resourcePool == "k8s" && proxmox.deviceMappings == ["medium": "t4"])
    #expect(proxmox.hostTemplates.map(\.machineID) == [9102] && proxmox.hostTemplates.map(\.host) == ["pve2"])
    #expect(proxmox.addresses?.first == "10.0.0.50" && proxmox.addresses?.prefixLength == 24)
    #expect(proxmox.addresses?.gateway == "10.0.0.1" && proxmox.addresses?.nameserver == nil)
    #expect(proxmox.parallelClones == 3 && proxmox.parallelClonesPerStorage == 1)
    #expect(settings.talos.talosconfig == "talosconfig" && settings.talos.context == "prod")
    #expect(settings.talos.workerConfiguration == "w.yaml" && settings.talos.port == 50_100)
    #expect(settings.kubernetes.source == .inCluster && settings.kubernetes.journal == .kubernetes)
    #expect(settings.kubernetes.namespace == "kube-system" && settings.kubernetes.leaderElection.enabled)
    #expect(settings.kubernetes.leaderElection.lease == .seconds(30))
    #expect(settings.kubernetes.leaderElection.renewDeadline == .seconds(20))
    #expect(settings.kubernetes.leaderElection.retry == .seconds(4))
  }

  @Test func aFileThatSaysNothingOfItIsConnectedToNothing() throws {
    let settings = try #require(try Edited().read().configuration).service.infrastructure
    #expect(settings == InfrastructureSettings())
  }

  @Test func proxmoxNeedsAnAddressAndCredentials() throws {
    #expect(try problems("{\"kind\": \"proxmox\"}").contains("missing_variable"))
    #expect(try problems("{\"kind\": \"proxmox\"}", integration: Self.reachable) == [])
    var inTheClear = Self.reachable
    inTheClear["api_endpoint"] = "\"http://pve.example.com:8006\""
    #expect(try problems("{\"kind\": \"proxmox\"}", integration: inTheClear) == ["not_encrypted"])
  }

  @Test(arguments: [
    ("{\"proxmox\": {\"first_machine_id\": 700, \"last_machine_id\": 600}}", "empty_range"),
    ("{\"proxmox\": {\"first_machine_id\": 9001, \"last_machine_id\": 9100}}", "template_in_range"),
    ("{\"proxmox\": {\"pci_mappings\": {\"nothing\": \"t4\"}}}", "unknown_template"),
    ("{\"proxmox\": {\"user\": \"a@pve\"}}", "half_credentials"),
    ("{\"proxmox\": {\"transport\": \"mcp\"}}", "missing_key"),
    ("{\"proxmox\": {\"certificate_fingerprint\": \"12:34\"}}", "invalid_text"),
    ("{\"proxmox\": {\"addresses\": {\"first\": \"10.0.0\", \"last\": \"10.0.0.9\"}}}", "invalid_text"),
    ("{\"kubernetes\": {\"leader_election\": {\"lease_seconds\": 10}}}", "lease_too_short"),
    ("{\"kubernetes\": {\"leader_election\": {\"renew_seconds\": 2}}}", "renew_too_short"),
    ("{\"kubernetes\": {\"leader_election\": {\"enabled\": true}}}", "journal_is_local"),
  ])
  func contradictionsAreRefused(_ infrastructure: String, _ code: String) throws {
    #expect(try problems(infrastructure).contains(code))
  }
}
