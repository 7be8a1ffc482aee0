import Foundation

@testable import Proxmox

/// The calls, with the real server's checks in its order.
extension PretendProxmox {
  func route(_ method: String, _ path: [String], _ given: [String: String], _ state: inout State) -> Answer {
    switch (method, path.first, path.count) {
    case ("GET", "version", 1): return .data("{\"version\":\"9.1.2\",\"release\":\"9.1\"}")
    case ("GET", "access", 2): return rights(state)
    case ("POST", "access", 2): return .data("{\"ticket\":\"PVE:keeper@pve:1/+=\",\"CSRFPreventionToken\":\"csrf\"}")
    case ("GET", "cluster", _): return cluster(path, given, state)
    case (_, "nodes", _) where path.count > 2 && path[2] == "tasks": return tasks(path, given, state)
    case (_, "nodes", _) where path.count > 3 && path[2] == "qemu":
      guard let node = state.nodes[path[1]] else {
        return .failure(500, "hostname lookup '\(path[1])' failed - not found")
      }
      guard node.isOnline else { return .failure(595, "No route to host") }
      guard let id = Int(path[3]), let machine = state.machines[id], machine.node == path[1] else {
        return .failure(500, "Configuration file 'nodes/\(path[1])/qemu-server/\(path[3]).conf' does not exist")
      }
      if method != "GET", !state.isQuorate { return .failure(500, "cluster not ready - no quorum?") }
      return machineCall(method, path.dropFirst(4).joined(separator: "/"), id, machine, given, &state)
    default: return .failure(501, "Method '\(method) /\(path.joined(separator: "/"))' not implemented")
    }
  }

  // MARK: The cluster

  private func rights(_ state: State) -> Answer {
    let paths = state.rights.sorted { $0.key < $1.key }.map { path, names in
      "\(Self.quoted(path)):{\(names.map { "\(Self.quoted($0)):1" }.joined(separator: ","))}"
    }
    return .data("{\(paths.joined(separator: ","))}")
  }

  private func cluster(_ path: [String], _ given: [String: String], _ state: State) -> Answer {
    switch path.last {
    case "resources": return .data(resources(state))
    case "status":
      return .data("[{\"type\":\"cluster\",\"name\":\"c\",\"quorate\":\(state.isQuorate ? 1 : 0),\"nodes\":2}]")
    case "nextid":
      let id = Int(given["vmid"] ?? "") ?? 100
      if state.machines[id] == nil { return .data("\"\(id)\"") }
      return .failure(400, "Parameter verification failed.", errors: "{\"vmid\":\"VM \(id) already exists\"}")
    default:
      let rows = state.mappings.map { mapping in
        "{\"id\":\"\(mapping.id)\",\"map\":[\(mapping.map.map(Self.quoted).joined(separator: ","))]}"
      }
      return .data("[\(rows.joined(separator: ","))]")
    }
  }

  private func resources(_ state: State) -> String {
    var rows: [String] = []
    for (id, machine) in state.machines.sorted(by: { $0.key < $1.key }) where !machine.isHidden {
      let isOnline = state.nodes[machine.node]?.isOnline ?? false
      let status = isOnline ? machine.listedStatus ?? (machine.isRunning ? "running" : "stopped") : "unknown"
      let cores = Int(machine.configuration["cores"] ?? "1") ?? 1
      let memory = (Int64(machine.configuration["memory"] ?? "512") ?? 512) << 20
      var row: [String: String] = [
        "id": Self.quoted("\(machine.isContainer ? "lxc" : "qemu")/\(id)"), "vmid": "\(id)",
        "type": machine.isContainer ? "\"lxc\"" : "\"qemu\"", "node": Self.quoted(machine.node),
        "status": Self.quoted(status), "template": machine.isTemplate ? "1" : "0", "maxcpu": "\(cores)",
        "maxmem": "\(memory)",
      ]
      if let name = machine.configuration["name"] { row["name"] = Self.quoted(name) }
      if let tags = machine.configuration["tags"] { row["tags"] = Self.quoted(tags) }
      if let lock = machine.lock { row["lock"] = Self.quoted(lock) }
      rows.append(Self.object(row))
    }
    for (name, node) in state.nodes.sorted(by: { $0.key < $1.key }) {
      rows.append(
        Self.object([
          "type": "\"node\"", "id": "\"node/\(name)\"", "node": Self.quoted(name), "maxcpu": "\(node.cores)",
          "maxmem": "\(node.memory)", "status": node.isOnline ? "\"online\"" : "\"offline\"",
        ]))
    }
    for storage in state.storages {
      for node in storage.nodes {
        rows.append(
          Self.object([
            "type": "\"storage\"", "id": "\"storage/\(node)/\(storage.name)\"", "storage": Self.quoted(storage.name),
            "node": Self.quoted(node), "status": "\"available\"", "shared": storage.isShared ? "1" : "0",
            "content": "\"images,rootdir\"", "maxdisk": "\(storage.size)", "disk": "\(storage.used)",
          ]))
      }
    }
    return "[\(rows.joined(separator: ","))]"
  }

  private static func object(_ members: [String: String]) -> String {
    "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
  }

