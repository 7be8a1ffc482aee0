public import Exposition
public import Hummingbird
public import Logging
public import Ports
public import PromQL
public import RemoteWrite
import TimeSeries

/// What the HTTP server serves.
public struct ServerParts: Sendable {
  public var receiver: RemoteWriteReceiver
  public var engine: Engine
  public var operations: any Operations
  public var time: any TimeSource
  public var registry: MetricRegistry
  /// Adds the gauges of the instant to a scrape.
  public var gauges: @Sendable (inout MetricTable) -> Void
  /// Called when samples have been stored.
  public var samplesArrived: @Sendable () -> Void
  public var version: String
  /// Further exporters by path, each rendered at the moment it is scraped; the demonstration's world has some.
  public var exporters: [String: @Sendable (ExpositionFormat) -> [UInt8]]

  public init(
    receiver: RemoteWriteReceiver, engine: Engine, operations: any Operations, time: any TimeSource,
    registry: MetricRegistry
  ) {
    self.receiver = receiver
    self.engine = engine
    self.operations = operations
    self.time = time
    self.registry = registry
    gauges = { _ in }
    samplesArrived = {}
    version = "0.0.0"
    exporters = [:]
  }
}

/// The HTTP server: ingest, query, control, and what the program says about itself.
public enum Server {
  /// All routes, without a socket; tests ask it in process.
  public static func router(_ parts: ServerParts) -> Router<ServerContext> {
    let router = Router(context: ServerContext.self)
    router.add(middleware: PlainErrors())
    WriteRoute(parts: parts).add(to: router)
    QueryRoutes(parts: parts).add(to: router)
    ControlRoutes(operations: parts.operations).add(to: router)
    SelfRoutes(parts: parts).add(to: router)
    return router
  }

  /// The server on an address; it runs as a service.
  public static func application(
    _ parts: ServerParts, host: String, port: Int, logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    Application(
      responder: router(parts).buildResponder(),
      configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "poolkeeper"),
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) },
      logger: logger)
  }
}
