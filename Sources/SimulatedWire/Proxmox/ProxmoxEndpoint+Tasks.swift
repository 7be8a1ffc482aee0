internal import Model
internal import Simulator

extension ProxmoxEndpoint {
  static let tasks: [ProxmoxEndpoint] = [
    ProxmoxEndpoint(
      method: "GET", path: "/nodes/{node}/tasks", operation: "read",
      parameters: [
        .node, ProxmoxParameter("errors", .boolean), ProxmoxParameter("limit", .integer(minimum: 0)),
        ProxmoxParameter("since", .integer()), ProxmoxParameter("source", .choice(["archive", "active", "all"])),
        ProxmoxParameter("start", .integer(minimum: 0)), ProxmoxParameter("statusfilter", .list),
        ProxmoxParameter("typefilter", .text()), ProxmoxParameter("until", .integer()),
        ProxmoxParameter("userfilter", .text()),
        ProxmoxParameter("vmid", .integer(minimum: 100, maximum: 999_999_999)),
      ], requirements: []
    ) { call in list(call) },
    .get("/nodes/{node}/tasks/{upid}/status", [.node, task]) { call in
      try call.look { world in row(try find(call, in: world), call["upid"] ?? "", isStatus: true) }
    },
    ProxmoxEndpoint(
      method: "GET", path: "/nodes/{node}/tasks/{upid}/log", operation: "read",
      parameters: [
        .node, task, ProxmoxParameter("start", .integer(minimum: 0)), ProxmoxParameter("limit", .integer(minimum: 0)),
        ProxmoxParameter("download", .boolean),
      ], requirements: []
    ) { call in
      let lines = try call.look { world in log(of: try find(call, in: world)) }
      let start = call.number("start") ?? 0
      let rows = lines.enumerated().dropFirst(start).prefix(call.number("limit") ?? 50).map { index, text in
        WireJSON.members(["n": .count(index + 1), "t": .text(text)])
      }
      return ProxmoxResult(.list(Array(rows)), total: lines.count)
    },
    .get("/cluster/tasks") { call in
      // A token is compared by its user's plain name there, so that its own tasks are nobody's.
      guard call.has(["Sys.Audit"], on: "/") else { return .list([]) }
      return call.look { world in
        .list(newestFirst(world).prefix(25).map { row($0.task, $0.name, isStatus: false) })
      }
    },
  ]

  private static let task = ProxmoxParameter("upid", .task, required: true)

  private static func newestFirst(_ world: World) -> [(name: String, task: SimulatedTask)] {
    world.tasks.keys.map { ($0, world.tasks[$0]!) }
      .sorted { $0.1.startedAt == $1.1.startedAt ? $0.0 > $1.0 : $0.1.startedAt > $1.1.startedAt }
  }

  private static func find(_ call: ProxmoxCall, in world: World) throws -> SimulatedTask {
    guard let task = world.tasks[call["upid"] ?? ""], task.host == call.node else {
      throw HypervisorRefusal("no such task")
    }
    guard task.user == call.caller.name || call.caller.has(["Sys.Audit"], on: "/nodes/\(call.node)") else {
      throw ProxmoxFailure(403, "Permission check failed (/nodes/\(call.node), Sys.Audit)")
    }
    return task
  }

  private static func list(_ call: ProxmoxCall) -> ProxmoxResult {
    let seesAll = call.has(["Sys.Audit"], on: "/nodes/\(call.node)")
    let source = call["source"] ?? "archive"
    let rows = call.look { world in
      newestFirst(world).filter { _, task in
        guard task.host == call.node, seesAll || task.user == call.caller.name else { return false }
        let seconds = Int(task.startedAt.milliseconds / 1000)
        return (source == "all" || (source == "active") == (task.state == .running))
          && (call.number("vmid").map { $0 == task.subject.rawValue } ?? true)
          && (call["typefilter"].map { task.kind.contains($0) } ?? true)
          && (call["userfilter"].map { task.user.contains($0) } ?? true)
          && (call.number("since").map { seconds >= $0 } ?? true)
          && (call.number("until").map { seconds <= $0 } ?? true)
          && (!call.flag("errors") || exitStatus(task).map { $0 != "OK" } ?? false)
      }.map { row($0.task, $0.name, isStatus: false) }
    }
    let page = rows.dropFirst(call.number("start") ?? 0).prefix(call.number("limit") ?? 50)
    return ProxmoxResult(.list(Array(page)), total: rows.count)
  }

  /// `nil` while the task runs.
  private static func exitStatus(_ task: SimulatedTask) -> String? {
    switch task.state {
    case .running: nil
    case .succeeded: "OK"
    case .failed(let text): text
    }
  }

  private static func row(_ task: SimulatedTask, _ name: String, isStatus: Bool) -> WireJSON {
    let parts = ProxmoxTaskName(name)
    let user = task.user.split(separator: "!", maxSplits: 1).map(String.init)
    let exit = exitStatus(task)
    return .members([
      "upid": .text(name), "node": .text(task.host.rawValue), "pid": parts.map { .integer($0.process) },
      "pstart": parts.map { .integer($0.processStart) },
      "starttime": .integer(task.startedAt.milliseconds / 1000), "type": .text(task.kind),
      "id": .text(String(task.subject.rawValue)), "user": .optional(user.first),
      "tokenid": user.count == 2 ? .text(user[1]) : nil,
      "endtime": isStatus ? nil : task.endedAt.map { .integer($0.milliseconds / 1000) },
      "status": isStatus ? .text(exit == nil ? "running" : "stopped") : .optional(exit),
      "exitstatus": isStatus ? .optional(exit) : nil,
    ])
  }

  private static func log(of task: SimulatedTask) -> [String] {
    let first = task.kind == "qmclone" ? ["create full clone of drive scsi0"] : []
    switch task.state {
    case .running: return first
    case .succeeded: return first + ["TASK OK"]
    case .failed(let text): return first + ["TASK ERROR: \(text)"]
    }
  }
}
