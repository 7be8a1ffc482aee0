public import Model

extension Scenario {
  /// A minute in which pods that have their nodes begin to use far more than before: CPU pressure without a single pod
  /// that waits. Everything is made within a second or so, so that it can be followed in real time by a real Prometheus.
  ///
  /// Made for a permanent pool whose minimum is two workers of 8 cores: nine pods of 1.5 cores go from 20 % to 112 % of
  /// what they asked for, 30 s after the start.
  public static func pressure(start: Instant, seed: UInt64 = 1, clusterName: String = "prod-k8s") -> Scenario {
    var world = World(seed: seed, start: start, clusterName: clusterName, timings: .fast)
    for name: HostName in ["pve-01", "pve-02"] {
      world.add(
        SimulatedHost(
          name: name, cpuCores: 64, memoryBytes: .mebibytes(256 * 1024), storageBytes: .gigabytes(8000)))
    }
    for (index, name) in ["small", "medium", "large", "gpu-nvidia"].enumerated() {
      world.addTemplateMachine(MachineID(9001 + index), name: "talos-worker-\(name)", on: "pve-01")
    }
    var pod = PodTemplate(
      requests: Resources(cpuMillicores: 1500, memoryBytes: .mebibytes(1024)), labels: ["app": "web-server"])
    pod.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
    pod.cpuUse = LoadProfile(origin: start, points: [.init(.zero, 0.2), .init(.seconds(30), 1.12)])
    world.add(
      Workload(
        name: "web", namespace: "shop", kind: .deployment(replicas: .constant(9)), pod: pod, startsAt: start))
    return Scenario(
      name: "pressure", start: start, end: start.advanced(by: .seconds(90)),
      chapters: [
        Chapter(at: start, title: "Nine pods come up."),
        Chapter(at: start.advanced(by: .seconds(30)), title: "They use far more than they asked for."),
      ], world: world)
  }
}
