import Foundation
import Model
import Testing

@testable import ControlLoop
@testable import Decision

/// Looking ahead against reacting only: the same load, the same pool, minute by minute.
@Suite struct ForecastMeasurementTests {
  /// A load that rises and falls with the day, a little otherwise each minute.
  private static func diurnal(days: Int) -> [Double] {
    var seed: UInt64 = 11
    return (0..<days * 1440).map { minute in
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Double(Int(seed >> 33) % 1000) / 1000 * 2 - 1
      let phase = Double(minute % 1440) / 1440 * 2 * Double.pi
      return 22 + 40 * pow(0.5 - 0.5 * cos(phase), 1.5) + noise
    }
  }

  @Test func overADiurnalLoadItIsAboveTheThresholdForShorterAtLittleMoreCost() async {
    let load = Self.diurnal(days: Self.days ?? 4)
    let reacting = await LoadRun.outcome(load, nil, measuredFrom: 3 * 1440)
    for methods in [[.linear], [.daily], [.daily, .linear]] as [[ForecastPolicy.Method]] {
      let ahead = await LoadRun.outcome(load, ForecastPolicy(methods: methods), measuredFrom: 3 * 1440)
      #expect(ahead.minutesAbove <= reacting.minutesAbove, "\(methods)")
      #expect(ahead.workerHours <= reacting.workerHours * 1.10, "\(methods)")
      Self.tell("diurnal \(methods.map(\.rawValue))", reacting, ahead)
    }
  }

  /// Two weeks of the CPU of a machine, every five minutes.
  private static let recorded: [Double]? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    guard
      let text = try? String(contentsOf: root.appendingPathComponent("../shared/data/nab/ec2_cpu.csv"), encoding: .utf8)
    else { return nil }
    let values = text.split(separator: "\n").dropFirst().compactMap { line in
      line.split(separator: ",").last.flatMap { Double($0) }
    }
    // Between two readings the load goes straight from one to the other.
    return zip(values, values.dropFirst()).flatMap { from, to in
      (0..<5).map { from + (to - from) * Double($0) / 5 }
    }
  }()

  @Test(.enabled(if: recorded != nil, "../shared/data/nab/ec2_cpu.csv is not there"))
  func overARecordedLoadItIsNotAboveTheThresholdForLonger() async throws {
    let load = Array(try #require(Self.recorded).prefix((Self.days ?? 3) * 1440))
    let reacting = await LoadRun.outcome(load, nil, measuredFrom: 0)
    for methods in [[.linear], [.daily, .linear]] as [[ForecastPolicy.Method]] {
      let ahead = await LoadRun.outcome(load, ForecastPolicy(methods: methods), measuredFrom: 0)
      #expect(ahead.minutesAbove <= reacting.minutesAbove, "\(methods)")
      #expect(ahead.workerHours <= reacting.workerHours * 1.15, "\(methods)")
      Self.tell("recorded \(methods.map(\.rawValue))", reacting, ahead)
    }
  }

  /// How many days instead of the few that are enough to tell; then the figures are told, too.
  private static let days = ProcessInfo.processInfo.environment["POOLKEEPER_FORECAST_DAYS"].flatMap { Int($0) }

  private static func tell(_ name: String, _ reacting: LoadRun.Outcome, _ ahead: LoadRun.Outcome) {
    func text(_ outcome: LoadRun.Outcome) -> String {
      "\(outcome.minutesAbove) min above, \((outcome.workerHours * 10).rounded() / 10) worker-hours"
    }
    guard days != nil else { return }
    print("\(name): reacting \(text(reacting)); ahead \(text(ahead))")
  }
}

/// A pool under a load that uses the CPU of all its workers alike: decisions as they are made, workers three minutes after
/// they were asked for.
struct LoadRun {
  struct Outcome {
    var minutesAbove = 0
    var workerHours = 0.0
  }

  private static let start = Instant(rfc3339: "2026-11-02T00:00:00Z")!
  private static let threshold = 80.0
  private static let provisioning: Duration = .minutes(3)

  /// Cores in use, by minute.
  private let load: [Double]
  private let measuredFrom: Int
  private var policy: Policy
  private var workers: [WorkerRecord] = []
  private var memory = DecisionMemory()
  private let metrics = RecordedMetrics(start: start)
  private let forecaster = Forecaster()

