import ConfigurationFile
import Model
import Testing

/// A file with nothing but what must be there.
@Suite struct DefaultTests {
  static let smallest = """
    {
      "cluster_name": "c",
      "worker_pool_definitions": {
        "permanent": {"max_size": 3, "default_template": "m"},
        "burst": {"max_size": 3, "default_template": "m"},
        "spot": {"max_size": 3, "default_template": "m"},
        "gpu": {"max_size": 3, "default_template": "g"}
      },
      "worker_templates": {
        "m": {
          "proxmox_template_id": 900, "cost_per_hour": 1,
          "resources": {"cpu_cores": 8, "memory_mb": 16384, "disk_gb": 100}
        },
        "g": {
          "proxmox_template_id": 901, "cost_per_hour": 2,
          "resources": {"cpu_cores": 8, "memory_mb": 16384, "disk_gb": 100, "gpu": {"count": 2}}
        }
      }
    }
    """

  let outcome = ConfigurationReader().read(Self.smallest)

  @Test func loadsWithoutAWord() {
    #expect(outcome.problems == [])
    #expect(outcome.configuration != nil)
  }

  @Test func givesThePoliciesTheirOwnDefaults() throws {
    let configuration = try #require(outcome.configuration)
    let policy = configuration.policy
    #expect(policy.provisioning == ProvisioningPolicy())
    #expect(policy.draining == DrainingPolicy())
    #expect(policy.termination == TerminationPolicy())
    #expect(policy.cleanup == CleanupPolicy())
    #expect(policy.health == HealthPolicy())
    #expect(policy.repair == RepairPolicy())
    #expect(policy.money == MoneyPolicy())
    #expect(policy.pace == PacePolicy())
    #expect(policy.placement == PlacementPolicy())
    #expect(configuration.service == ServiceSettings())
    #expect(configuration.proxmox == ProxmoxSettings())
    #expect(configuration.talos == TalosSettings(clusterName: "c"))
    #expect(configuration.alerting == AlertingSettings())
  }

  @Test func givesPoolsTheDefaultsOfTheirKind() throws {
    let policy = try #require(outcome.configuration).policy
    let pools = ["permanent", "burst", "spot", "gpu"].compactMap { policy.pool(PoolName($0)) }
    #expect(pools.map(\.kind) == [.permanent, .burst, .spot, .gpu])
    #expect(pools.map(\.timeToLive) == [nil, TimeToLivePolicy(standard: .hours(4), maximum: .hours(12)), nil, nil])
    #expect(pools.map(\.idleTimeout) == [nil, .minutes(30), .minutes(30), nil])
    #expect(pools.map(\.horizon) == [.hours(24), .hours(4), .hours(4), .hours(4)])
    #expect(pools.map(\.servesPendingPods) == [true, true, true, false])
    #expect(pools.map(\.acceptsRequests) == [true, true, true, true])
    #expect(pools.map { $0.utilisation != nil } == [true, false, false, false])
    #expect(pools.map(\.preemptionGrace) == [nil, nil, .seconds(300), nil])
    #expect(pools.map(\.monthlyBudget) == [nil, nil, nil, nil])
    #expect(pools.map(\.templates) == [["m"], ["m"], ["m"], ["g"]])
    #expect(pools.map { $0.labels["node-pool"] } == ["permanent", "burst", "spot", "gpu"])
    #expect(
      policy.triggers.map(\.name.rawValue) == [
        "burst/pending_pods", "permanent/cpu_pressure", "permanent/memory_pressure", "spot/pending_pods",
      ])
  }

  @Test func readsTheServerThatAnswersInPlaceOfTheOwnStore() throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/metrics", #"{"source": "prometheus", "prometheus": {"url": "http://p:9090/x"}}"#)
    #expect(try edited.read().configuration?.service.metrics.prometheus == PrometheusSettings(url: "http://p:9090/x"))
    try edited.set(
      "/poolkeeper/metrics",
      """
      {"source": "prometheus", "prometheus": {"url": "https://mimir/prometheus", "bearer_token": "${TOKEN}",
        "tenant": "team-a", "ca_file": "/ca.pem", "client_certificate_file": "/c.pem", "client_key_file": "/k.pem",
        "timeout_seconds": 2.5, "max_answer_bytes": 4096}}
      """)
    let outcome = try edited.read(ConfigurationReader(environment: ["TOKEN": "hush-hush"]))
    var wanted = PrometheusSettings(url: "https://mimir/prometheus")
    wanted.bearerToken = Secret("hush-hush")
    wanted.tenant = "team-a"
    wanted.authoritiesFile = "/ca.pem"
    wanted.certificateFile = "/c.pem"
    wanted.keyFile = "/k.pem"
    wanted.timeout = .milliseconds(2_500)
    wanted.maximumAnswerBytes = 4_096
    #expect(outcome.configuration?.service.metrics.source == .prometheus)
    #expect(outcome.configuration?.service.metrics.prometheus == wanted)
    #expect(!"\(String(describing: outcome.configuration))\(outcome.problems)".contains("hush-hush"))
  }

  @Test func leavesRoomForTheSystemOfANode() throws {
    let template = try #require(outcome.configuration?.policy.template("g"))
    #expect(
      template.allocatable
        == Resources(
          cpuMillicores: 7800, memoryBytes: .mebibytes(15360), ephemeralStorageBytes: .gigabytes(95), pods: 110,
          extended: ["nvidia.com/gpu": 2]))
  }

  @Test(arguments: [
    ("manual", [], false), ("cost", ["burst/pending_pods"], true),
    ("utilisation", ["burst/cpu_pressure", "burst/memory_pressure"], true),
    ("pending_pods", ["burst/cpu_pressure", "burst/memory_pressure", "burst/pending_pods"], true),
  ])
  func followsTheScalingThatIsAskedFor(scaling: String, triggers: [String], serves: Bool) throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/triggers", "[]")
    try edited.set("/poolkeeper/pools/burst", "{\"scaling\": \"\(scaling)\", \"hold_seconds\": 77}")
    let policy = try #require(try edited.read().configuration).policy
    #expect(policy.triggers.filter { $0.pool == "burst" }.map(\.name.rawValue) == triggers)
    #expect(policy.pool("burst")?.servesPendingPods == serves)
    if scaling == "cost" { #expect(policy.triggers.first { $0.pool == "burst" }?.hold == .seconds(77)) }
  }

  @Test func neverRetiresForIdlenessWhereTheTimeoutIsZero() throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/pools/spot/idle_timeout_minutes", "0")
    #expect(try edited.read().configuration?.policy.pool("spot")?.idleTimeout == nil)
  }

  @Test func takesLabelsOfATemplateFromItsOverrides() throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/templates", #"{"large": {"labels": {"storage-tier": "nvme", "rack": "b"}}}"#)
    let labels = try edited.read().configuration?.policy.template("large")?.labels
    #expect(
      labels == ["workload-size": "large", "storage-tier": "nvme", "network-speed": "10gbps", "rack": "b"])
  }
}
