import Foundation
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import Ports

/// `/api/v1/pools`, `/workers`, `/plan`, `/report`, `/status`, `/events`: what operators ask of the running program.
struct ControlRoutes: Sendable {
  let operations: any Operations

  func add(to group: some RouterMethods<ServerContext>) {
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
    let name = context.path("pool")
    let pools = await pools()
    guard let pool = pools.first(where: { $0.name.rawValue == name }) else {
      let known = pools.map(\.name.rawValue).joined(separator: ", ")
      return try JSONAnswer.error(
        .notFound, code: "not_found", message: "There is no pool \"\(name.prefix(100))\"; there are: \(known).")
    }
    return try JSONAnswer.ok(pool)
  }

  private func scale(_ request: Request, _ context: ServerContext) async throws -> Response {
    try await JSONAnswer.of {
      let body = try await ControlBody.decode(ScaleBody.self, request)
      guard (1...ServerLimits.workersPerOrder).contains(body.workers) else {
        throw RefusedCall.invalid(
          "\"workers\" counts the workers to add: 1 to \(ServerLimits.workersPerOrder), not \(body.workers). "
            + "To take workers away, DELETE /api/v1/workers/NAME.")
      }
      var order = ScaleOrder(pool: PoolName(context.path("pool")), workers: body.workers, template: body.template)
      order.timeToLive = try body.ttlHours.map { try hours($0, "ttl_hours") }
      order.id = body.requestID
      return try JSONAnswer.make(
        .accepted, RequestView(try await operations.scale(order, by: context.actor(body.reason))))
    }
  }

  // MARK: - Workers

  private func worker(_ context: ServerContext) async throws -> Response {
    let name = context.path("worker")
    guard let worker = await operations.workers().first(where: { $0.record.name.rawValue == name }) else {
      return try JSONAnswer.error(
        .notFound, code: "not_found",
        message: "There is no worker \"\(name.prefix(100))\"; GET /api/v1/workers lists those that there are.")
    }
    return try JSONAnswer.ok(WorkerView(worker))
  }

  private func remove(_ request: Request, _ context: ServerContext) async throws -> Response {
    try await JSONAnswer.of {
      let force: Bool
      switch try parameter("force", request) {
      case nil, "false", "0": force = false
      case "true", "1": force = true
      case let other?: throw RefusedCall.invalid("\"force\" must be true or false, not \"\(other.prefix(100))\".")
      }
      let name = WorkerName(context.path("worker"))
      let actor = context.actor(try parameter("reason", request))
      return try JSONAnswer.make(
        .accepted, WorkerView(try await operations.remove(name, force: force, by: actor)))
    }
  }

  private func extend(_ request: Request, _ context: ServerContext) async throws -> Response {
    try await JSONAnswer.of {
      let body = try await ControlBody.decode(ExtendBody.self, request)
      let length = try body.hours.map { try hours($0, "hours") }
      let name = WorkerName(context.path("worker"))
      let status = try await operations.extend(name, by: length, actor: context.actor(body.reason))
      return try JSONAnswer.make(status.waitsFor == nil ? .ok : .accepted, WorkerView(status))
    }
  }

  // MARK: - Decisions

  private func plan() async throws -> Response {
    guard let latest = await operations.latest() else { return try notYet() }
    return try JSONAnswer.ok(PlanView(latest.plan, report: latest.report, dryRun: false))
  }

  private func dryRun() async throws -> Response {
    try await JSONAnswer.of {
      let result = try await operations.dryRun()
      return try JSONAnswer.ok(PlanView(result.plan, report: result.report, dryRun: true))
    }
  }

  private func report() async throws -> Response {
    guard let latest = await operations.latest() else { return try notYet() }
    return try JSONAnswer.ok(latest.report)
  }

  private func snapshot() async throws -> Response {
    try await JSONAnswer.of {
      let (snapshot, plan, _) = try await operations.dryRun()
      let saved = SavedSnapshot(
        version: await operations.status().version, policy: await operations.policy(), snapshot: snapshot, plan: plan)
      return JSONAnswer.bytes(try saved.bytes())
    }
  }

  private func events(_ request: Request) async throws -> Response {
    try await JSONAnswer.of {
      let limit = try LimitParameter.read(request, standard: 100, most: ServerLimits.events)
      return try JSONAnswer.ok(["events": try await operations.events(limit: limit)])
    }
  }

  private func notYet() throws -> Response {
    try JSONAnswer.error(
      .serviceUnavailable, code: "unavailable", message: "No decision has been made yet; try again in a few seconds.")
  }

  // MARK: - Reading

  private func hours(_ count: Double, _ name: String) throws -> Duration {
    let milliseconds = (count * 3_600_000).rounded()
    guard count.isFinite, milliseconds >= 1, count <= ServerLimits.hours else {
      throw RefusedCall.invalid(
        "\"\(name)\" must be more than 0 and at most \(Int(ServerLimits.hours)) hours, not \(count); "
          + "give e.g. 4 or 0.5.")
    }
    return .milliseconds(Int64(milliseconds))
  }

  /// A parameter of the URL's query.
  private func parameter(_ name: String, _ request: Request) throws -> String? {
    do { return try QueryParameters.form(request.uri.query ?? "").first { $0.name == name }?.value } catch {
      throw RefusedCall.invalid("The query of the URL is not valid percent-encoded UTF-8.")
    }
  }
}
