internal import Model
internal import Ports
internal import Simulator

/// A request that has found its endpoint.
struct ProxmoxCall: Sendable {
  let infrastructure: SimulatedInfrastructure
  let access: ProxmoxAccess
  let caller: ProxmoxCaller
  /// Parameters of the path, the query and the body, as text.
  var values: [String: String]

  subscript(key: String) -> String? { values[key] }

  func flag(_ key: String) -> Bool { values[key] == "1" }
  func number(_ key: String) -> Int? { values[key].flatMap { Int($0) } }

  var node: HostName { HostName(values["node"] ?? "") }
  var machineID: MachineID { MachineID(number("vmid") ?? 0) }

  /// Looks at the world as it is now.
  func look<Result: Sendable>(_ body: (World) throws -> Result) rethrows -> Result {
    try infrastructure.look(body)
  }

  /// Changes the world as it is now.
  func change<Result: Sendable>(_ operation: String, _ body: (inout World) throws -> Result) throws -> Result {
    do {
      return try infrastructure.write("proxmox.\(operation)") { world, now in
        world.advance(to: now)
        return try body(&world)
      }
    } catch let error as PortError where error.code == .uncertain {
      throw ProxmoxLostAnswer(text: "Connection timed out")
    }
  }

  /// The machine of the path, which must lie on the node of the path.
  func machine(in world: World) throws -> SimulatedMachine {
    guard let machine = world.machines[machineID], machine.host == node else {
      throw HypervisorRefusal(World.missing(machineID, node))
    }
    return machine
  }

  // MARK: Checks, in the order in which the real thing makes them

  func checkPermissions(_ endpoint: ProxmoxEndpoint) throws {
    for requirement in endpoint.requirements {
      try require(requirement.anyOf, on: filled(requirement.path))
    }
  }

  func require(_ anyOf: [String], on path: String) throws {
    guard !has(anyOf, on: path) else { return }
    throw ProxmoxFailure(403, "Permission check failed (\(path), \(anyOf.joined(separator: "|")))")
  }

  /// Rights on a pool hold for its members.
  func has(_ anyOf: [String], on path: String) -> Bool {
    if caller.has(anyOf, on: path) { return true }
    guard path.hasPrefix("/vms/"), let number = Int(path.dropFirst("/vms/".count)) else { return false }
    let pool = look { $0.machines[MachineID(number)]?.pool }
    return pool.map { caller.has(anyOf, on: "/pool/\($0)") } ?? false
  }

  private func filled(_ path: String) -> String {
    var text = path
    for name in ["node", "vmid", "newid", "storage", "id"] {
      text = text.replacing("{\(name)}", with: values[name] ?? "")
    }
    return text
  }

  /// A node that is not there, or does not answer.
  func checkNode() throws {
    guard values["node"] != nil else { return }
    let node = node
    guard let online = look({ $0.hosts[node]?.online }) else {
      throw ProxmoxFailure(
        500,
        "hostname lookup '\(node)' failed - failed to get address info for: \(node): Name or service not known")
    }
    if !online { throw ProxmoxFailure(595, "No route to host") }
  }

  func checkParameters(
    _ endpoint: ProxmoxEndpoint, _ sent: [String: ProxmoxValue], _ arguments: [String: String]
  ) throws {
    var errors: [String: String] = [:]
    var all = sent
    for (key, value) in arguments { all[key] = .text(value) }
    for (key, value) in all {
      guard let parameter = endpoint.parameters.first(where: { $0.concerns(key) }) else {
        errors[key] =
          "property is not defined in schema and the schema does not allow additional properties"
        continue
      }
      if let defect = parameter.defect(of: value) { errors[key] = defect }
    }
    for parameter in endpoint.parameters where parameter.isRequired && all[parameter.name] == nil {
      errors[parameter.name] = "property is missing and it is not optional"
    }
    if flag("skiplock"), caller.name != "root@pam" { errors["skiplock"] = "Only root may use this option." }
    if !errors.isEmpty { throw ProxmoxFailure(parameters: errors) }
  }
}

/// What an endpoint answers.
struct ProxmoxResult: Sendable {
  var data: WireJSON
  /// How many rows there are, where only some are told.
  var total: Int?

  init(_ data: WireJSON, total: Int? = nil) {
    self.data = data
    self.total = total
  }
}
