import API
import ArgumentParser
import ConfigurationFile
import ControlLoop
import Exposition
import Foundation
import Logging
import Model
import Ports
import ServiceLifecycle
import Simulator
import UnixSignals

extension ScenarioName: ExpressibleByArgument {}

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run everything on this machine, sped up, against a simulated world.",
    discussion: """
      The simulated exporters' samples reach the server as real remote-write requests, and everything but the machines \
      is the real program: try the other commands, /metrics and the HTTP API while it runs. The story takes six and a \
      half hours of the world's time.
      """)

  @Option(name: .long, help: "Seconds of the world in one real second.")
  var speed: Double = 60
  @Flag(name: .long, help: "End with the story, with a summary; exit code 0 if all ended well.")
  var once = false
  @Option(name: .long, help: "Draws the world's delays.")
  var seed: UInt64 = 1
  @Option(name: .long, help: "The pools, templates and limits.")
  var config: String = "config/worker-pools.json"
  @Option(name: .long, help: "Where to listen, ADDRESS:PORT; port 0 lets the system choose.")
  var listen: String = "127.0.0.1:9095"
  @Option(
    name: .long,
    help: "Keep the journal, the samples and the world here, and go on from them; a temporary directory when not given."
  )
  var data: String?
  @Option(name: .long, help: "The story: day is the whole tour, pressure a minute to be followed in real time.")
  var scenario: ScenarioName = .day
  @Flag(name: .long, help: "Send no samples: another program scrapes /demo/exporters/… and writes them.")
  var noFeed = false
  @Flag(
    inversion: .prefixedNo,
    help: "Serve the world as Proxmox, Talos and Kubernetes on this machine and reach it through the real clients.")
  var wire = Demo.canDialMachines
  @Flag(name: .long, help: "Lines instead of the live view, also on a terminal.")
  var plain = false

  /// Elsewhere than on Linux only 127.0.0.1 of the loopback addresses is there without set-up.
  #if os(Linux)
    private static let canDialMachines = true
  #else
    private static let canDialMachines = false
  #endif

  func validate() throws {
    guard speed >= 1, speed <= 2000 else { throw ValidationError("--speed must be 1 to 2000.") }
  }

  func run() async throws {
    let (loaded, _) = try ConfigurationLoading.load(config)
    let address = try ListenOption.address(listen, loaded.service.listen)
    // The demonstration feeds itself, and asks nobody who they are.
    if let refusal = ServerSettings().refusal(toListenAt: address) { throw Failure(.usage, refusal) }
    let directory = data ?? NSTemporaryDirectory() + "poolkeeper-demo-\(UUID().uuidString.prefix(8))"
    defer { if data == nil { try? FileManager.default.removeItem(atPath: directory) } }
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let story = try DemoStory.open(
      directory + "/demo.json",
      new: DemoStory(origin: WallClock().now(), speed: speed, seed: seed, scenario: scenario))
    var configuration = loaded
    configuration.service.server = ServerSettings()
    DemoPace.slow(&configuration, to: story.speed)

    let time = AcceleratedClock(origin: story.origin, speed: story.speed)
    let world = try DemoWorld.open(
      story, file: WorldFile(path: directory + "/world.json"), cluster: configuration.policy.clusterName, time: time)
    let live = !plain && Console.isTerminal
    let trail = EventTrail(printing: !live)
    let logger = LogOptions.logger(from: live ? .critical : .warning)
    var options = Installation.Options(
      dataDirectory: directory, mode: .act, time: time, logger: logger, tell: { trail.add($0) })
    var server: DemoWire?
    if wire {
      let face = try DemoWire(world.infrastructure, policy: configuration.policy, path: directory, time: time)
      configuration = try await face.begin(configuration)
      options.connections = try Connections(configuration, time: time, logger: logger)
      server = face
      if !live { Console.out("kubectl --kubeconfig \(face.kubeconfig) get nodes -L node-pool,worker-type,ttl") }
    } else {
      options.infrastructure = world.connection
    }
    let installation = try await Installation(configuration, options)
    let place = Place(host: address.host, port: address.port, kubeconfig: server?.kubeconfig)
    try await run(installation, world, time, story, at: place, trail, live, before: server.map { [$0] } ?? [])

    let summary = await summary(installation, world, time)
    Console.out(summary.lines.joined(separator: "\n"))
    if !summary.faults.isEmpty { throw ExitCode(Failure.Kind.failed.rawValue) }
  }

  private func run(
    _ installation: Installation, _ world: DemoWorld, _ time: AcceleratedClock, _ story: DemoStory,
    at address: Place, _ trail: EventTrail, _ live: Bool, before first: [any Service]
  ) async throws {
    let gate = Gate()
    let chosen = Mutexed(address.port)
    let exporters = DemoExporters(infrastructure: world.infrastructure)
    var services =
      first
      + installation.services(
        host: address.host, port: address.port, hooks: { $0.exporters = exporters.pages }
      ) { port in
        chosen.set(port)
        if !live {
          Console.out("Listening on http://\(address.host):\(port); the world runs ×\(Int(story.speed)).")
        }
        gate.open()
      }
    let late = LateClient(host: address.host, port: chosen, gate: gate)
    let logger = installation.logger
    if !noFeed {
      services.append(
        DemoFeed(
          infrastructure: world.infrastructure, time: time, client: late,
          interval: DemoPace.scrape(at: story.speed), logger: logger))
    }
    if let pool = installation.configuration.policy.pools.first(where: { $0.kind == .gpu }) {
      services.append(
        DemoOperator(infrastructure: world.infrastructure, time: time, client: late, pool: pool.name, logger: logger))
    }
    services.append(
      DemoScreen(
        world: world, loop: installation.loop, time: time, speed: story.speed,
        address: address.text, events: trail, live: live))
    if once { services.append(StoryEnd(end: world.scenario.end, time: time)) }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services.map {
          .init(service: $0, successTerminationBehavior: $0 is StoryEnd ? .gracefullyShutdownGroup : .ignore)
        },
        gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
    try await group.run()
  }

  private func summary(
    _ installation: Installation, _ world: DemoWorld, _ time: AcceleratedClock
  ) async -> DemoSummary {
    let now = time.now()
    let spent = await installation.loop.latest().map { latest in
      let pools = latest.report.budgets.filter { $0.scope != "all" && $0.scope != "burst_event" }
      return (amount: pools.reduce(Money.zero) { $0 + $1.spent }, at: latest.report.at)
    }
    return DemoSummary(
      report: world.infrastructure.look { $0.report }, workers: await installation.loop.workers().map(\.record),
      policy: installation.configuration.policy, elapsed: now - world.scenario.start,
      isOver: now >= world.scenario.end, spent: spent)
  }
}

