import Model
import Ports
import Simulator
import Testing

@Suite struct ExporterTests {
  static func loaded() throws -> World {
    var world = Fixture.world(timings: .fast)
    try world.join("permanent", 1, labels: ["worker-type": "permanent"])
    try world.join("gpu", 1, template: Fixture.gpu, taints: [Taint(key: "nvidia.com/gpu", effect: .noSchedule)])
    var pod = Fixture.pod(2000)
    pod.cpuUse = .constant(0.5)
    world.add(Fixture.deployment("web", replicas: 5, pod: pod))
    world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .minAvailable(2)))
    world.pass(.seconds(10))
    return world
  }

  func sum(_ samples: [ExporterSample], _ family: String, _ labels: [String: String] = [:]) -> Double {
    samples.filter { sample in
      sample.family == family && labels.allSatisfy { sample.label($0.key) == $0.value }
    }.reduce(0) { $0 + $1.value }
  }

  @Test func kubeStateMetricsTellTheStateOfPodsNodesAndBudgets() throws {
    var world = try Self.loaded()
    let samples = world.kubeStateMetrics()
    let pods = try world.podObservations(at: world.now)
    for phase in [PodObservation.Phase.pending, .running, .succeeded, .failed, .unknown] {
      #expect(
        sum(samples, "kube_pod_status_phase", ["phase": phase.rawValue]) == Double(pods.count { $0.phase == phase }))
    }
    #expect(sum(samples, "kube_pod_status_phase", ["phase": "Running"]) == 3)
    #expect(sum(samples, "kube_pod_status_unschedulable") == 2)
    #expect(sum(samples, "kube_pod_info") == 5)
    #expect(sum(samples, "kube_pod_info", ["node": "worker-permanent-001", "created_by_kind": "ReplicaSet"]) == 3)
    let requested = ["resource": "cpu", "unit": "core"]
    #expect(sum(samples, "kube_pod_container_resource_requests", requested) == 10)
    #expect(sum(samples, "kube_node_status_allocatable", requested) == 15.6)
    #expect(sum(samples, "kube_node_status_allocatable", ["resource": "nvidia_com_gpu", "unit": "integer"]) == 1)
    #expect(sum(samples, "kube_node_status_condition", ["condition": "Ready", "status": "true"]) == 2)
    #expect(sum(samples, "kube_node_labels", ["label_worker_type": "permanent"]) == 1)
    #expect(sum(samples, "kube_node_info") == 2 && sum(samples, "kube_node_spec_unschedulable") == 0)
    #expect(sum(samples, "kube_poddisruptionbudget_status_current_healthy") == 3)
    #expect(sum(samples, "kube_poddisruptionbudget_status_desired_healthy") == 2)
    #expect(sum(samples, "kube_poddisruptionbudget_status_pod_disruptions_allowed") == 1)
    #expect(sum(samples, "kube_poddisruptionbudget_status_expected_pods") == 5)
  }

  @Test func seriesAreDistinctAndFamiliesStandTogether() throws {
    let world = try Self.loaded()
    for samples in [world.kubeStateMetrics(), world.nodeExporterMetrics()] {
      let keys = samples.map { $0.family + $0.labels.map { "|\($0.name)=\($0.value)" }.joined() }
      #expect(Set(keys).count == keys.count)
      let runs = zip(samples, samples.dropFirst()).count { $0.family != $1.family } + 1
      #expect(runs == Set(samples.map(\.family)).count)
      #expect(samples.allSatisfy { $0.value.isFinite && !$0.help.isEmpty })
    }
  }

  @Test func cpuSecondsGrowWithTimeAndLoadAndAddUp() throws {
    var world = try Self.loaded()
    let before = world.nodeExporterMetrics(instance: .nodeName)
    world.pass(.seconds(100))
    let after = world.nodeExporterMetrics(instance: .nodeName)
    let plain = ["instance": "worker-permanent-001"]
    func grown(_ labels: [String: String]) -> Double {
      sum(after, "node_cpu_seconds_total", labels) - sum(before, "node_cpu_seconds_total", labels)
    }
    // Eight cores; three pods with half of 2 cores each, give or take a tenth, and the system's own share.
    #expect(abs(grown(plain) - 800) < 0.01)
    let busy = grown(plain) - grown(plain.merging(["mode": "idle"]) { $1 })
    #expect(busy >= 282 && busy <= 342, "\(busy)")
    let idle = grown(["instance": "worker-gpu-001"]) - grown(["instance": "worker-gpu-001", "mode": "idle"])
    #expect(abs(idle - 12) < 0.01, "an empty worker uses less than five percent")
    let cpuPercent = try #require(try world.nodeObservations(at: world.now).last?.cpuPercent)
    #expect(abs(cpuPercent - busy / 8) < 0.1)
    #expect(sum(after, "node_memory_MemTotal_bytes", plain) == Double(Fixture.medium.machine.memoryBytes))
    let used = sum(after, "node_memory_MemTotal_bytes", plain) - sum(after, "node_memory_MemAvailable_bytes", plain)
    let least: Double = 900 * 1_048_576
    #expect(used > least)
  }

  @Test func cpuSecondsOfPodsThatHaveGoneAreKeptUntilTheMachineBoots() throws {
    var world = Fixture.world(timings: .fast)
    let machine = try world.join("permanent", 1)
    var pod = Fixture.pod(4000)
    pod.cpuUse = .constant(1)
    let replicas = LoadProfile(origin: world.now, points: [.init(.zero, 1), .init(.seconds(100), 0)])
    world.add(Workload(name: "web", kind: .deployment(replicas: replicas), pod: pod, startsAt: world.now))
    func user() -> Double { sum(world.nodeExporterMetrics(), "node_cpu_seconds_total", ["mode": "user"]) }
    var last = user()
    for _ in 0..<200 {
      world.pass(.seconds(1))
      let present = user()
      #expect(present >= last)
      last = present
    }
    #expect(world.pods.isEmpty)
    // Four cores for about 100 s and a little for the system; four fifths of it in user mode.
    #expect(last > 0.8 * 0.9 * 400 && last < 0.8 * 1.1 * 430, "\(last)")
    try world.reboot(machine, at: world.now)
    world.pass(.seconds(10))
    #expect(user() < 5)
  }

  @Test func lookingAtExportersChangesNothing() throws {
    var looked = try Self.loaded()
    var left = looked
    for _ in 0..<50 {
      looked.pass(.seconds(7))
      _ = looked.nodeExporterMetrics()
      _ = looked.kubeStateMetrics()
    }
    left.pass(.seconds(350))
    #expect(looked == left)
    #expect(looked.nodeExporterMetrics() == left.nodeExporterMetrics())
  }

  @Test func aMachineThatIsOffShowsNothingAndOneWithADeadKubeletGoesOn() throws {
    var world = try Self.loaded()
    let machine = try #require(world.nodes["worker-permanent-001"]?.machine)
    world.add(ScheduledFault(at: world.now, kind: .kubeletDies(.node("worker-permanent-001"), cure: .restart)))
    world.pass(.seconds(10))
    #expect(Set(world.nodeExporterMetrics().compactMap { $0.label("instance") }).count == 2)
    try world.stop(machine, owner: Fixture.owner("permanent", 1), at: world.now)
    #expect(Set(world.nodeExporterMetrics().compactMap { $0.label("instance") }).count == 1)
  }
}

