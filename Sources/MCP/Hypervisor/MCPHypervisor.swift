public import Model
public import Ports
import Synchronization

/// How machines are made through a server of the Model Context Protocol.
public struct MCPHypervisorOptions: Sendable, Hashable {
  /// The Kubernetes cluster's name: machines whose mark names another are not ours.
  public var cluster: String
  /// Numbers that new machines get; belongs to this program alone.
  public var machineNumbers: ClosedRange<Int> = 9_000_000...9_009_999
  /// Storage of the machines' disks; `nil`: the template's own. Its free room is what hosts are told to have.
  public var storage: String?
  /// Whether disks are copies; otherwise they rest on the template's, which can then not be deleted.
  public var makesFullClones = false
  /// For a look.
  public var readDeadline: Duration = .seconds(60)
  /// For a change; more than the 30 s after which Proxmox and the servers give up.
  public var changeDeadline: Duration = .seconds(60)

  public init(cluster: String) { self.cluster = cluster }
}

/// The hypervisor through the user's own Proxmox server of the Model Context Protocol.
///
/// The native client is the reference: this one makes the same marks, chooses numbers from the same range and confirms
/// ownership by the same rule, within what such a server can pass on. It cannot give machines PCI devices, network or
/// hardware settings: those are the template's. Where a server loses the cause of a failure the outcome is `uncertain`, and
/// the machine is looked at before anything is repeated. May be used from any task, concurrently.
public final class MCPHypervisor: Hypervisor, MachineAddresses {
  /// Configurations that are read side by side.
  static let parallelReads = 4
  /// Numbers that are remembered for clones whose machines do not say yet whose they are.
  static let maximumBegun = 1_000
  /// How often the list is read again when somebody else has taken a number in between.
  static let maximumTries = 3

  let options: MCPHypervisorOptions
  private let client: MCPClient
  /// Clones that this process has begun, and whose they will be.
  let begun = Mutex<[MachineID: OwnerMark]>([:])

  public init(_ client: MCPClient, options: MCPHypervisorOptions) {
    self.client = client
    self.options = options
  }

  // MARK: - Calls

  /// Passes a call on.
  func perform(_ call: ProxmoxCall, _ operation: String) async throws(PortError) -> Result<JSONValue, ProxmoxFault> {
    let identity: ServerIdentity
    do { identity = try await client.server() } catch { throw Self.error(error, call, operation) }
    let server = try ProxmoxServer(identity, operation: operation)
    let request = try server.request(call, operation: operation)
    let result: ToolResult
    do {
      result = try await client.call(
        request.tool, request.arguments, deadline: call.isChange ? options.changeDeadline : options.readDeadline)
    } catch { throw Self.error(error, call, operation) }
    do throws(ProxmoxFault) { return .success(try server.data(result, of: call)) } catch { return .failure(error) }
  }

  /// Passes a call on whose failure has no special meaning.
  func data(_ call: ProxmoxCall, _ operation: String) async throws(PortError) -> JSONValue {
    switch try await perform(call, operation) {
    case .success(let data): return data
    case .failure(let fault): throw fault.error(operation)
    }
  }

  private static func error(_ error: MCPCallError, _ call: ProxmoxCall, _ operation: String) -> PortError {
    switch error.kind {
    case .notSent: PortError(.unreachable, error.sentence, operation: operation)
    case .refused: PortError(.invalid, "The MCP server refused \(call.words): \(error.sentence)", operation: operation)
    case .lost, .cancelled:
      PortError(
        call.isChange ? .uncertain : .unreachable,
        "The answer to \(call.words) was lost: \(error.sentence)"
          + (call.isChange ? " The machine is looked at before it is tried again." : ""), operation: operation)
    }
  }

  // MARK: - Looking

  func rows(_ type: String, _ operation: String) async throws(PortError) -> [ResourceRow] {
    let data = try await data(.resources(type: type), operation)
    guard let rows = data.elements else {
      throw PortError(
        .failed, "The MCP server's list of \(type) resources is no list; check its version.", operation: operation)
    }
    return rows.map(ResourceRow.init)
  }

  /// A configuration that is there; one that has gone or moved since the list was read is a reason to look again.
  func configuration(
    _ host: HostName, _ machine: MachineID, _ operation: String
  ) async throws(PortError) -> MachineText {
    let data = try await data(.configuration(host, machine), operation)
    guard data.members != nil else {
      throw PortError(
        .failed, "The MCP server's answer on machine \(machine) is no configuration; check its version.",
        operation: operation)
    }
    return MachineText(data)
  }

  public func hosts() async throws -> [HostObservation] {
    let operation = "hypervisor.hosts"
    let nodes = try await rows("node", operation)
    let storages = try await rows("storage", operation)
    let machines = try await rows("vm", operation)
    return nodes.filter { $0.type == "node" }.compactMap { node -> HostObservation? in
      guard let name = node.host else { return nil }
      let rooms = storages.filter { row in
        row.host == name && row.status == "available" && (options.storage.map { $0 == row.storage } ?? true)
      }
      var host = HostObservation(
        name: name, online: node.status == "online", cpuCores: node.maximumCores, memoryBytes: node.maximumMemory,
        freeStorageBytes: rooms.map { max(0, $0.maximumDisk - $0.usedDisk) }.max() ?? 0)
      for machine in machines where machine.host == name && !machine.isTemplate {
        // Ours that stand still are on their way, or stand by and keep their place. A clone bears its number before its tag.
        guard machine.power != .stopped || machine.isLocked || concerns(machine) else { continue }
        host.assignedMemoryBytes += machine.maximumMemory
        host.assignedCPUCores += machine.maximumCores
      }
      return host
    }.sorted { $0.name < $1.name }
  }

