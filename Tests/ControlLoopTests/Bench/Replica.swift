import Exposition
import Logging
import Model
import Ports
import Simulator
import Synchronization
import TestSupport

@testable import ControlLoop
@testable import Kubernetes

/// One of several processes that serve a cluster: its own way to the API server and to the world, its own election.
///
/// It can be killed, or made to stand still, at any boundary between it and the outside.
final class Replica: Sendable {
  let name: String
  let kill: KillSwitch
  let pause: Pause
  let infrastructure: WatchedInfrastructure
  let elector: LeaseElector
  let loop: ControlLoop
  let registry = MetricRegistry()
  /// When its next round of the election is due.
  private let roundAt: Mutex<Instant>
  private let clock: HandClock

  init(
    _ name: String, server: InMemoryResources, world: SimulatedInfrastructure, metrics: any MetricSource,
    policy: Policy, clock: HandClock, identities: CountingIdentities, kill: KillSwitch = KillSwitch(),
    pause: Pause = Pause()
  ) async throws {
    self.name = name
    self.kill = kill
    self.pause = pause
    self.clock = clock
    roundAt = Mutex(clock.now())
    let seed = name.utf8.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
    let client = ResourceClient(server) { request in
      // The election's rounds are made by the test, only while the process runs.
      if request.kind != .leases { await pause.meet("\(request.verb) \(request.kind.plural)") }
      if kill.isDead { return .fails(.unreachable) }
      // The lease is kept by a task of its own.
      guard request.isWrite, request.kind != .leases else { return .passes }
      do { try kill.pass() } catch { return .isLost }
      do { try kill.pass() } catch { return .losesItsAnswer }
      return .passes
    }
    elector = LeaseElector(
      .init(namespace: "poolkeeper", name: "poolkeeper", identity: name), through: client,
      clock: WorldElectionClock(clock), random: SplitMix64(seed: seed))
    infrastructure = WatchedInfrastructure(world, kill: kill, pause: pause)
    let journal = KubernetesJournal(
      .init(namespace: "poolkeeper", cluster: policy.clusterName, holder: name), through: client, leadership: elector,
      time: clock, random: SplitMix64(seed: seed))
    var parts = ControlLoop.Parts(
      policy: policy, infrastructure: infrastructure.ports, journal: journal, metrics: metrics, time: clock,
      identities: identities)
    parts.leadership = elector
    parts.registry = registry
    parts.logger = Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })
    loop = try await ControlLoop(parts)
  }

  /// The election's round, when it is due and the process runs.
  func elect() async {
    guard clock.now() >= roundAt.withLock({ $0 }), !pause.isStill, !kill.isDead else { return }
    let pause = await elector.round()
    roundAt.withLock { $0 = clock.now().advanced(by: pause) }
  }

  var workers: [WorkerRecord] { loop.state.withLock { $0.workers } }
  func ready(_ pool: PoolName) -> Int { workers.count { $0.pool == pool && $0.state == .ready } }
}

/// The election by the world's clock.
struct WorldElectionClock: ElectionClock {
  let clock: HandClock
  let start: Instant

  init(_ clock: HandClock) {
    self.clock = clock
    start = clock.now()
  }

  func uptime() -> Duration { clock.now() - start }
  func wall() -> Instant { clock.now() }
  func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }
}

/// Two replicas, one world, one API server, one clock.
final class Pair {
  let clock: HandClock
  let server = InMemoryResources()
  let world: SimulatedInfrastructure
  let policy: Policy
  private let metrics: WorldMetrics
  private let identities = CountingIdentities()
  private(set) var replicas: [Replica] = []
  private var started = 0

  let thread: OneThread

  init(_ world: World, policy: Policy, thread: OneThread) {
    self.thread = thread
    clock = HandClock(world.now)
    self.world = SimulatedInfrastructure(world: world, time: clock)
    metrics = WorldMetrics(self.world)
    self.policy = policy
  }

  @discardableResult
  func start(kill: KillSwitch = KillSwitch(), pause: Pause = Pause()) async throws -> Replica {
    started += 1
    let replica = try await Replica(
      "pod-\(started)", server: server, world: world, metrics: metrics, policy: policy, clock: clock,
      identities: identities, kill: kill, pause: pause)
    replicas.append(replica)
    return replica
  }

  func remove(_ replica: Replica) { replicas.removeAll { $0 === replica } }

  var leader: Replica? { replicas.first { $0.elector.isLeading && !$0.kill.isDead && !$0.pause.isStill } }

  /// One tick's time, second by second for the election, and then a tick of each process that runs. A process that comes
  /// to stand still goes on with its tick when it is let go.
  func step() async {
    for _ in 0..<5 {
      clock.advance(by: .seconds(1))
      for replica in replicas { await replica.elect() }
    }
    for replica in replicas where !replica.pause.isStill && !replica.kill.isDead { await tick(replica) }
  }

  private func tick(_ replica: Replica) async {
    let pause = replica.pause
    let task = Task(executorPreference: thread) { await replica.loop.tick() }
    pause.running = task
    // All tasks of these tests share one thread: others run while this one yields.
    let isDone = Mutex(false)
    let watch = Task(executorPreference: thread) {
      await task.value
      isDone.withLock { $0 = true }
    }
    while !isDone.withLock({ $0 }), !pause.isStill { await Task.yield() }
    if !pause.isStill { await watch.value }
  }

  @discardableResult
  func run(atMost limit: Duration = .minutes(20), until isDone: () async throws -> Bool) async rethrows -> Bool {
    let end = clock.now().advanced(by: limit)
    while clock.now() < end {
      if try await isDone() { return true }
      await step()
    }
    return try await isDone()
  }

  /// What the journal holds, by somebody who only reads.
  func records() async throws -> [WorkerRecord] {
    let reader = KubernetesJournal(
      .init(namespace: "poolkeeper", cluster: policy.clusterName, holder: "reader"), through: ResourceClient(server),
      leadership: Reader(), time: clock)
    let live = try await reader.load().workers
    let billed = try await reader.billed(since: .epoch)
    return live + billed.filter { $0.state == .terminated }
  }

  private struct Reader: Leadership {
    var isLeading: Bool { false }
    var term: Int { 0 }
    var leader: String? { nil }
  }
}
