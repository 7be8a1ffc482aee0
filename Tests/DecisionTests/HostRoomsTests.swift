import Model
import Testing

@testable import Decision

/// How full hosts may be, by the policy; the checker must agree to the last core.
@Suite struct HostRoomsTests {
  /// One host of 64 cores, 256 GiB and 8,000 GB with nothing on it; a medium worker takes 8, 16 GiB and 200 GB.
  private func scene(_ change: (inout PlacementPolicy) -> Void) -> Scene {
    var scene = Scene()
    scene.snapshot.workers = []
    scene.snapshot.nodes = .known([], at: Scene.now)
    scene.snapshot.pods = .known([], at: Scene.now)
    scene.changePool("permanent") { $0.minimum = 0 }
    scene.changePool("burst") {
      $0.maximum = 100
      $0.monthlyBudget = nil
    }
    scene.policy.money.burstEventMaximum = nil
    scene.policy.provisioning.parallelLimit = 100
    scene.snapshot.hosts = scene.snapshot.hosts.map { Array($0.prefix(1)) }
    change(&scene.policy.placement)
    scene.addRequest(100, pool: "burst")
    return scene
  }

  /// CPU and memory as often over; cores, MiB and GB for the host itself; workers that it holds.
  @Test(
    arguments: [
      ("memory once: 256 of 16 GiB each", 4, 1, 0, 0, 0, 16), ("CPU no more than once", 1, 1, 0, 0, 0, 8),
      ("CPU one and a half times", 1.5, 1, 0, 0, 0, 12), ("two cores for the host", 1, 1, 2, 0, 0, 7),
      ("the reserve goes off before the ratio", 2, 1, 60, 0, 0, 1), ("memory half as much again", 4, 1.5, 0, 0, 0, 24),
      ("a GiB of memory for the host", 4, 1, 0, 1024, 0, 15), ("storage for the host", 4, 1, 0, 0, 7000, 5),
      ("more for the host than there is", 4, 1, 100, 0, 0, 0),
    ] as [(String, Double, Double, Int, Int64, Int64, Int)])
  func fillsAHostAsFarAsThePolicyLets(
    _ name: String, _ cpu: Double, _ memory: Double, _ cores: Int, _ mebibytes: Int64, _ gigabytes: Int64,
    _ expected: Int
  ) {
    let scene = scene {
      $0.cpuOvercommit = cpu
      $0.memoryOvercommit = memory
      $0.reservedCPUCores = cores
      $0.reservedMemoryBytes = .mebibytes(mebibytes)
      $0.reservedStorageBytes = .gigabytes(gigabytes)
    }
    let plan = scene.decide().plan
    #expect(plan.creations.count == expected, "\(name)")
    #expect(PlanChecker.check(plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty, "\(name)")
  }

  /// Eight workers fill 64 cores; each reserve is a unit more than the host can spare.
  @Test(
    arguments: [(1, 0, 0), (0, Int64.mebibytes(128 * 1024) + 1, 0), (0, 0, Int64.gigabytes(6400) + 1)]
      as [(Int, Int64, Int64)])
  func theCheckerRefusesOneTooMany(_ cores: Int, _ memory: Int64, _ storage: Int64) {
    let plan = scene { $0.cpuOvercommit = 1 }.decide().plan
    #expect(plan.creations.count == 8)
    func violations(_ cores: Int, _ memory: Int64, _ storage: Int64) -> [PlanViolation.Rule] {
      let tighter = scene {
        $0.cpuOvercommit = 1
        $0.reservedCPUCores = cores
        $0.reservedMemoryBytes = memory
        $0.reservedStorageBytes = storage
      }
      return PlanChecker.check(plan, snapshot: tighter.snapshot, policy: tighter.policy).map(\.rule)
    }
    #expect(violations(cores, memory, storage) == [.hostCapacity])
    #expect(violations(max(0, cores - 1), max(0, memory - 1), max(0, storage - 1)).isEmpty)
  }
}
