import ConfigurationFile
import Model
import Testing

/// The operator's own file must load as it is.
@Suite(.enabled(if: Repository.operatorsFile != nil, "../shared/data/worker-pools.json is not there"))
struct OperatorsFileTests {
  let outcome: ConfigurationReader.Outcome
  let policy: Policy

  init() throws {
    outcome = ConfigurationReader().read(try #require(Repository.operatorsFile))
    policy = try #require(outcome.configuration).policy
  }

  @Test func warnsOfExactlyTheTrapsInTheFile() {
    #expect(outcome.problems(.error) == [])
    #expect(
      outcome.problems(.warning).map { "\($0.pointer) \($0.code)" } == [
        "/worker_pool_definitions/burst/provisioning_triggers/cpu_pressure/threshold_percent thresholds_overlap",
        "/worker_pool_definitions/burst/ttl_config/max_ttl_hours burst_above_event_maximum",
        "/worker_pool_definitions/permanent/min_size minimum_above_budget",
        "/worker_templates/gpu-nvidia/proxmox_config/hostpci0 fixed_pci_device",
      ])
    let minimum = outcome.problems.first { $0.code == "minimum_above_budget" }
    #expect(minimum?.message.contains("525.60 USD") == true)
    #expect(minimum?.message.contains("500.00 USD") == true)
  }

  @Test func notesWhatIsIgnored() {
    let ignored = outcome.problems(.note).filter { $0.code == "ignored" }.map(\.pointer)
    #expect(ignored.count == 9)
    #expect(ignored.contains("/worker_pool_definitions/permanent/current_size"))
    #expect(ignored.contains("/cost_tracking/cost_allocation/gpu_pool/current_spend"))
  }

  @Test func notesVariablesThatAreNotNeededYet() {
    let missing = outcome.problems.filter { $0.code == "missing_variable" }
    #expect(missing.map(\.severity) == [.note, .note, .note])
    #expect(missing.first?.message == "The environment variable PROXMOX_URL is not set.")
  }