  private func tasks(_ path: [String], _ given: [String: String], _ state: State) -> Answer {
    if path.count == 3 {
      let rows = state.tasks.sorted { $0.key < $1.key }.filter { _, task in
        task.node == path[1] && task.exitStatus == nil && task.type == given["typefilter"] ?? task.type
          && task.id == given["vmid"] ?? task.id
      }
      return .data(
        "[\(rows.map { "{\"upid\":\(Self.quoted($0.key)),\"type\":\"\($0.value.type)\"}" }.joined(separator: ","))]")
    }
    guard let task = state.tasks[path[3]], !task.isForgotten else { return .failure(500, "no such task") }
    if state.nodes[task.node]?.isOnline != true { return .failure(595, "No route to host") }
    guard let exit = task.exitStatus else { return .data("{\"status\":\"running\"}") }
    return .data("{\"status\":\"stopped\",\"exitstatus\":\(Self.quoted(exit))}")
  }

  // MARK: One machine

  private func machineCall(
    _ method: String, _ call: String, _ id: Int, _ machine: Machine, _ given: [String: String], _ state: inout State
  ) -> Answer {
    switch (method, call) {
    case ("GET", "config"):
      var values = machine.configuration.mapValues(Self.quoted)
      // Numbers come as numbers, flags as 0 and 1.
      for key in ["cores", "sockets", "template"] { values[key] = machine.configuration[key] }
      values["digest"] = Self.quoted(machine.digest)
      return .data(Self.object(values))
    case ("GET", "status/current"):
      return .data("{\"status\":\"\(machine.isRunning ? "running" : "stopped")\",\"vmid\":\(id)}")
    case ("GET", "agent/network-get-interfaces"):
      guard machine.isRunning else { return .failure(500, "VM \(id) is not running") }
      guard let interfaces = machine.interfaces else { return .failure(500, "QEMU guest agent is not running") }
      return .data("{\"result\":\(interfaces)}")
    case ("POST", "clone"): return clone(id, machine, given, &state)
    case ("POST", "config"): return configure(id, machine, given, &state)
    case ("PUT", "resize"): return resize(id, machine, given, &state)
    case ("POST", "status/start"):
      if let lock = machine.lock { return .failure(500, "VM is locked (\(lock))") }
      if machine.isRunning {
        return .text(
          state.startTask("qmstart", node: machine.node, id: "\(id)", exitStatus: "VM \(id) already running"))
      }
      state.machines[id]?.isRunning = !machine.isManagedByHA
      return .text(state.startTask(machine.isManagedByHA ? "hastart" : "qmstart", node: machine.node, id: "\(id)"))
    case ("POST", "status/stop"):
      state.machines[id]?.isRunning = false
      return .text(state.startTask("qmstop", node: machine.node, id: "\(id)"))
    case ("DELETE", ""):
      if machine.configuration["protection"] == "1" {
        return .failure(500, "can't remove VM \(id) - protection mode enabled")
      }
      if machine.isRunning { return .failure(500, "VM \(id) is running - destroy failed") }
      state.machines[id] = nil
      return .text(state.startTask("qmdestroy", node: machine.node, id: "\(id)"))
    default: return .failure(501, "Method '\(method) \(call)' not implemented")
    }
  }

  private func clone(_ source: Int, _ machine: Machine, _ given: [String: String], _ state: inout State) -> Answer {
    let id = Int(given["newid"] ?? "") ?? 0
    let node = machine.node
    if let other = state.machines[id], other.node == node {
      return .failure(500, "unable to create VM \(id): config file already exists")
    }
    if given["target"] != nil, machine.configuration["scsi0"]?.hasPrefix("local") == true {
      return .failure(500, "can't clone VM to node '\(given["target"] ?? "")' (VM uses local storage)")
    }
    if given["full"] != "1", given["storage"] != nil {
      return .failure(500, "parameter 'storage' not allowed for linked clones")
    }
    let progress = state.cloneProgress
    let upid = state.startTask("qmclone", node: node, id: "\(source)", exitStatus: progress == .done ? "OK" : nil)
    var copy = machine
    copy.configuration["template"] = nil
    copy.configuration["name"] = given["name"]
    copy.configuration["description"] = given["description"]
    copy.configuration["scsi0"] = "\(given["storage"] ?? "ceph"):vm-\(id)-disk-0,size=10G"
    copy.configuration["net0"] = "virtio=BC:24:11:00:\(String(format: "%02X", id % 256)):02,bridge=vmbr9"
    copy.configuration["smbios1"] = "uuid=00000000-0000-4000-8000-00000\(id)"
    copy.listedStatus = "unknown"
    switch progress {
    case .accepted: return .text(upid)
    case .half: copy.configuration = ["description": "qmclone temporary file", "lock": "clone"]
    case .copying: copy.configuration["lock"] = "clone"
    case .done:
      copy.node = given["target"] ?? node
      copy.listedStatus = nil
    }
    state.machines[id] = copy
    return .text(upid)
  }

  private func configure(_ id: Int, _ machine: Machine, _ given: [String: String], _ state: inout State) -> Answer {
    if let digest = given["digest"], digest != machine.digest {
      return .failure(500, "checksum mismatch (file change by other user?)")
    }
    if let lock = machine.lock { return .failure(500, "VM is locked (\(lock))") }
    for (key, value) in given where !["digest", "background_delay", "delete"].contains(key) {
      state.set(id, key, value)
    }
    for key in (given["delete"] ?? "").split(separator: ",") { state.set(id, String(key), nil) }
    return .data("null")
  }

  private func resize(_ id: Int, _ machine: Machine, _ given: [String: String], _ state: inout State) -> Answer {
    let key = given["disk"] ?? ""
    guard var disk = machine.configuration[key].map(PropertyString.init), let wanted = DiskSize(given["size"] ?? "")
    else {
      return .failure(500, "disk '\(key)' does not exist")
    }
    if let present = disk["size"].flatMap({ DiskSize($0) }), wanted < present {
      return .text(
        state.startTask("resize", node: machine.node, id: "\(id)", exitStatus: "shrinking disks is not supported"))
    }
    disk.set("size", given["size"])
    state.set(id, key, disk.description)
    return .text(state.startTask("resize", node: machine.node, id: "\(id)"))
  }
}
