import Model
import Ports
import Simulator

/// Pools, templates and small worlds like the operator's own.
enum Setting {
  static let start = Instant(rfc3339: "2026-11-10T12:00:00Z")!
  static let cluster = "prod-k8s"
  static let burstTaint = Taint(key: "workload-type", value: "burst", effect: .noSchedule)

  static func templates() -> [Template] {
    func template(
      _ name: TemplateName, _ source: Int, cores: Int, gibibytes: Int64, price: Double, gpus: Int64 = 0
    ) -> Template {
      Template(
        name: name, source: MachineID(source),
        machine: .init(
          cpuCores: cores, memoryBytes: .mebibytes(gibibytes * 1024), diskBytes: .gigabytes(Int64(cores) * 20),
          gpus: Int(gpus)),
        allocatable: Resources(
          cpuMillicores: Int64(cores) * 1000 - 200, memoryBytes: .mebibytes((gibibytes - 1) * 1024),
          ephemeralStorageBytes: .gigabytes(Int64(cores) * 19), pods: 100, extended: ["nvidia.com/gpu": gpus]),
        price: HourlyPrice(perHour: Money(price)))
    }
    return [
      template("small", 9001, cores: 4, gibibytes: 8, price: 0.12),
      template("medium", 9002, cores: 8, gibibytes: 16, price: 0.24),
      template("large", 9003, cores: 16, gibibytes: 32, price: 0.48),
      template("gpu-nvidia", 9004, cores: 8, gibibytes: 32, price: 1.2, gpus: 1),
    ]
  }

  static func permanent(minimum: Int) -> Pool {
    var pool = Pool(
      name: "permanent", kind: .permanent, minimum: minimum, maximum: 10, defaultTemplate: "medium",
      templates: ["large", "medium", "small"])
    pool.utilisation = UtilisationPolicy(
      cpuTargetPercent: 65, memoryTargetPercent: 70, growAtPercent: 80, shrinkAtPercent: 45)
    pool.labels["worker-type"] = "permanent"
    pool.growCooldown = .seconds(300)
    pool.shrinkCooldown = .seconds(900)
    pool.monthlyBudget = Money(1000)
    pool.servesPendingPods = false
    return pool
  }

  static func burst() -> Pool {
    var pool = Pool(
      name: "burst", kind: .burst, maximum: 20, defaultTemplate: "medium", templates: ["large", "medium", "small"])
    pool.labels["worker-type"] = "temporary"
    pool.taints = [burstTaint]
    pool.timeToLive = TimeToLivePolicy(standard: .hours(4), maximum: .hours(8))
    pool.idleTimeout = .minutes(20)
    pool.growCooldown = .seconds(180)
    pool.monthlyBudget = Money(200)
    return pool
  }

  static func spot() -> Pool {
    var pool = Pool(
      name: "spot", kind: .spot, maximum: 12, defaultTemplate: "medium", templates: ["large", "medium", "small"])
    pool.labels["worker-type"] = "preemptible"
    pool.taints = [
      Taint(key: "workload-type", value: "spot", effect: .noSchedule),
      Taint(key: "preemptible", value: "true", effect: .preferNoSchedule),
    ]
    pool.savingPercent = 70
    pool.idleTimeout = .minutes(30)
    pool.monthlyBudget = Money(100)
    return pool
  }

  static func gpu() -> Pool {
    var pool = Pool(name: "gpu", kind: .gpu, maximum: 3, defaultTemplate: "gpu-nvidia", templates: ["gpu-nvidia"])
    pool.taints = [Taint(key: "nvidia.com/gpu", value: "true", effect: .noSchedule)]
    pool.labels["worker-type"] = "gpu"
    pool.idleTimeout = .minutes(60)
    pool.monthlyBudget = Money(600)
    return pool
  }

  /// All four pools with the triggers that the configuration's reader makes of the operator's file.
  static func policy(minimum: Int = 2) -> Policy {
    func trigger(
      _ pool: PoolName, _ kind: Trigger.Kind, _ expression: String, _ threshold: Double, _ hold: Duration
    ) -> Trigger {
      Trigger(
        name: TriggerName("\(pool)/\(kind.rawValue)"), pool: pool, kind: kind, expression: expression,
        threshold: threshold, hold: hold)
    }
    var policy = Policy(
      clusterName: cluster, pools: [permanent(minimum: minimum), burst(), spot(), gpu()], templates: templates(),
      triggers: [
        trigger("permanent", .cpuPressure, WorldMetrics.cpu, 80, .seconds(120)),
        trigger("permanent", .memoryPressure, WorldMetrics.memory, 80, .seconds(120)),
        trigger("burst", .pendingPods, WorldMetrics.pending, 5, .seconds(120)),
        trigger("burst", .cpuPressure, WorldMetrics.cpu, 88, .seconds(300)),
        trigger("burst", .memoryPressure, WorldMetrics.memory, 90, .seconds(300)),
        trigger("spot", .pendingPods, WorldMetrics.pending, 1, .seconds(60)),
      ])
    policy.money.burstEventMaximum = Money(50)
    policy.money.monthlyBudget = Money(1200)
    return policy
  }

  /// Three hosts with room, the template machines, a machine of other people; no load.
  static func world(seed: UInt64 = 1, timings: WorldTimings = .fast) -> World {
    var world = World(seed: seed, start: start, clusterName: cluster, timings: timings)
    for name in ["pve-01", "pve-02", "pve-03"] {
      world.add(
        SimulatedHost(
          name: HostName(name), cpuCores: 64, memoryBytes: .mebibytes(256 * 1024), storageBytes: .gigabytes(8000),
          gpus: 1))
    }
    for template in templates() {
      world.addTemplateMachine(template.source, name: "talos-\(template.name)", on: "pve-01")
    }
    world.addForeignMachine(
      MachineID(100), name: "nas", on: "pve-02",
      hardware: Template.Machine(cpuCores: 4, memoryBytes: .mebibytes(8192), diskBytes: .gigabytes(500)))
    return world
  }

  /// Pods that run on burst workers only.
  static func burstPods(_ name: String, count: Double, millicores: Int64 = 1500) -> Workload {
    var pod = PodTemplate(
      requests: Resources(cpuMillicores: millicores, memoryBytes: .mebibytes(1024)), labels: ["app": name])
    pod.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
    pod.nodeSelector = ["node-pool": "burst"]
    return Workload(name: name, kind: .deployment(replicas: .constant(count)), pod: pod, startsAt: start)
  }
}