  @Test func readsPoolsWithTheirLimitsAndPurposes() throws {
    #expect(policy.clusterName == "prod-k8s")
    #expect(policy.pools.map(\.name.rawValue) == ["burst", "gpu", "permanent", "spot"])
    let permanent = try #require(policy.pool("permanent"))
    #expect((permanent.minimum, permanent.maximum) == (3, 10))
    #expect(permanent.growCooldown == .seconds(300))
    #expect(permanent.shrinkCooldown == .seconds(600))
    #expect(permanent.monthlyBudget == Money(500))
    #expect(permanent.templates == ["large", "medium", "small"])
    #expect(permanent.timeToLive == nil)
    #expect(permanent.idleTimeout == nil)
    #expect(
      permanent.utilisation
        == UtilisationPolicy(
          cpuTargetPercent: 70, memoryTargetPercent: 75, growAtPercent: 80, shrinkAtPercent: 50))
    let burst = try #require(policy.pool("burst"))
    #expect(burst.timeToLive == TimeToLivePolicy(standard: .hours(4), maximum: .hours(12)))
    #expect(burst.idleTimeout == .minutes(30))
    #expect(burst.taints.map(\.text) == ["workload-type=burst:NoSchedule"])
    let spot = try #require(policy.pool("spot"))
    #expect(spot.savingPercent == 70)
    #expect(spot.preemptionGrace == .seconds(300))
    #expect(spot.idleTimeout == .minutes(30))
    #expect(spot.servesPendingPods)
    let gpu = try #require(policy.pool("gpu"))
    #expect(!gpu.servesPendingPods)
    #expect(gpu.acceptsRequests)
    #expect(gpu.idleTimeout == nil)
    #expect(gpu.templates == ["gpu-nvidia"])
    #expect(gpu.labels["gpu.nvidia.com/memory"] == "16384")
  }

  @Test func readsTemplates() throws {
    #expect(policy.templates.map(\.name.rawValue) == ["gpu-nvidia", "large", "medium", "small"])
    let gpu = try #require(policy.template("gpu-nvidia"))
    #expect(gpu.machine.fixedPCIDevice == "01:00.0")
    #expect(gpu.machine.gpus == 1)
    #expect(gpu.allocatable.extended == ["nvidia.com/gpu": 1])
    #expect(gpu.price.perHour == Money(1.2))
    let small = try #require(policy.template("small"))
    #expect(small.source == MachineID(9001))
    #expect(
      small.allocatable
        == Resources(
          cpuMillicores: 3800, memoryBytes: .mebibytes(7680), ephemeralStorageBytes: .gigabytes(95), pods: 100))
    #expect(small.labels == ["workload-size": "small", "storage-tier": "ssd", "network-speed": "1gbps"])
    #expect(policy.template("large")?.labels["network-speed"] == "10gbps")
    #expect(policy.template("large")?.labels["workload-size"] == "large")
  }

  @Test func makesTheStandardTriggers() {
    let shown = policy.triggers.map { trigger in
      "\(trigger.name) \(trigger.comparison.rawValue) \(trigger.threshold) \(trigger.hold.text) \(trigger.targetPercent)"
    }
    #expect(
      shown == [
        "burst/cpu_pressure >= 80.0 5m 70.0", "burst/memory_pressure >= 85.0 5m 75.0",
        "burst/pending_pods >= 5.0 2m 70.0", "permanent/cpu_pressure >= 80.0 2m 70.0",
        "permanent/memory_pressure >= 80.0 2m 75.0", "spot/pending_pods >= 1.0 1m 70.0",
      ])
    #expect(policy.triggers.first { $0.name == "burst/pending_pods" }?.expression == StandardExpressions.pendingPods)
  }

  @Test func readsLifecycleAndMoney() {
    #expect(policy.provisioning == ProvisioningPolicy())
    #expect(policy.draining == DrainingPolicy())
    #expect(policy.termination == TerminationPolicy())
    #expect(policy.cleanup == CleanupPolicy())
    #expect(policy.health == HealthPolicy())
    #expect(policy.repair == RepairPolicy())
    #expect(policy.pace == PacePolicy())
    #expect(policy.money.currency == "USD")
    #expect(policy.money.burstEventMaximum == Money(50))
    #expect(policy.money.alertPercent == 80)
  }

  @Test func readsTheSettingsOfIntegrations() throws {
    let environment = [
      "PROXMOX_URL": "https://pve.example.com:8006", "PROXMOX_TOKEN_ID": "root@pam!k8s",
      "PROXMOX_TOKEN_SECRET_FILE": "/s",
    ]
    let reader = ConfigurationReader(environment: environment, readFile: { $0 == "/s" ? Array("hush\n".utf8) : [] })
    let bytes = try #require(Repository.operatorsFile)
    let configuration = try #require(reader.read(bytes).configuration)
    #expect(configuration.proxmox.endpoint == "https://pve.example.com:8006")
    #expect(configuration.proxmox.tokenID == "root@pam!k8s")
    #expect(configuration.proxmox.tokenSecret?.exposed == "hush")
    #expect(configuration.proxmox.bridge == "vmbr1")
    #expect(configuration.proxmox.vlanTag == 20)
    #expect(configuration.talos.clusterEndpoint == "https://192.168.1.10:6443")
    #expect(configuration.talos.kernelArguments == ["console=ttyS0", "console=tty0"])
    #expect(configuration.priorityClasses.map(\.value) == [500, 1000, 100])
    #expect(configuration.priorityClasses.map(\.preempts) == [true, true, false])
    #expect(configuration.images["gpu-nvidia"]?.extensions == ["nvidia-container-toolkit", "nvidia-driver-535"])
    #expect(
      configuration.alerting
        == {
          var settings = AlertingSettings()
          settings.prometheusEndpoint = "http://prometheus.monitoring.svc:9090"
          return settings
        }())
  }
}
