import API
import Exposition
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Model
import NIOCore
import Ports
import PromQL
import RemoteWrite
import Synchronization
import TimeSeries

/// How a test reaches the server.
enum Way: String, CaseIterable, Sendable {
  /// Straight to the routes.
  case inProcess
  /// Over a socket on loopback.
  case overSocket

  var setup: TestingSetup { self == .inProcess ? .router : .live }
}

/// Time that stands still.
struct FixedTime: TimeSource {
  let instant: Instant
  func now() -> Instant { instant }
  func sleep(for duration: Duration) async throws { throw CancellationError() }
}

/// A server with a store in memory and operations that write down what they are asked.
struct ServerFixture: Sendable {
  let store: SeriesStore
  let operations: FakeOperations
  let registry = MetricRegistry()
  let arrivals = Arrivals()
  var parts: ServerParts

  /// Counts the calls of `samplesArrived`.
  final class Arrivals: Sendable {
    private let counted = Mutex(0)
    var count: Int { counted.withLock { $0 } }
    func add() { counted.withLock { $0 += 1 } }
  }

  init(_ limits: StoreLimits = StoreLimits(), operations: FakeOperations = FakeOperations()) {
    store = SeriesStore(limits: limits)
    self.operations = operations
    parts = ServerParts(
      receiver: RemoteWriteReceiver(store: store), engine: Engine(), operations: operations,
      time: FixedTime(instant: Samples.now), registry: registry)
    parts.version = "1.2.3"
    parts.samplesArrived = { [arrivals] in arrivals.add() }
    parts.gauges = { $0.set(.poolMaximumWorkers, 10, labels: ["burst"]) }
  }

  /// Samples of `up` for two jobs, one a minute for the last ten minutes, and a counter.
  func fill() throws {
    let now = Samples.now.milliseconds
    var samples: [(labels: Labels, timestamp: Int64, value: Double)] = []
    for minute in (0..<10).reversed() {
      let time = now - Int64(minute) * 60_000
      samples.append((Labels(["__name__": "up", "job": "node"]), time, 1))
      samples.append((Labels(["__name__": "up", "job": "kube"]), time, 0))
      samples.append((Labels(["__name__": "requests_total", "job": "node"]), time, Double(10 - minute) * 60))
    }
    try store.append(samples, now: now)
  }

  /// Runs `body` against the server.
  func test<Value>(_ way: Way, _ body: @Sendable (Caller) async throws -> Value) async throws -> Value {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = Server.application(parts, host: "localhost", port: 0, logger: logger)
    return try await server.test(way.setup) { try await body(Caller(client: $0)) }
  }
}

/// Calls a server.
struct Caller {
  let client: any TestClientProtocol

  struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var type: String { headers[.contentType] ?? "" }
  }

  func call(
    _ method: HTTPRequest.Method, _ uri: String, headers: HTTPFields = [:], body: [UInt8]? = nil
  ) async throws -> Answer {
    let response = try await client.execute(
      uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0) })
    return Answer(
      status: response.status.code, headers: response.headers, bytes: Array(response.body.readableBytesView))
  }

  func get(_ uri: String, accept: String? = nil) async throws -> Answer {
    try await call(.get, uri, headers: accept.map { [.accept: $0] } ?? [:])
  }

  func post(_ uri: String, _ json: String, headers: HTTPFields = [:]) async throws -> Answer {
    var headers = headers
    headers[.contentType] = "application/json"
    return try await call(.post, uri, headers: headers, body: Array(json.utf8))
  }

  func form(_ uri: String, _ form: String) async throws -> Answer {
    try await call(
      .post, uri, headers: [.contentType: "application/x-www-form-urlencoded"], body: Array(form.utf8))
  }

  /// A remote-write request.
  func write(_ body: [UInt8], type: String = "application/x-protobuf", encoding: String = "snappy") async throws
    -> Answer
  {
    try await call(
      .post, "/api/v1/write", headers: [.contentType: type, .contentEncoding: encoding], body: body)
  }
}
