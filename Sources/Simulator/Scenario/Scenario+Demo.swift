public import Model

extension Scenario {
  /// An afternoon and a night of a small shop on three hosts, six and a half hours long: a quiet site, a traffic spike
  /// four times as big, a batch of jobs for spot workers, a training job that needs a GPU, a node whose kubelet dies,
  /// and the quiet of the night in which everything temporary goes again.
  ///
  /// There is no worker at the start. Labels and taints are those of the user's pools, template machines have the
  /// user's numbers 9001 to 9004. Machines of other people stand on the same hosts.
  public static func demo(
    start: Instant, seed: UInt64 = 1, clusterName: String = "prod-k8s", timings: WorldTimings = WorldTimings()
  ) -> Scenario {
    var world = World(seed: seed, start: start, clusterName: clusterName, timings: timings)
    addHosts(to: &world)
    addBaseline(to: &world, start: start)
    addJobs(to: &world, start: start)
    let failure = start.advanced(by: .minutes(195))
    world.add(
      ScheduledFault(
        at: failure, kind: .kubeletDies(.anyNode(label: "node-pool", value: "permanent"), cure: .restart)))
    func chapter(_ minutes: Int, _ title: String) -> Chapter {
      Chapter(at: start.advanced(by: .minutes(minutes)), title: title)
    }
    return Scenario(
      name: "demo", start: start, end: start.advanced(by: .minutes(390)),
      chapters: [
        chapter(0, "The permanent workers come up."), chapter(10, "The site opens: 8 web pods."),
        chapter(45, "A traffic spike: 32 web pods."), chapter(105, "The spike is over."),
        chapter(120, "A batch of 10 jobs for spot workers."), chapter(150, "A training job needs a GPU."),
        chapter(195, "A kubelet dies on a permanent worker."), chapter(240, "The night: 4 web pods."),
      ], world: world)
  }

  static func addHosts(to world: inout World) {
    let names: [HostName] = ["pve-01", "pve-02", "pve-03"]
    for name in names {
      world.add(
        SimulatedHost(
          name: name, cpuCores: 64, memoryBytes: .mebibytes(256 * 1024), storageBytes: .gigabytes(8000),
          gpus: name == "pve-03" ? 0 : 1))
    }
    let templates = ["small", "medium", "large", "gpu-nvidia"]
    for (index, name) in templates.enumerated() {
      world.addTemplateMachine(MachineID(9001 + index), name: "talos-worker-\(name)", on: names[0])
    }
    let hardware = Template.Machine(cpuCores: 4, memoryBytes: .mebibytes(16 * 1024), diskBytes: .gigabytes(500))
    world.addForeignMachine(MachineID(100), name: "nas", on: names[1], hardware: hardware)
    world.addForeignMachine(MachineID(101), name: "mail", on: names[2], hardware: hardware)
    // The same name and number form as ours, but of another cluster: a trap for whoever trusts names.
    world.addForeignMachine(
      MachineID(200), name: "worker-burst-001", on: names[2], hardware: hardware,
      owner: MachineOwner(cluster: "staging-k8s", pool: "burst", worker: "worker-burst-001", id: "of-another-cluster"))
  }

  static func addDaemons(to world: inout World, start: Instant) {
    var network = PodTemplate(
      requests: Resources(cpuMillicores: 100, memoryBytes: .mebibytes(256)), labels: ["app": "cilium"])
    network.tolerations = [Toleration(key: "", operator: .exists)]
    network.priority = 2_000_001_000
    network.priorityClass = "system-node-critical"
    world.add(
      Workload(name: "cilium", namespace: "kube-system", kind: .daemonSet, pod: network, startsAt: start))
    var exporter = network
    exporter.labels = ["app": "node-exporter"]
    exporter.requests.cpuMillicores = 50
    exporter.requests.memoryBytes = .mebibytes(64)
    world.add(
      Workload(name: "node-exporter", namespace: "monitoring", kind: .daemonSet, pod: exporter, startsAt: start))
  }

  private static func addBaseline(to world: inout World, start: Instant) {
    addDaemons(to: &world, start: start)
    var web = PodTemplate(
      requests: Resources(cpuMillicores: 1500, memoryBytes: .mebibytes(2048)), labels: ["app": "web-server"])
    web.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
    web.priority = 500
    web.priorityClass = "burst-workload"
    web.cpuUse = LoadProfile(
      origin: start,
      points: [.init(.zero, 0.45), .init(.minutes(45), 0.7), .init(.minutes(105), 0.45), .init(.minutes(240), 0.25)])
    web.memoryUse = .constant(0.6)
    let replicas = LoadProfile(
      origin: start,
      points: [
        .init(.minutes(10), 8), .init(.minutes(45), 20), .init(.minutes(50), 32), .init(.minutes(105), 16),
        .init(.minutes(110), 8), .init(.minutes(240), 4),
      ])
    var workload = Workload(
      name: "web", namespace: "shop", kind: .deployment(replicas: replicas), pod: web,
      startsAt: start.advanced(by: .minutes(10)))
    workload.leavesFirst = ["worker-type": "temporary"]
    world.add(workload)
    world.add(
      DisruptionBudget(
        name: "web", namespace: "shop", selector: ["app": "web-server"], bound: .maxUnavailable(2)))
  }

  private static func addJobs(to world: inout World, start: Instant) {
    var batch = PodTemplate(
      requests: Resources(cpuMillicores: 2000, memoryBytes: .mebibytes(3072)), labels: ["app": "nightly-report"])
    batch.tolerations = [
      Toleration(key: "workload-type", value: "spot", effect: .noSchedule),
      Toleration(key: "preemptible", value: "true", effect: .preferNoSchedule),
    ]
    batch.nodeSelector = ["worker-type": "preemptible"]
    batch.priority = 100
    batch.priorityClass = "spot-workload"
    batch.cpuUse = .constant(0.95)
    world.add(
      Workload(
        name: "nightly-report", namespace: "batch",
        kind: .job(pods: 10, runtime: .seconds(1200, to: 1800)), pod: batch,
        startsAt: start.advanced(by: .minutes(120))))

    var training = PodTemplate(
      requests: Resources(
        cpuMillicores: 4000, memoryBytes: .mebibytes(16 * 1024), extended: ["nvidia.com/gpu": 1]),
      labels: ["app": "training"])
    training.tolerations = [Toleration(key: "nvidia.com/gpu", operator: .exists, effect: .noSchedule)]
    training.priority = 500
    training.cpuUse = .constant(0.8)
    world.add(
      Workload(
        name: "training", namespace: "ml", kind: .job(pods: 1, runtime: .seconds(1680, to: 1920)), pod: training,
        startsAt: start.advanced(by: .minutes(150))))
  }
}
