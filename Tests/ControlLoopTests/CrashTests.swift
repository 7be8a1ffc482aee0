import ControlLoop
import Model
import Ports
import Simulator
import Testing

/// A process that dies at any boundary between it and the world goes on where it was: nothing doubled, nothing lost.
@Suite struct CrashTests {
  private static let seeds = 0..<50
  private static let downtime: Duration = .seconds(20)

  /// Requests alone decide, so that a run is what the crashes make of it.
  private static func policy() -> Policy {
    var policy = Setting.policy(minimum: 0)
    policy.triggers = []
    return policy
  }

  private static func serially<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    let thread = OneThread()
    return try await withTaskExecutorPreference(thread) { try await body() }
  }

  /// What a run may bill late: the looks that fell into downtimes, and those next to them.
  private static func lost(_ run: CrashRun) -> Duration {
    downtime * run.kills.count + policy().pace.tick * (2 + run.kills.count)
  }

  private static func provision(_ run: CrashRun, seed: Int) async throws -> CrashRun.Outcome {
    try await run.run(
      Setting.world(seed: UInt64(seed)), policy: policy(),
      order: { bench in _ = try await bench.order(3, id: "rush") }, until: { $0.ready("burst") == 3 })
  }

  private static func shrink(_ run: CrashRun, seed: Int) async throws -> CrashRun.Outcome {
    var world = Setting.world(seed: UInt64(seed))
    world.add(Setting.burstPods("web", count: 6, millicores: 1000))
    world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .maxUnavailable(2)))
    return try await run.run(
      world, policy: policy(),
      prepare: { bench in
        _ = try await bench.order(3)
        await bench.run { bench.ready("burst") == 3 }
        await bench.steps(3)
      },
      order: { bench in
        for name: WorkerName in ["worker-burst-001", "worker-burst-002"] {
          do { _ = try await bench.loop.remove(name, force: false, by: "ann") } catch let error as OperationError {
            // The order had arrived before the crash.
            guard error.code == .conflict || error.code == .notFound else { throw error }
          }
        }
      }, until: { $0.workers.count == 1 && $0.ready("burst") == 1 })
  }

  /// Three to six kills, the first at each boundary in turn: more than a step has attempts.
  private static func kills(_ seed: Int) -> [Int] {
    var random = SplitMix64(seed: UInt64(seed) &+ 1_000)
    let more = (0..<Int.random(in: 2...5, using: &random)).map { _ in Int.random(in: 1...40, using: &random) }
    return [seed + 1] + more
  }

  @Test func aRunWithoutCrashesIsSound() async throws {
    try await Self.serially {
      let provisioned = try await Self.provision(CrashRun(kills: []), seed: 3)
      provisioned.expectSound(machines: 3, lost: .seconds(10), "provisioning")
      let shrunk = try await Self.shrink(CrashRun(kills: []), seed: 3)
      shrunk.expectSound(machines: 3, lost: .seconds(10), "removing")
    }
  }

  @Test(arguments: seeds) func provisioningGoesOnAfterCrashes(seed: Int) async throws {
    try await Self.serially {
      let run = CrashRun(kills: Self.kills(seed), downtime: Self.downtime)
      let outcome = try await Self.provision(run, seed: seed)
      #expect(outcome.crashes > 0 || run.kills[0] > outcome.boundaries)
      outcome.expectSound(machines: 3, lost: Self.lost(run), "kills at \(run.kills)")
      #expect(outcome.bench.workers.allSatisfy { $0.request == "rush" })
    }
  }

  @Test func callsThatNeverLeftAreNotTheMachinesFault() async throws {
    try await Self.serially {
      let run = CrashRun(kills: [17, 19, 6], downtime: Self.downtime)
      let outcome = try await Self.provision(run, seed: 16)
      #expect(outcome.crashes == 3)
      outcome.expectSound(machines: 3, lost: Self.lost(run), "kills at \(run.kills)")
      #expect(outcome.bench.workers.map(\.state) == [.ready, .ready, .ready])
    }
  }

  @Test(arguments: seeds) func removalGoesOnAfterCrashes(seed: Int) async throws {
    try await Self.serially {
      let run = CrashRun(kills: Self.kills(seed), downtime: Self.downtime)
      let outcome = try await Self.shrink(run, seed: seed)
      #expect(outcome.crashes > 0 || run.kills[0] > outcome.boundaries)
      outcome.expectSound(machines: 3, lost: Self.lost(run), "kills at \(run.kills)")
      #expect(outcome.bench.world.look { $0.report.podsLost } == 0)
    }
  }
}
