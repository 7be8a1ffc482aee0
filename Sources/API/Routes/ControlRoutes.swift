import Foundation
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import Ports

/// `/api/v1/pools`, `/workers`, `/plan`, `/report`, `/status`, `/events`: what operators ask of the running program.
struct ControlRoutes: Sendable {
  let operations: any Operations

  /// Bodies of control calls are small.
  static let maximumBody = 64 * 1024

  func add(to router: some RouterMethods<ServerContext>) {
    let group = router.group("/api/v1")
    group.get("/status") { _, _ in try JSONAnswer.ok(await operations.status()) }
    group.get("/pools") { _, _ in try JSONAnswer.ok(PoolList(pools: await pools())) }
    group.get("/pools/:pool") { _, context in try await pool(context) }
    group.post("/pools/:pool/scale") { request, context in try await scale(request, context) }
    group.get("/workers") { _, _ in
      try JSONAnswer.ok(WorkerList(workers: await operations.workers().map(WorkerView.init)))
    }
    group.get("/workers/:worker") { _, context in try await worker(context) }
    group.delete("/workers/:worker") { request, context in try await remove(request, context) }
    group.post("/workers/:worker/extend") { request, context in try await extend(request, context) }
    group.get("/plan") { _, _ in try await plan() }
    group.post("/plan") { _, _ in try await dryRun() }
    group.get("/report") { _, _ in try await report() }
    group.get("/snapshot") { _, _ in try await snapshot() }
    group.get("/events") { request, _ in try await events(request) }
  }

  // MARK: - Pools

  private func pools() async -> [PoolView] {
    let workers = await operations.workers()
    let report = await operations.latest()?.report
    return await operations.policy().pools.map { pool in
      PoolView(
        pool, workers: workers.filter { $0.record.pool == pool.name }.map(\.record.state),
        report: report?.pools.first { $0.pool == pool.name })
    }
  }

  private func pool(_ context: ServerContext) async throws -> Response {
    let name = context.parameters.get("pool") ?? ""
    let pools = await pools()
    guard let pool = pools.first(where: { $0.name.rawValue == name }) else {
      let known = pools.map(\.name.rawValue).joined(separator: ", ")
      return try JSONAnswer.error(
        .notFound, code: "not_found", message: "There is no pool \"\(name)\"; there are: \(known).")
    }
    return try JSONAnswer.ok(pool)
  }

  private func scale(_ request: Request, _ context: ServerContext) async throws -> Response {
    try await answering {
      let body = try await decode(ScaleBody.self, request, example: #"{"workers":5,"template":"medium","ttl_hours":4}"#)
      var order = ScaleOrder(
        pool: PoolName(context.parameters.get("pool") ?? ""), workers: body.workers, template: body.template)
      order.timeToLive = try body.ttlHours.map(hours)
      order.id = body.requestID
      let accepted = try await operations.scale(order, by: context.actor)
      return try JSONAnswer.make(.accepted, RequestView(accepted))
    }
  }

  // MARK: - Workers

  private func worker(_ context: ServerContext) async throws -> Response {
    let name = context.parameters.get("worker") ?? ""
    guard let worker = await operations.workers().first(where: { $0.record.name.rawValue == name }) else {
      return try JSONAnswer.error(
        .notFound, code: "not_found",
        message: "There is no worker \"\(name)\"; GET /api/v1/workers lists those that there are.")
    }
    return try JSONAnswer.ok(WorkerView(worker))
  }

  private func remove(_ request: Request, _ context: ServerContext) async throws -> Response {
    try await answering {
      let name = WorkerName(context.parameters.get("worker") ?? "")
      let force = request.uri.queryParameters["force"].map { $0 == "true" || $0 == "1" } ?? false
      let status = try await operations.remove(name, force: force, by: context.actor)
      return try JSONAnswer.make(.accepted, WorkerView(status))
    }
  }

  private func extend(_ request: Request, _ context: ServerContext) async throws -> Response {
    try await answering {
      let body = try await decode(ExtendBody.self, request, example: #"{"hours":2}"#)
      let name = WorkerName(context.parameters.get("worker") ?? "")
      let length = try body.hours.map(hours)
      return try JSONAnswer.ok(WorkerView(try await operations.extend(name, by: length, actor: context.actor)))
    }
  }

  // MARK: - Decisions

  private func plan() async throws -> Response {
    guard let latest = await operations.latest() else { return try notYet() }
    return try JSONAnswer.ok(PlanView(latest.plan, report: latest.report, dryRun: false))
  }

  private func dryRun() async throws -> Response {
    try await answering {
      let result = try await operations.dryRun()
      return try JSONAnswer.ok(PlanView(result.plan, report: result.report, dryRun: true))
    }
  }

  private func report() async throws -> Response {
    guard let latest = await operations.latest() else { return try notYet() }
    return try JSONAnswer.ok(latest.report)
  }

  private func snapshot() async throws -> Response {
    try await answering { try JSONAnswer.ok(try await operations.dryRun().snapshot) }
  }

  private func events(_ request: Request) async throws -> Response {
    let limit = request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 100
    guard (1...10_000).contains(limit) else {
      return try JSONAnswer.error(.badRequest, code: "invalid", message: "\"limit\" must be 1 to 10000.")
    }
    return try await answering { try JSONAnswer.ok(["events": try await operations.events(limit: limit)]) }
  }

  private func notYet() throws -> Response {
    try JSONAnswer.error(
      .serviceUnavailable, code: "unavailable", message: "No decision has been made yet; try again in a few seconds.")
  }

  // MARK: - Reading and answering

  private func hours(_ count: Double) throws -> Duration {
    guard count.isFinite, count > 0, count <= 24 * 366 else {
      throw OperationError(.invalid, "\(count) hours is no length of time that a worker can have; give e.g. 4.")
    }
    return .milliseconds(Int64((count * 3_600_000).rounded()))
  }

  private func decode<Body: Decodable>(_ type: Body.Type, _ request: Request, example: String) async throws -> Body {
    let bytes: ByteBuffer
    do { bytes = try await request.body.collect(upTo: Self.maximumBody) } catch {
      throw OperationError(.invalid, "The body is larger than \(Self.maximumBody) bytes or was cut off.")
    }
    do { return try JSONFormat.decoder().decode(type, from: Data(bytes.readableBytesView)) } catch {
      throw OperationError(.invalid, "\(JSONFormat.explain(error)) Send for example \(example).")
    }
  }

  private func answering(_ body: () async throws -> Response) async throws -> Response {
    do { return try await body() } catch let error as OperationError {
      return try JSONAnswer.error(error.code.httpStatus, code: error.code.rawValue, message: error.message)
    } catch let error as PortError {
      return try JSONAnswer.error(.serviceUnavailable, code: error.code.rawValue, message: error.message)
    }
  }
}
