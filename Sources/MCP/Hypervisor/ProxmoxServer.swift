import Model
import Ports

/// A known server that stands before Proxmox: how its tools are called, and what its answers mean.
struct ProxmoxServer: Sendable {
  enum Kind: Hashable, Sendable, CaseIterable {
    /// ry-ops/proxmox-mcp-server: passes Proxmox's whole answer on, and failures as an `error` in an answer that claims to
    /// be none.
    case passing
    /// PyPI's proxmox-mcp-server: passes the data on, and keeps the causes of failures to itself.
    case unwrapping

    /// Shown to operators.
    var name: String {
      switch self {
      case .passing: "proxmox-mcp-server by ry-ops"
      case .unwrapping: "proxmox-mcp-server of PyPI"
      }
    }

    /// The tools that are used, with the arguments that they must take.
    var tools: [String: [String]] {
      let machine = ["node", "vmid"]
      var tools: [String: [String]] = [
        "get_cluster_resources": ["type"], "get_vm_status": machine, "get_vm_config": machine,
        "clone_vm": machine + ["newid", "name", "description", "full", "storage", "target"],
        "resize_vm_disk": machine + ["disk", "size"], "start_vm": machine, "stop_vm": machine, "delete_vm": machine,
        "get_task_status": ["node", "upid"],
      ]
      switch self {
      case .passing:
        tools["set_vm_config"] = machine + ["cores", "sockets", "memory", "description", "tags", "digest"]
        tools["vm_agent_get_network_interfaces"] = machine
      case .unwrapping:
        tools["update_vm_config"] = machine + ["cores", "sockets", "memory", "description", "tags"]
        tools["vm_agent_get_info"] = machine + ["info_type"]
      }
      return tools
    }
  }

  let kind: Kind
  private let identity: ServerIdentity

  /// Recognises a server by its tools; names are given as authors please.
  /// - Throws: `unavailable` with what is missing.
  init(_ identity: ServerIdentity, operation: String) throws(PortError) {
    func missing(_ kind: Kind) -> [String] {
      kind.tools.keys.sorted().filter { identity.tools[$0] == nil }
    }
    guard let kind = Kind.allCases.first(where: { missing($0).isEmpty }) else {
      let nearest = Kind.allCases.min { missing($0).count < missing($1).count } ?? .passing
      throw PortError(
        .unavailable,
        "The MCP server \"\(identity.name)\" \(identity.version) is none that can stand before Proxmox: it has not the "
          + "tools \(missing(nearest).joined(separator: ", ")) of \(nearest.name). Let it show all of its tools "
          + "(no routing, not read-only), or use the native client.", operation: operation)
    }
    for (tool, names) in kind.tools.sorted(by: { $0.key < $1.key }) {
      let known = identity.tools[tool]?.arguments ?? [:]
      // A tool that describes none of its arguments takes what it is given.
      if !known.isEmpty, let absent = names.first(where: { known[$0] == nil }) {
        throw PortError(
          .unavailable,
          "The tool \(tool) of the MCP server \"\(identity.name)\" \(identity.version) takes no \"\(absent)\": it is not "
            + "the version that is known. Use the native client.", operation: operation)
      }
    }
    self.kind = kind
    self.identity = identity
  }

  // MARK: - Asking

  /// - Throws: `unavailable` for what the server cannot pass on.
  func request(
    _ call: ProxmoxCall, operation: String
  ) throws(PortError) -> (tool: String, arguments: [String: JSONValue]) {
    switch call {
    case .resources(let type): return ("get_cluster_resources", ["type": .text(type)])
    case .configuration(let host, let machine):
      var arguments = Self.place(host, machine)
      // Values that wait for the next start are wanted, too.
      if kind == .unwrapping { arguments["current"] = false }
      return ("get_vm_config", arguments)
    case .status(let host, let machine): return ("get_vm_status", Self.place(host, machine))
    case .clone(let clone): return ("clone_vm", try arguments(of: clone, operation: operation))
    case .configure(let change): return configuring(change)
    case .resize(let host, let machine, let disk, let size):
      return (
        "resize_vm_disk", Self.place(host, machine).merging(["disk": .text(disk), "size": .text(size)]) { $1 }
      )
    case .start(let host, let machine): return ("start_vm", Self.place(host, machine))
    case .stop(let host, let machine): return ("stop_vm", Self.place(host, machine))
    case .delete(let host, let machine):
      var arguments = Self.place(host, machine)
      // It would delete every volume that bears the number, also one that somebody else keeps.
      if kind == .unwrapping { arguments["destroy_unreferenced_disks"] = false }
      return ("delete_vm", arguments)
    case .task(let host, let reference):
      return ("get_task_status", ["node": .text(host.rawValue), "upid": .text(reference)])
    case .interfaces(let host, let machine):
      let place = Self.place(host, machine)
      switch kind {
      case .passing: return ("vm_agent_get_network_interfaces", place)
      case .unwrapping:
        return ("vm_agent_get_info", place.merging(["info_type": "network-get-interfaces"]) { $1 })
      }
    }
  }

