public import Model
public import Ports

/// A privilege that the hypervisor's calls need, and where it may be granted.
private struct PrivilegeNeed {
  /// Any of them: names changed between versions.
  var anyOf: [String]
  var purpose: String
  /// Beginnings of paths on which it is of use; `/` always is.
  var places: [String]

  init(_ names: String..., for purpose: String, on places: [String]) {
    anyOf = names
    self.purpose = purpose
    self.places = places
  }

  private static let machines = ["/vms", "/pool"]

  /// What docs/proxmox.md has operators grant.
  static func all(withDevices: Bool) -> [PrivilegeNeed] {
    [
      PrivilegeNeed("VM.Audit", for: "see machines", on: machines),
      PrivilegeNeed("VM.Clone", for: "clone templates", on: machines),
      PrivilegeNeed("VM.Allocate", for: "make and remove machines", on: machines),
      PrivilegeNeed("VM.PowerMgmt", for: "start and stop machines", on: machines),
      PrivilegeNeed("VM.Config.CPU", for: "set their size", on: machines),
      PrivilegeNeed("VM.Config.Memory", for: "set their size", on: machines),
      PrivilegeNeed("VM.Config.Network", for: "connect them", on: machines),
      PrivilegeNeed("VM.Config.Options", for: "name and mark them", on: machines),
      PrivilegeNeed("VM.Config.HWType", for: "set their hardware", on: machines),
      PrivilegeNeed("VM.Config.Disk", for: "grow their disk", on: machines),
      PrivilegeNeed("VM.GuestAgent.Audit", "VM.Monitor", for: "read their address", on: machines),
      PrivilegeNeed("Datastore.AllocateSpace", for: "put disks on a storage", on: ["/storage"]),
      PrivilegeNeed("Datastore.Audit", for: "see free room", on: ["/storage"]),
      PrivilegeNeed("SDN.Use", for: "use the bridge", on: ["/sdn"]),
      PrivilegeNeed("Sys.Audit", for: "see hosts and the quorum", on: ["/nodes"]),
    ]
      + (withDevices ? [PrivilegeNeed("Mapping.Use", for: "give devices", on: ["/mapping"])] : [])
  }

  func isMet(by granted: [String: Set<String>]) -> Bool {
    granted.contains { path, privileges in
      !privileges.isDisjoint(with: anyOf)
        && (path == "/" || places.contains { path == $0 || path.hasPrefix($0 + "/") })
    }
  }
}

extension ProxmoxHypervisor {
  /// Looks whether the cluster can be reached, whether rights and templates are there, and changes nothing.
  /// - Returns: what was found, in the order in which it was looked for; it ends where nothing can be asked.
  public func examine(_ templates: [Template]) async -> [ConnectionFinding] {
    do {
      let version = try await translating("hypervisor.version") { try await client.get(["version"]) }
      let place = options.endpoints.first.map { "\($0.url)" } ?? ""
      var findings = [
        ConnectionFinding(.fine, "Proxmox VE \(version["version"]?.text ?? "of unknown version") answers at \(place).")
      ]
      findings += await examineRights()
      findings += try await examineCluster()
      let resources = try await translating("hypervisor.resources") { try await client.resources() }
      findings += examineStorage(resources)
      findings += examineTemplates(templates, resources)
      return findings
    } catch let error as PortError {
      return [ConnectionFinding(.missing, error.message, remedy: Self.remedy(for: error.code))]
    } catch { return [ConnectionFinding(.missing, "Proxmox could not be asked: \(error)")] }
  }

  private static func remedy(for code: PortError.Code) -> String {
    switch code {
    case .forbidden:
      "Check PROXMOX_TOKEN_ID (USER@REALM!NAME) and PROXMOX_TOKEN_SECRET, and the rights in docs/proxmox.md."
    default: "Check PROXMOX_URL, the network path to port 8006, and proxmox.ca_file or the pinned fingerprint."
    }
  }

