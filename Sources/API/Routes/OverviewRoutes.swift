import HTTPTypes
import Hummingbird
import Model
import Ports

/// `/api/v1/overview` and `/api/v1/decisions`: all that the console shows, as of one instant.
struct OverviewRoutes: Sendable {
  let operations: any Operations

  func add(to group: some RouterMethods<ServerContext>) {
    group.get("/overview") { _, _ in try await JSONAnswer.of { try JSONAnswer.ok(try await overview()) } }
    group.get("/decisions") { request, _ in try await decisions(request) }
  }

  private func overview() async throws -> OverviewView {
    // The decision first: what follows it may be newer, and is never older.
    let latest = await operations.latest()
    let status = await operations.status()
    var view = OverviewView(status, policy: await operations.policy(), report: latest?.report)
    let workers = await operations.workers()
    for index in view.pools.indices {
      let name = view.pools[index].name
      let states = workers.filter { $0.record.pool == name }.map(\.record.state)
      view.pools[index].workers = states.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    view.workers = workers.map(WorkerView.init)
    let since = status.now.advanced(by: .zero - OverviewView.departedFor)
    view.departed = await operations.departed(since: since).prefix(OverviewView.departedAtMost).map(WorkerView.init)
    view.decisions = await operations.decisions(limit: OverviewView.decisionsAtMost)
    // Whether the journal can be read or not: the rest is true and must be seen.
    do { view.events = try await operations.recentEvents(limit: OverviewView.eventsAtMost) } catch let error
      as PortError
    {
      view.eventsUnknown = error.message
    }
    return view
  }

  private func decisions(_ request: Request) async throws -> Response {
    try await JSONAnswer.of {
      let limit = try LimitParameter.read(request, standard: 100, most: ServerLimits.decisions)
      return try JSONAnswer.ok(["decisions": await operations.decisions(limit: limit)])
    }
  }
}

/// `?limit=` of lists.
enum LimitParameter {
  /// - Throws: `RefusedCall` for anything but a whole number of 1 to `most`.
  static func read(_ request: Request, standard: Int, most: Int) throws -> Int {
    let text: String?
    do { text = try QueryParameters.form(request.uri.query ?? "").first { $0.name == "limit" }?.value } catch {
      throw RefusedCall.invalid("The query of the URL is not valid percent-encoded UTF-8.")
    }
    guard let text else { return standard }
    guard let limit = Int(text), (1...most).contains(limit) else {
      throw RefusedCall.invalid("\"limit\" must be 1 to \(most), not \"\(text.prefix(100))\".")
    }
    return limit
  }
}
