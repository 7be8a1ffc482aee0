import ConfigurationFile
import ControlLoop
import Foundation
import Model
import Ports
import Simulator
import Testing

/// A world, and the way to it that is on trial.
struct Ground: Sendable {
  /// By which way the ports reach the world.
  enum Way: String, CaseIterable, Sendable {
    /// The ports are implemented on the world itself.
    case direct
    /// The real clients talk to servers that serve the world.
    case wire
  }

  /// The ports on trial.
  let ports: Infrastructure
  /// The world behind them, for what only the world itself knows.
  let world: SimulatedInfrastructure
  let policy: Policy
  let clock: FastClock
  /// `nil` on the direct way.
  var wire: WireGround?

  /// Gives `body` a world on which nothing is installed but what the operator's file expects of the hosts.
  static func with(
    _ way: Way, prepare: (inout World) -> Void = { _ in }, _ body: (Ground) async throws -> Void
  ) async throws {
    let clock = FastClock(origin: Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)), speed: 120)
    let policy = try policy()
    var world = Scenario.quiet(start: clock.origin, clusterName: policy.clusterName, timings: timings).world
    prepare(&world)
    let infrastructure = SimulatedInfrastructure(world: world, time: clock)
    switch way {
    case .direct:
      let ports = Infrastructure(hypervisor: infrastructure, nodeOS: infrastructure, cluster: infrastructure)
      try await body(Ground(ports: ports, world: infrastructure, policy: policy, clock: clock))
    case .wire:
      try await WireGround.with(infrastructure, policy: policy, clock: clock) { wire in
        try await body(
          Ground(ports: wire.ports, world: infrastructure, policy: policy, clock: clock, wire: wire))
      }
    }
  }

  private static var timings: WorldTimings { .fast }

  /// The package's directory.
  static let root: URL = {
    var url = URL(fileURLWithPath: #filePath)
    while !FileManager.default.fileExists(atPath: url.appendingPathComponent("Package.swift").path) {
      url.deleteLastPathComponent()
    }
    return url
  }()

  /// The policy of the example file, without triggers: orders alone decide, so that a run is what the test makes of it.
  static func policy() throws -> Policy {
    let text = try Data(contentsOf: root.appendingPathComponent("config/worker-pools.json"))
    let reading = ConfigurationReader().read([UInt8](text))
    var policy = try #require(reading.configuration, "\(reading.problems)").policy
    policy.triggers = []
    policy.pools = policy.pools.map { pool in
      var pool = pool
      pool.minimum = 0
      return pool
    }
    policy.pace.tick = .seconds(5)
    return policy
  }

  var now: Instant { clock.now() }

  func template(_ name: TemplateName = "small") throws -> Template { try #require(policy.template(name)) }

  func owner(_ worker: WorkerName, id: WorkerID, pool: PoolName = "burst") -> MachineOwner {
    MachineOwner(cluster: policy.clusterName, pool: pool, worker: worker, id: id)
  }

  /// Looks again and again until there is an answer. The limit is far beyond what is usual, so that a slow machine does
  /// not fail a test; a call that fails with something worth repeating is repeated.
  @discardableResult
  func eventually<Value>(
    within limit: Duration = .seconds(60), _ what: String, _ body: () async throws -> Value?
  ) async throws -> Value {
    let deadline = ContinuousClock.now.advanced(by: limit)
    var failure = ""
    while true {
      do {
        if let value = try await body() { return value }
      } catch let error as PortError where error.retryable { failure = " (last failure: \(error))" }
      guard ContinuousClock.now < deadline else {
        Issue.record("\(what) did not happen within \(limit)\(failure)")
        throw CancellationError()
      }
      try await clock.sleep(for: .seconds(2))
    }
  }
}

/// A clock that runs faster than the machine's.
struct FastClock: TimeSource {
  let origin: Instant
  let speed: Double
  private let start = ContinuousClock.now

  init(origin: Instant, speed: Double) {
    self.origin = origin
    self.speed = speed
  }

  func now() -> Instant {
    let passed = (ContinuousClock.now - start) / .milliseconds(1)
    return origin.advanced(by: .milliseconds(Int64(passed * speed)))
  }

  func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: .microseconds(Int64(duration.inSeconds * 1_000_000 / speed)))
  }
}