  private static func place(_ host: HostName, _ machine: MachineID) -> [String: JSONValue] {
    ["node": .text(host.rawValue), "vmid": .integer(Int64(machine.rawValue))]
  }

  private func arguments(
    of clone: ProxmoxCall.CloneCall, operation: String
  ) throws(PortError) -> [String: JSONValue] {
    var arguments = Self.place(clone.host, clone.source)
    arguments["newid"] = .integer(Int64(clone.machine.rawValue))
    arguments["name"] = .text(clone.name)
    arguments["description"] = .text(clone.description)
    if let target = clone.target { arguments["target"] = .text(target.rawValue) }
    if clone.isFull, let storage = clone.storage { arguments["storage"] = .text(storage) }
    switch kind {
    case .unwrapping: arguments["full"] = .bool(clone.isFull)
    case .passing:
      // It would send the word "true", which Proxmox refuses; a number arrives as it is. Linked is Proxmox's own choice.
      guard clone.isFull else { break }
      guard takesNumbers("full", of: "clone_vm") else {
        throw PortError(
          .unavailable,
          "This MCP server cannot ask for a full clone in a form that Proxmox takes. Use linked clones, or the native "
            + "client.", operation: operation)
      }
      arguments["full"] = 1
    }
    return arguments
  }

  private func configuring(_ change: ProxmoxCall.ConfigureCall) -> (tool: String, arguments: [String: JSONValue]) {
    var arguments = Self.place(change.host, change.machine)
    arguments["sockets"] = 1
    arguments["cores"] = .integer(Int64(change.cores))
    arguments["memory"] = .integer(Int64(change.memoryMebibytes))
    arguments["description"] = .text(change.description)
    arguments["tags"] = .text(change.tags)
    switch kind {
    case .passing:
      if let digest = change.digest { arguments["digest"] = .text(digest) }
      return ("set_vm_config", arguments)
    case .unwrapping: return ("update_vm_config", arguments)
    }
  }

  /// Whether the schema lets an argument be a number; one that says nothing does.
  private func takesNumbers(_ name: String, of tool: String) -> Bool {
    guard let schema = identity.tools[tool]?.arguments[name] else { return true }
    let alternatives = (schema["anyOf"]?.elements ?? []) + [schema]
    let types = alternatives.flatMap { $0["type"]?.elements ?? $0["type"].map { [$0] } ?? [] }
    return types.isEmpty || types.contains("integer") || types.contains("number")
  }

  // MARK: - Reading answers

  /// Proxmox's data.
  func data(_ result: ToolResult, of call: ProxmoxCall) throws(ProxmoxFault) -> JSONValue {
    switch kind {
    case .passing: try passed(result, call)
    case .unwrapping: try unwrapped(result, call)
    }
  }

  private func passed(_ result: ToolResult, _ call: ProxmoxCall) throws(ProxmoxFault) -> JSONValue {
    if result.isError {
      // The protocol's library refuses arguments before the server sees them.
      guard result.text.lowercased().contains("validation error") else { throw .told(result.text, call) }
      throw ProxmoxFault(
        meaning: .code(.invalid),
        sentence: "The MCP server does not take the arguments for \(call.words): \(result.text.prefix(300))")
    }
    guard let answer = JSONValue(Array(result.text.utf8)), answer.members != nil else { throw .untold(call) }
    if let error = answer["error"] { throw .told(error.string ?? error.line, call) }
    guard let data = answer["data"] else { throw .untold(call) }
    return data
  }

  private func unwrapped(_ result: ToolResult, _ call: ProxmoxCall) throws(ProxmoxFault) -> JSONValue {
    guard !result.isError else { throw .untold(call) }
    let text = result.structured?["result"]?.string ?? result.text
    // Texts such as a task's reference come without quotes.
    return JSONValue(Array(text.utf8)) ?? .text(text)
  }
}
