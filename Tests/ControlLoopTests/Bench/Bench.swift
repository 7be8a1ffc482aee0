import Exposition
import Logging
import Model
import Ports
import Simulator
import Synchronization

@testable import ControlLoop

/// A loop over a simulated world in virtual time: one step moves the clock by one tick and ticks once.
///
/// The world, the journal and the clock outlive the loop, so that a test can kill it and start another.
final class Bench {
  let clock: HandClock
  let journal = MemoryJournal()
  let world: SimulatedInfrastructure
  let metrics: WorldMetrics
  let policy: Policy
  private let identities = CountingIdentities()
  private let source: (any MetricSource)?
  private let mode: Status.Mode
  private let receivers: Receivers?

  private(set) var kill = KillSwitch()
  private(set) var infrastructure: WatchedInfrastructure
  private(set) var loop: ControlLoop
  private(set) var registry = MetricRegistry()

  /// - Parameter source: where readings come from; `nil`: straight from the world.
  init(
    _ world: World, policy: Policy = Setting.policy(minimum: 0), mode: Status.Mode = .act,
    receivers: Receivers? = nil, source: ((SimulatedInfrastructure) -> any MetricSource)? = nil
  ) async throws {
    clock = HandClock(world.now)
    self.world = SimulatedInfrastructure(world: world, time: clock)
    metrics = WorldMetrics(self.world)
    self.policy = policy
    self.mode = mode
    self.receivers = receivers
    self.source = source?(self.world)
    infrastructure = WatchedInfrastructure(self.world, kill: kill)
    loop = try await ControlLoop(
      Self.parts(
        policy, mode, infrastructure, journal, kill, self.source ?? metrics, clock, identities, registry, receivers))
  }

  /// The process is gone; a new one starts from the same journal in the same world.
  func restart(kill next: KillSwitch = KillSwitch()) async throws {
    kill = next
    infrastructure = WatchedInfrastructure(world, kill: next)
    registry = MetricRegistry()
    loop = try await ControlLoop(
      Self.parts(
        policy, mode, infrastructure, journal, kill, source ?? metrics, clock, identities, registry, receivers))
  }

  private static func parts(
    _ policy: Policy, _ mode: Status.Mode, _ infrastructure: WatchedInfrastructure, _ journal: MemoryJournal,
    _ kill: KillSwitch, _ source: any MetricSource, _ clock: HandClock, _ identities: CountingIdentities,
    _ registry: MetricRegistry, _ receivers: Receivers?
  ) -> ControlLoop.Parts {
    var parts = ControlLoop.Parts(
      policy: policy, infrastructure: infrastructure.ports, journal: KillableJournal(journal: journal, kill: kill),
      metrics: source, time: clock, identities: identities)
    parts.mode = mode
    parts.registry = registry
    if let receivers {
      parts.notifications = receivers.policy
      parts.notifier = receivers
    }
    parts.logger = Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })
    return parts
  }

  var now: Instant { clock.now() }
  var workers: [WorkerRecord] { loop.state.withLock { $0.workers } }
  var latest: (snapshot: Snapshot, plan: Plan, report: Report)? { loop.state.withLock { $0.latest } }

  func step() async {
    clock.advance(by: policy.pace.tick)
    await loop.tick()
  }

  func steps(_ count: Int) async { for _ in 0..<count { await step() } }

  /// Steps until `isDone`, at most for so long.
  /// - Returns: whether it was done in time.
  @discardableResult
  func run(atMost limit: Duration = .minutes(30), until isDone: () async throws -> Bool) async rethrows -> Bool {
    let end = now.advanced(by: limit)
    while now < end {
      if try await isDone() { return true }
      await step()
    }
    return try await isDone()
  }

  func ready(_ pool: PoolName) -> Int { workers.count { $0.pool == pool && $0.state == .ready } }

  func order(_ workers: Int, _ pool: PoolName = "burst", id: RequestID? = nil) async throws -> ScaleRequest {
    var order = ScaleOrder(pool: pool, workers: workers)
    order.id = id
    return try await loop.scale(order, by: "ann")
  }

  /// A bench with so many ready burst workers.
  static func withBurstWorkers(
    _ count: Int, world: World = Setting.world(), policy: Policy = Setting.policy(minimum: 0)
  ) async throws -> Bench {
    let bench = try await Bench(world, policy: policy)
    _ = try await bench.order(count)
    await bench.run { bench.ready("burst") == count }
    return bench
  }
}
