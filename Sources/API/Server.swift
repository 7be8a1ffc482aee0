public import Exposition
import HTTPTypes
public import Hummingbird
public import Logging
public import Model
import NIOCore
public import Ports
public import PromQL
public import RemoteWrite

/// What the HTTP server serves.
public struct ServerParts: Sendable {
  public var store: MetricStore
  public var engine: Engine
  public var operations: any Operations
  public var time: any TimeSource
  public var registry: MetricRegistry
  /// Adds the gauges of the instant to a scrape.
  public var gauges: @Sendable (inout MetricTable) -> Void
  /// Called when samples have been stored.
  public var samplesArrived: @Sendable () -> Void
  public var version: String
  /// Largest accepted remote-write body, compressed, in bytes.
  public var maximumBody: Int
  public var logger: Logger

  public init(
    store: MetricStore, engine: Engine, operations: any Operations, time: any TimeSource, registry: MetricRegistry
  ) {
    self.store = store
    self.engine = engine
    self.operations = operations
    self.time = time
    self.registry = registry
    gauges = { _ in }
    samplesArrived = {}
    version = "0.0.0"
    maximumBody = 32 * 1_048_576
    logger = Logger(label: "poolkeeper.api")
  }
}