/// Where the demonstration can be reached.
private struct Place {
  var host: String
  var port: Int
  /// `nil`: the world is not on the wire.
  var kubeconfig: String?

  var text: String { "\(host):\(port)" + (kubeconfig.map { ", KUBECONFIG=\($0)" } ?? "") }
}

/// Ends the program with the story.
struct StoryEnd: Service {
  let end: Instant
  let time: any TimeSource

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while time.now() < end { try await time.sleep(for: end - time.now()) }
    }
  }
}

/// What has to give way when time runs faster than a computer can look.
enum DemoPace {
  /// Real time that a tick and a scrape may take at least.
  static let tick: Duration = .milliseconds(25)
  static let scrape: Duration = .milliseconds(50)

  static func slow(_ configuration: inout ConfigurationFile.Configuration, to speed: Double) {
    var pace = configuration.policy.pace
    pace.tick = max(pace.tick, stretched(tick, speed))
    // A stall of this machine must not look like a Prometheus that has died.
    pace.expectedSampleInterval = max(pace.expectedSampleInterval, stretched(scrape, speed) * 5)
    configuration.policy.pace = pace
    let ownMetrics = configuration.service.metrics.ownMetricsInterval
    if ownMetrics > .zero {
      configuration.service.metrics.ownMetricsInterval = max(ownMetrics, stretched(scrape, speed))
    }
  }

  static func scrape(at speed: Double) -> Duration { max(.seconds(15), stretched(scrape, speed)) }

  private static func stretched(_ real: Duration, _ speed: Double) -> Duration {
    .milliseconds(Int64(Double(real.milliseconds) * speed))
  }
}
