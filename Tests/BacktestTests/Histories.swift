import Model

@testable import Backtest

/// Policies and histories that tests share.
enum Histories {
  static let start = Instant(rfc3339: "2026-11-02T00:00:00Z")!

  static func at(_ seconds: Int) -> Instant { start.advanced(by: .seconds(seconds)) }

  /// A template whose price is given in whole units an hour; it offers what its machine has.
  static func template(_ name: TemplateName, cores: Int64, gibibytes: Int64, price: Double, gpus: Int64 = 0) -> Template
  {
    Template(
      name: name, source: MachineID(9000),
      machine: Template.Machine(
        cpuCores: Int(cores), memoryBytes: gibibytes << 30, diskBytes: 1 << 30, gpus: Int(gpus)),
      allocatable: Resources(
        cpuMillicores: cores * 1000, memoryBytes: gibibytes << 30, ephemeralStorageBytes: 1 << 40, pods: 110,
        extended: ["nvidia.com/gpu": gpus]), price: HourlyPrice(perHour: Money(price)))
  }

  static let small = template("small", cores: 4, gibibytes: 16, price: 3.6)
  static let large = template("large", cores: 16, gibibytes: 64, price: 10.8)

  /// One burst pool that serves every pod that waits, at once.
  static func policy(_ templates: [Template] = [small], hold: Duration = .zero, maximum: Int = 50) -> Policy {
    var pool = Pool(
      name: "burst", kind: .burst, maximum: maximum, defaultTemplate: templates[0].name,
      templates: templates.map(\.name).sorted())
    pool.idleTimeout = .minutes(5)
    pool.shrinkCooldown = .zero
    var policy = Policy(
      clusterName: "replayed", pools: [pool], templates: templates,
      triggers: [
        Trigger(
          name: "burst/pending_pods", pool: "burst", kind: .pendingPods, expression: "vector(1)", threshold: 1,
          hold: hold)
      ])
    policy.provisioning.parallelLimit = 50
    return policy
  }

  /// Times without chance: 45 s to clone, 105 s to start, 60 s to remove.
  static var exact: ReplaySetting {
    var setting = ReplaySetting()
    setting.spreadPercent = 0
    return setting
  }

  static func pod(
    _ name: String, from: Int, to: Int? = nil, runs: Int? = nil, cpu: Int64 = 1000, gibibytes: Int64 = 1
  ) -> RecordedPod {
    var observed = PodObservation(
      key: PodKey(namespace: "test", name: name), uid: name, createdAt: at(from), phase: .pending,
      requests: Resources(cpuMillicores: cpu, memoryBytes: gibibytes << 30, pods: 1))
    observed.ownerKind = runs == nil ? "ReplicaSet" : "Job"
    observed.ownerName = name
    return RecordedPod(
      pod: observed, createdAt: at(from), runsFor: runs.map { .seconds($0) }, deletedAt: to.map(at))
  }

  static func history(_ pods: [RecordedPod], hours: Int = 1) -> History {
    History(
      source: "a test", start: start, end: start.advanced(by: .hours(hours)),
      pods: pods.sorted { ($0.createdAt, $0.pod.key) < ($1.createdAt, $1.pod.key) })
  }

  /// Services and work of a seed: some dozens within two days.
  static func drawn(_ seed: UInt64, hours: Int = 48) -> History {
    var random = SplitMixNumbers(seed: seed &* 7919 &+ 1)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let pods = (0..<number(20...60)).map { index -> RecordedPod in
      let from = number(60...(hours * 3600 - 7200))
      let span = number(30...(number(0...4) == 0 ? 40_000 : 4000))
      let isWork = number(0...1) == 0
      return pod(
        "pod-\(index)", from: from, to: isWork ? nil : from + span, runs: isWork ? span : nil,
        cpu: Int64(number(1...15)) * 250, gibibytes: Int64(number(1...15)))
    }
    return history(pods, hours: hours)
  }
}
