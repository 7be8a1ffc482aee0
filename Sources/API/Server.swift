public import Exposition
public import Hummingbird
import HummingbirdCore
public import Logging
public import Ports
public import PromQL
public import RemoteWrite
import TimeSeries

/// What the HTTP server serves.
public struct ServerParts: Sendable {
  /// Takes remote-write requests; its store is what queries are asked of.
  public var receiver: RemoteWriteReceiver
  /// Evaluates queries; the server sets deadlines itself.
  public var engine: Engine
  /// What control calls go to.
  public var operations: any Operations
  /// Tells the time of received samples, and the time of queries that name none.
  public var time: any TimeSource
  /// Counters, which the server adds to and shows.
  public var registry: MetricRegistry
  /// Adds the gauges of the instant to a scrape.
  public var gauges: @Sendable (inout MetricTable) -> Void
  /// Called when samples have been stored.
  public var samplesArrived: @Sendable () -> Void
  /// Told of every change that those who watch should hear of.
  public var changes: ChangeFeed
  /// The program's version.
  public var version: String
  /// Reads the configuration again for whoever asks; `nil`: this program does not.
  public var reload: (@Sendable (_ actor: String) async -> ReloadAnswer)?
  /// Whether the program has been asked to stop: it is then not ready any more.
  public var isStopping: @Sendable () -> Bool
  /// Further exporters by path, each rendered at the moment it is scraped; the demonstration's world has some.
  public var exporters: [String: @Sendable (ExpositionFormat) -> [UInt8]]
  /// Names in lower case, without port, by which web pages of this server itself may be called; addresses and
  /// `localhost` need not be named. Pages under other names cannot give orders.
  public var hostNames: Set<String>
  /// Who may call, and how much; everybody everything where nothing else is said.
  public var access: AccessControl
  /// Where changes are written down; `nil`: nowhere.
  public var audit: AuditLog?
  /// Encryption; `nil`: HTTP is plain.
  public var tls: ServerTLS?
  /// How long a client may take nothing of what is there for it.
  var unreadTime = ServerLimits.unreadTime

  /// Parts without gauges, exporters and host names.
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
    changes = ChangeFeed()
    version = "0.0.0"
    isStopping = { false }
    exporters = [:]
    hostNames = []
    access = AccessControl(.open)
  }
}

/// The HTTP server: ingest, query, control, and what the program says about itself.
public enum Server {
  /// All routes, without a socket; tests ask it in process.
  public static func router(_ parts: ServerParts) -> Router<ServerContext> {
    router(parts, WriteEndpoint(parts: parts))
  }

  private static func router(_ parts: ServerParts, _ endpoint: WriteEndpoint) -> Router<ServerContext> {
    // Routes take the middleware that was there before them, and this one must know all routes.
    let routes = RouteTable(router(parts, endpoint, middleware: nil))
    return router(parts, endpoint, middleware: PlainErrors(routes: routes))
  }

  /// What there is to be called, exporters of `parts` included; the reference page is held against it.
  public static func routes(_ parts: ServerParts) -> RouteTable {
    RouteTable(router(parts, WriteEndpoint(parts: parts), middleware: nil))
  }

  private static func router(
    _ parts: ServerParts, _ endpoint: WriteEndpoint, middleware: PlainErrors?
  ) -> Router<ServerContext> {
    let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    let exporters = Set(parts.exporters.keys)
    parts.beginCounting()
    router.add(middleware: HTTPMeter(registry: parts.registry))
    router.add(middleware: SecurityHeaders(exporters: exporters))
    router.add(middleware: Compression())
    router.add(middleware: AuditTrail(log: parts.audit, time: parts.time, exporters: exporters))
    if let middleware { router.add(middleware: middleware) }
    router.add(middleware: AccessGuard(access: parts.access, exporters: exporters))
    router.add(middleware: OriginGuard(hostNames: parts.hostNames, exporters: exporters, access: parts.access))
    let lanes = QueryLanes(running: ServerLimits.queriesRunning, waiting: ServerLimits.queriesWaiting)
    WriteRoute(endpoint: endpoint).add(to: router)
    QueryRoutes(parts: parts, lanes: lanes).add(to: router)
    SeriesRoutes(store: parts.receiver.store, lanes: lanes).add(to: router)
    FederationRoute(parts: parts, lanes: lanes).add(to: router)
    ServerInfoRoutes(parts: parts, lanes: lanes).add(to: router)
    RuleRoutes(parts: parts).add(to: router)
    let control = router.group("/api/v1")
    SessionRoutes(access: parts.access).add(to: control)
    AuditRoutes(log: parts.audit).add(to: control)
    ControlRoutes(operations: parts.operations).add(to: control)
    AlertRoutes(operations: parts.operations).add(to: control)
    OverviewRoutes(operations: parts.operations).add(to: control)
    StreamRoute(feed: parts.changes, operations: parts.operations).add(to: control)
    ConsoleRoutes(operations: parts.operations, access: parts.access).add(to: router)
    ApprovalRoutes(operations: parts.operations).add(to: control)
    DescriptionRoute().add(to: router)
    SelfRoutes(parts: parts).add(to: router)
    ReloadRoute(reload: parts.reload).add(to: router.group("/-"))
    return router
  }

  /// The server on an address; it runs as a service.
  public static func application(
    _ parts: ServerParts, host: String, port: Int, logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    let endpoint = WriteEndpoint(parts: parts)
    return Application(
      responder: router(parts, endpoint).buildResponder(),
      server: HTTPServerBuilder { responder in
        var channel = ConnectionChannel(
          responder: responder, endpoint: endpoint, access: parts.access, tls: parts.tls)
        channel.unreadTime = parts.unreadTime
        return channel
      },
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port), serverName: "poolkeeper",
        availableConnectionsDelegate: .maximum(ServerLimits.connections, logger: logger)),
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) },
      logger: logger)
  }
}