  public func machines() async throws -> [MachineObservation] {
    let operation = "hypervisor.machines"
    let (listed, texts) = try await rowsWithTexts(operation)
    let rows = listed.filter { $0.type == "qemu" && $0.machine != nil && $0.host != nil }
    return rows.map { row in
      let id = row.machine!
      var observation = MachineObservation(id: id, name: row.name, host: row.host!, power: row.power)
      observation.locked = row.isLocked
      observation.isTemplate = row.isTemplate
      guard !row.isTemplate, let text = texts[id] else { return observation }
      let mark = mark(of: id, text)
      observation.owner = mark?.owner
      observation.createdAt = mark?.createdAt
      observation.uuid = text.uuid
      observation.configured = text.isConfigured
      // The list learns the name some seconds after the clone has begun.
      if observation.name.isEmpty { observation.name = text.name ?? mark?.owner.worker.rawValue ?? "" }
      return observation
    }.sorted { $0.id < $1.id }
  }

  /// Whether the machine may be ours; its configuration tells.
  func concerns(_ row: ResourceRow) -> Bool {
    row.type == "qemu" && !row.isTemplate && (row.isTagged || row.machine.map(isNumberOurs) ?? false)
  }

  func isNumberOurs(_ machine: MachineID) -> Bool { options.machineNumbers.contains(machine.rawValue) }

  /// Whose the machine is; of a clone that this process has begun, also before it says so itself.
  private func mark(of machine: MachineID, _ text: MachineText) -> OwnerMark? {
    if text.isHalfClone { return begun.withLock { $0[machine] } }
    let mark = text.mark(isNumberOurs: isNumberOurs(machine))
    return mark?.owner.cluster == options.cluster ? mark : nil
  }

  /// All machines with the configurations of those that may be ours.
  ///
  /// One that cannot be read fails the whole: a machine without an owner would be taken for somebody else's. But a machine
  /// that is deleted or moves while its configuration is read is no failure, and not every server says that it was that:
  /// then the list is read again, and only a machine that still stands where it stood fails.
  func rowsWithTexts(
    _ operation: String
  ) async throws(PortError) -> (rows: [ResourceRow], texts: [MachineID: MachineText]) {
    var rows = try await rows("vm", operation)
    var tries = 1
    while true {
      switch await texts(of: rows.filter(concerns), operation) {
      case .success(let texts): return (rows, texts)
      case .failure(let unread):
        let again = try await self.rows("vm", operation)
        let stands = again.contains { $0.machine == unread.machine && $0.host == unread.host }
        guard !stands, tries < Self.maximumTries else { throw unread.error }
        rows = again
        tries += 1
      }
    }
  }

  private struct UnreadMachine: Error {
    var machine: MachineID
    var host: HostName
    var error: PortError
  }

  /// The configurations of some machines, a few at a time.
  private func texts(
    of rows: [ResourceRow], _ operation: String
  ) async -> Result<[MachineID: MachineText], UnreadMachine> {
    let wanted = rows.compactMap { row in row.host.flatMap { host in row.machine.map { (host, $0) } } }
    return await withTaskGroup(of: Result<(MachineID, MachineText), UnreadMachine>.self) { group in
      var remaining = wanted[...]
      func next() {
        guard let (host, id) = remaining.popFirst() else { return }
        group.addTask {
          do throws(PortError) { return .success((id, try await self.configuration(host, id, operation))) } catch {
            return .failure(UnreadMachine(machine: id, host: host, error: error))
          }
        }
      }
      for _ in 0..<Self.parallelReads { next() }
      var texts: [MachineID: MachineText] = [:]
      for await one in group {
        switch one {
        case .success((let id, let text)): texts[id] = text
        case .failure(let unread):
          group.cancelAll()
          return .failure(unread)
        }
        next()
      }
      return .success(texts)
    }
  }

  public func task(_ reference: String) async throws -> TaskState {
    let operation = "hypervisor.task"
    if let machine = Self.machine(inReference: reference) { return try await state(of: machine, operation) }
    let parts = reference.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 8, parts[0] == "UPID" else {
      throw PortError(.notFound, "\"\(reference.prefix(100))\" names no task of Proxmox.", operation: operation)
    }
    let status = try await data(.task(HostName(String(parts[1])), reference: reference), operation)
    guard status["status"]?.string == "stopped" else { return .running }
    let end = status["exitstatus"]?.string ?? "unexpected status"
    return end == "OK" || end.hasPrefix("WARNINGS") ? .succeeded : .failed(end)
  }

  /// Stands for the task of a clone whose own reference is not known: how it stands is seen by the machine's lock.
  static func reference(toMachine machine: MachineID) -> String { "machine/\(machine)" }

  private static func machine(inReference reference: String) -> MachineID? {
    guard reference.hasPrefix("machine/") else { return nil }
    return Int(reference.dropFirst("machine/".count)).map { MachineID($0) }
  }

  private func state(of machine: MachineID, _ operation: String) async throws(PortError) -> TaskState {
    guard let row = try await rows("vm", operation).first(where: { $0.machine == machine }) else {
      return .failed("Machine \(machine) does not exist.")
    }
    return row.isLocked ? .running : .succeeded
  }

  public func address(of machine: MachineID) async throws -> String? {
    let operation = "hypervisor.address"
    guard let host = try await rows("vm", operation).first(where: { $0.machine == machine })?.host else { return nil }
    let text = try await configuration(host, machine, operation)
    // A guest that does not answer yet has no address yet; servers that lose causes cannot tell that from other failures.
    guard case .success(let data) = try await perform(.interfaces(host, machine), operation) else { return nil }
    return GuestAddress.of((data["result"] ?? data).elements ?? [], macAddress: text.macAddress)
  }
}
