public import ArgumentParser
import ConfigurationFile
import ControlLoop
import Foundation
import Logging
import Model
import Ports
import ServiceLifecycle
import Simulator
import UnixSignals

extension Status.Mode: ExpressibleByArgument {}

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the server: receive samples, decide, and act when told to.",
    discussion: """
      Begin with --mode observe: it decides and reports, but never touches a machine. Options given here win over the \
      configuration file.
      """)

  @Option(name: .long, help: "The configuration file.")
  var config: String = "config/worker-pools.json"
  @Option(name: .long, help: "Where to listen, ADDRESS:PORT.")
  var listen: String?
  @Option(name: .long, help: "The directory for the journal and the samples.")
  var data: String?
  @Option(
    name: .long, help: ArgumentHelp("Live by the clock of the simulated world in DIR.", visibility: .hidden))
  var clock: String?
  @Option(name: .long, help: "observe decides and reports; act also carries out.")
  var mode: Status.Mode?

  func run() async throws {
    let (configuration, problems) = try ConfigurationLoading.load(config)
    let address = try ListenOption.address(listen, configuration.service.listen)
    if let refusal = configuration.service.server.refusal(toListenAt: address) { throw Failure(.usage, refusal) }
    var logger = Logger(label: "poolkeeper", factory: { StreamLogHandler.standardError(label: $0) })
    logger.logLevel = .info
    for problem in problems where problem.severity == .warning {
      logger.warning("configuration", metadata: ["pointer": "\(problem.pointer)", "problem": "\(problem.message)"])
    }
    let directory = data ?? configuration.service.dataDirectory
    let time = try clock.map { try SharedClock.open($0, speed: 1) } ?? WallClock()
    let infrastructure = try simulated(configuration, directory, time)
    let connections =
      configuration.service.infrastructure.kind == .proxmox
      ? try Connections(configuration, time: time, logger: logger) : nil
    let mode = try chosenMode(configuration, isConnected: infrastructure != nil || connections != nil)
    var options = Installation.Options(
      dataDirectory: directory, mode: mode, infrastructure: infrastructure, time: time, logger: logger)
    options.connections = connections
    let installation = try await Installation(configuration, options)
    let scheme = installation.security.tls == nil ? "http" : "https"
    let services = installation.services(host: address.host, port: address.port) { [logger] port in
      logger.info(
        "listening",
        metadata: ["address": "\(address.host):\(port)", "mode": "\(mode.rawValue)", "scheme": "\(scheme)"])
    }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
  }

  private func chosenMode(
    _ configuration: ConfigurationFile.Configuration, isConnected: Bool
  ) throws -> Status.Mode {
    let wanted = mode ?? Status.Mode(rawValue: configuration.service.mode.rawValue) ?? .observe
    if wanted == .act, !isConnected {
      throw Failure(
        .usage,
        "--mode act needs an infrastructure to act on: set poolkeeper.infrastructure.kind, or use --mode observe.")
    }
    return wanted
  }

  /// The world inside the program, where the configuration wants it.
  private func simulated(
    _ configuration: ConfigurationFile.Configuration, _ directory: String, _ time: any TimeSource
  ) throws -> Infrastructure? {
    guard configuration.service.infrastructure.kind == .simulated else { return nil }
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let story = try DemoStory.open(
      directory + "/demo.json", new: DemoStory(origin: time.now(), speed: 1, seed: 1, scenario: .day))
    let world = try DemoWorld.open(
      story, file: WorldFile(path: directory + "/world.json"), cluster: configuration.policy.clusterName, time: time)
    return world.connection
  }
}

/// `--listen`, or the configured address.
enum ListenOption {
  static func address(_ text: String?, _ configured: ListenAddress) throws -> ListenAddress {
    guard let text else { return configured }
    guard let address = ListenAddress(text) else {
      throw Failure(.usage, "\"\(text)\" is no address to listen on; write it like 127.0.0.1:9095.")
    }
    return address
  }
}