  private func examineRights() async -> [ConnectionFinding] {
    let answer: JSONValue
    do { answer = try await client.get(["access", "permissions"]) } catch {
      return [ConnectionFinding(.unknown, "The rights of the token cannot be read: \(error).")]
    }
    let granted = (answer.object ?? [:]).mapValues { rights in
      Set((rights.object ?? [:]).filter { $0.value.flag || $0.value.integer == 0 }.keys)
    }
    let missing = PrivilegeNeed.all(withDevices: !options.devices.isEmpty).filter { !$0.isMet(by: granted) }
    guard !missing.isEmpty else { return [ConnectionFinding(.fine, "The token has every right that is needed.")] }
    let list = missing.map { "\($0.anyOf[0]) (to \($0.purpose))" }.joined(separator: ", ")
    let names = missing.map { $0.anyOf[0] }.joined(separator: " ")
    return [
      ConnectionFinding(
        .missing, "The token lacks \(list).",
        remedy:
          "As root on a host: pveum role modify Poolkeeper --append 1 --privs \"\(names)\" (docs/proxmox.md), and "
          + "see that the role is granted on the paths of that page; a token with --privsep 1 needs rights of its own.")
    ]
  }

  private func examineCluster() async throws -> [ConnectionFinding] {
    let hosts = try await hosts()
    let online = hosts.filter(\.online)
    let isQuorate = try await translating("hypervisor.hosts") { try await client.isQuorate() }
    if isQuorate == false {
      return [
        ConnectionFinding(
          .missing, "The Proxmox cluster has no quorum.",
          remedy: "Nothing can be changed until enough hosts are back: check the hosts and the cluster network.")
      ]
    }
    let names = online.map(\.name.rawValue).joined(separator: ", ")
    guard !online.isEmpty else {
      return [ConnectionFinding(.missing, "No host is online.", remedy: "Check the hosts, and proxmox.hosts.")]
    }
    return [ConnectionFinding(.fine, "\(online.count) of \(hosts.count) hosts are online: \(names).")]
  }

  /// The storage that clones are to lie on, where one is named.
  private func examineStorage(_ resources: ClusterResources) -> [ConnectionFinding] {
    guard let name = options.storage else { return [] }
    let known = resources.storages.filter { $0.name == name }
    guard !known.isEmpty else {
      let others = Set(resources.storages.filter(\.holdsImages).map(\.name)).sorted().joined(separator: ", ")
      return [
        ConnectionFinding(
          .missing, "The storage \(name) for machines is not to be seen; there are: \(others).",
          remedy: "Name another one as storage.vm_storage, or grant Datastore.Audit on /storage/\(name).")
      ]
    }
    guard known.contains(where: { $0.holdsImages && $0.isAvailable }) else {
      return [
        ConnectionFinding(
          .missing, "The storage \(name) takes no disks of machines now.",
          remedy: "Enable it, and see that its content includes \"Disk image\".")
      ]
    }
    guard known.contains(where: \.isShared) else {
      return [
        ConnectionFinding(
          .unknown, "The storage \(name) is local to each host: a clone stays on its template's host.",
          remedy: "Name a copy of each template for every other host (proxmox.host_templates), or use shared storage.")
      ]
    }
    return [ConnectionFinding(.fine, "The storage \(name) is shared and takes machines.")]
  }

  private func examineTemplates(_ templates: [Template], _ resources: ClusterResources) -> [ConnectionFinding] {
    var findings: [ConnectionFinding] = []
    for template in templates {
      let numbers = Set((options.sources[template.name] ?? [:]).values).union([template.source]).sorted()
      for number in numbers {
        guard let machine = resources.machines[number] else {
          findings.append(
            ConnectionFinding(
              .missing, "Template \(template.name) is to be cloned from machine \(number), which is not to be seen.",
              remedy: "Make that template, name another number in the configuration, or grant VM.Audit on it."))
          continue
        }
        if !machine.isTemplate {
          findings.append(
            ConnectionFinding(
              .missing, "Machine \(number) (\(machine.name)) for template \(template.name) is no template.",
              remedy: "Convert it: qm template \(number)."))
        } else if !machine.tags.contains(OwnerMark.tag) {
          findings.append(
            ConnectionFinding(
              .missing, "Template \(number) (\(machine.name)) does not carry the tag \(OwnerMark.tag).",
              remedy: "Clones inherit it, and lists show them by it: qm set \(number) --tags \(OwnerMark.tag)."))
        }
      }
    }
    guard findings.isEmpty else { return findings }
    let sentence =
      templates.count == 1
      ? "The template is there, with its tag." : "All \(templates.count) templates are there, tagged."
    return [ConnectionFinding(.fine, sentence)]
  }
}