  init(_ load: [Double], forecast: ForecastPolicy?, measuredFrom: Int) {
    self.load = load
    self.measuredFrom = measuredFrom
    var pool = Setting.permanent(minimum: 3)
    pool.maximum = 40
    pool.monthlyBudget = nil
    pool.templates = ["medium"]
    pool.shrinkCooldown = .seconds(600)
    pool.utilisation = UtilisationPolicy(
      cpuTargetPercent: 70, memoryTargetPercent: 75, growAtPercent: Self.threshold, shrinkAtPercent: 50)
    func trigger(_ name: TriggerName, _ kind: Trigger.Kind) -> Trigger {
      Trigger(
        name: name, pool: pool.name, kind: kind, expression: "load", threshold: Self.threshold, hold: .seconds(120))
    }
    var cpu = trigger("permanent/cpu_pressure", .cpuPressure)
    cpu.forecast = forecast
    policy = Policy(
      clusterName: Setting.cluster, pools: [pool], templates: Setting.templates(),
      triggers: [cpu, trigger("permanent/memory_pressure", .memoryPressure)])
    policy.pace.tick = .seconds(60)
    policy.pace.expectedSampleInterval = .seconds(60)
    policy.provisioning.parallelLimit = 10
    for number in 1...4 {
      workers.append(record(WorkerName(pool: "permanent", number: number), at: Self.start.advanced(by: .hours(-1))))
      workers[number - 1].readyAt = Self.start.advanced(by: .hours(-1))
      workers[number - 1].state = .ready
    }
  }

  private func record(_ name: WorkerName, at now: Instant) -> WorkerRecord {
    var record = WorkerRecord(
      id: WorkerID("\(name)@\(now)"), name: name, pool: "permanent", template: "medium",
      price: HourlyPrice(perHour: Money(0.24)), reason: Reason("test", "For a test."), createdAt: now)
    record.billedFrom = now
    return record
  }

  static func outcome(_ load: [Double], _ forecast: ForecastPolicy?, measuredFrom: Int) async -> Outcome {
    var run = LoadRun(load, forecast: forecast, measuredFrom: measuredFrom)
    return await run.run()
  }

  private mutating func run() async -> Outcome {
    var outcome = Outcome()
    for (minute, used) in load.enumerated() {
      let now = Self.start.advanced(by: .minutes(minute))
      for index in workers.indices where workers[index].state != .ready {
        guard now - workers[index].createdAt >= Self.provisioning else { continue }
        workers[index].state = .ready
        workers[index].readyAt = now
      }
      let cores = 7.8 * Double(workers.count { $0.state == .ready })
      let percent = min(100, 100 * used / cores)
      metrics.record(percent)
      if minute >= measuredFrom {
        if 100 * used / cores > Self.threshold { outcome.minutesAbove += 1 }
        outcome.workerHours += Double(workers.count) / 60
      }
      await decide(percent, now)
    }
    return outcome
  }

  private mutating func decide(_ percent: Double, _ now: Instant) async {
    var snapshot = Snapshot(now: now)
    snapshot.workers = workers
    snapshot.nodes = .known(workers.filter { $0.state == .ready }.map(node), at: now)
    snapshot.pods = .known([pod(now)], at: now)
    snapshot.hosts = .known(
      [
        HostObservation(
          name: "pve-01", online: true, cpuCores: 4096, memoryBytes: .gigabytes(9000),
          freeStorageBytes: .gigabytes(90_000))
      ], at: now)
    snapshot.machines = .known([], at: now)
    snapshot.spending = Ledger.spending(of: workers, machines: [], now: now, policy: policy)
    snapshot.memory = memory
    snapshot.readings = [
      "permanent/cpu_pressure": .known(Reading(value: percent, at: now), at: now),
      "permanent/memory_pressure": .known(Reading(value: 30, at: now), at: now),
    ]
    snapshot.forecasts = await forecaster.forecasts(policy, snapshot.readings, from: metrics, at: now)
    let decision = Decision.plan(snapshot: snapshot, policy: policy)
    #expect(PlanChecker.check(decision.plan, snapshot: snapshot, policy: policy).isEmpty)
    memory = decision.memory
    for retirement in decision.plan.retirements {
      workers.removeAll { $0.name == retirement.worker }
      memory.pools["permanent"]?.shrunkAt = now
    }
    workers += decision.plan.creations.map { record($0.worker, at: now) }
  }

  private func node(_ worker: WorkerRecord) -> NodeObservation {
    var node = NodeObservation(
      name: NodeName(worker.name.rawValue), uid: worker.id.rawValue, createdAt: worker.createdAt,
      allocatable: Resources(
        cpuMillicores: 7800, memoryBytes: .mebibytes(15 * 1024), ephemeralStorageBytes: .gigabytes(90), pods: 100))
    node.conditions["Ready"] = NodeObservation.Condition(status: .yes, since: worker.createdAt)
    return node
  }

  /// A pod that asks for nothing and may use anything: so a new worker helps, and none is held by what runs there.
  private func pod(_ now: Instant) -> PodObservation {
    var pod = PodObservation(
      key: PodKey(namespace: "default", name: "load"), uid: "load", createdAt: now, phase: .running,
      requests: Resources(cpuMillicores: 0, memoryBytes: 0))
    pod.node = workers.first { $0.state == .ready }.map { NodeName($0.name.rawValue) }
    pod.ownerKind = "ReplicaSet"
    pod.ownerName = "load"
    return pod
  }
}