@Suite struct SaturationTests {
  /// Prometheus takes a counter that falls for a restart, and a rate over it for an enormous one.
  @Test func cpuCountersNeverFallThoughPodsWantMoreThanThereIs() throws {
    let start = Instant(seconds: 1_700_000_000)
    var world = Scenario.pressure(start: start).world
    var hardware = Template(
      name: "medium", source: MachineID(9002),
      machine: Template.Machine(cpuCores: 8, memoryBytes: .mebibytes(16_384), diskBytes: .gigabytes(200)),
      allocatable: Resources(cpuMillicores: 7800, memoryBytes: .mebibytes(15_360), pods: 100),
      price: HourlyPrice(perHour: Money(0.24)))
    hardware.kubernetesVersion = "1.31.0"
    let owner = MachineOwner(cluster: "prod-k8s", pool: "burst", worker: "worker-burst-001", id: "one")
    let (machine, _) = try world.clone(CloneRequest(template: hardware, owner: owner, createdAt: start), at: start)
    var now = start.advanced(by: .seconds(2))
    try world.configure(machine, owner: owner, as: hardware, at: now)
    try world.start(machine, owner: owner, at: now)
    now = now.advanced(by: .seconds(2))
    try world.apply(NodeConfiguration(hostname: "worker-burst-001", labels: [:], taints: []), to: machine, at: now)
    var before: [String: Double] = [:]
    for second in 5..<90 {
      world.advance(to: start.advanced(by: .seconds(second)))
      for sample in world.nodeExporterMetrics() where sample.family == "node_cpu_seconds_total" {
        let key = sample.labels.map(\.value).joined(separator: ",")
        #expect(sample.value >= before[key] ?? 0, "\(key) fell in second \(second)")
        before[key] = sample.value
      }
    }
    #expect(before.count == 24)
  }
}
