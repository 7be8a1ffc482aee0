public import Model
public import Ports
import Synchronization

extension MCPHypervisor {
  // MARK: - Cloning

  /// Begins a clone under a number that follows from the worker's id. Called again after its answer was lost, it finds the
  /// machine by its mark, or by that number while it bears none.
  public func clone(_ request: CloneRequest) async throws -> (machine: MachineID, task: String) {
    let operation = "hypervisor.clone"
    try refuseImpossible(request, operation)
    for _ in 0..<Self.maximumTries {
      let (rows, texts) = try await rowsWithTexts(operation)
      let present = texts.keys.sorted().first { id in
        let mark = texts[id]!.mark(isNumberOurs: isNumberOurs(id))
        return mark?.owner.id == request.owner.id && mark?.owner.cluster == options.cluster
      }
      if let present { return (present, Self.reference(toMachine: present)) }
      let host = try host(ofTemplate: request.template, in: rows, operation)
      switch try number(for: request, rows, texts, operation) {
      case .begun(let machine): return (machine, Self.reference(toMachine: machine))
      case .free(let machine):
        if let task = try await begin(request, machine, host, operation) { return (machine, task) }
      }
    }
    throw PortError(
      .conflict,
      "Somebody else takes numbers of the range \(options.machineNumbers) at the same time; keep it for this program alone.",
      operation: operation)
  }

  private func refuseImpossible(_ request: CloneRequest, _ operation: String) throws(PortError) {
    guard request.owner.cluster == options.cluster else {
      throw PortError(
        .forbidden,
        "This connection makes machines of the cluster \(options.cluster) only, not of "
          + "\(request.owner.cluster).", operation: operation)
    }
    let machine = request.template.machine
    guard machine.gpus == 0, machine.fixedPCIDevice == nil else {
      throw PortError(
        .unavailable,
        "Template \(request.template.name) needs a PCI device, which cannot be given to a machine by MCP. Use the native "
          + "client.", operation: operation)
    }
  }

  private func host(
    ofTemplate template: Template, in rows: [ResourceRow], _ operation: String
  ) throws(PortError) -> HostName {
    let id = template.source
    guard let row = rows.first(where: { $0.machine == id && $0.type == "qemu" }), let host = row.host else {
      throw PortError(
        .notFound,
        "Template machine \(id) of \(template.name) is not to be seen: check its number, and grant VM.Clone on it.",
        operation: operation)
    }
    guard row.isTemplate else {
      throw PortError(
        .invalid, "Machine \(id), from which \(template.name) is to be cloned, is no template: convert it to one.",
        operation: operation)
    }
    return host
  }

  private enum Number {
    /// Its clone has begun in this process already.
    case begun(MachineID)
    case free(MachineID)
  }

  /// The worker's number: the same as the native client would choose, which depends on the worker's id alone. A clone
  /// whose answer was lost is asked for under the same number again; should the first call have arrived after all, the
  /// number is taken, and no second machine is made.
  private func number(
    for request: CloneRequest, _ rows: [ResourceRow], _ texts: [MachineID: MachineText], _ operation: String
  ) throws(PortError) -> Number {
    let taken = Set(rows.compactMap { $0.machine })
    let numbers = MachineNumbers(range: options.machineNumbers)
    let mark = OwnerMark(owner: request.owner, createdAt: request.createdAt)
    for probe in 0..<MachineNumbers.maximumProbes {
      let id = numbers.number(for: request.owner.id, probe: probe)
      let known = begun.withLock { $0[id] }
      if taken.contains(id) {
        guard texts[id]?.isHalfClone == true else { continue }
        guard let known else {
          throw PortError(
            .busy,
            "Machine \(id) is being cloned and may become \(request.owner.worker); it is looked at again when it says whose "
              + "it is. Should no clone run any more, remove what is left of it: qm unlock \(id), qm destroy \(id).",
            operation: operation)
        }
        if known.owner.id == request.owner.id { return .begun(id) }
        continue
      }
      if reserve(id, for: mark) { return .free(id) }
    }
    throw PortError(
      .exhausted, "No free number was found for \(request.owner.worker) in the range \(numbers.range); widen it.",
      operation: operation)
  }

  /// Keeps the number for the worker; false when this process has given it to another.
  private func reserve(_ id: MachineID, for mark: OwnerMark) -> Bool {
    begun.withLock { begun in
      if let known = begun[id] { return known.owner.id == mark.owner.id }
      if begun.count >= Self.maximumBegun {
        let oldest = begun.min { ($0.value.createdAt, $0.key) < ($1.value.createdAt, $1.key) }
        if let oldest { begun[oldest.key] = nil }
      }
      begun[id] = mark
      return true
    }
  }

  /// - Returns: the task's reference; `nil` when the number is taken by now and another must be chosen.
  private func begin(
    _ request: CloneRequest, _ machine: MachineID, _ host: HostName, _ operation: String
  ) async throws(PortError) -> String? {
    let call = ProxmoxCall.CloneCall(
      host: host, source: request.template.source, machine: machine, name: request.owner.worker.rawValue,
      description: Self.description(of: request),
      target: request.host == host ? nil : request.host, isFull: options.makesFullClones, storage: options.storage)
    let outcome: Result<JSONValue, ProxmoxFault>
    do throws(PortError) { outcome = try await perform(.clone(call), operation) } catch {
      // What never arrived needs no number; what may have arrived keeps it.
      if error.code != .uncertain { begun.withLock { $0[machine] = nil } }
      throw error
    }
    switch outcome {
    case .success(let data):
      guard let task = data.string, task.hasPrefix("UPID:") else { return Self.reference(toMachine: machine) }
      return task
    case .failure(let fault):
      if fault.meaning == .idTaken {
        begun.withLock { $0[machine] = nil }
        return nil
      }
      if fault.meaning != .code(.uncertain) { begun.withLock { $0[machine] = nil } }
      throw fault.error(operation)
    }
  }

  /// What is written on a new machine, as the native client does.
  static func description(of request: CloneRequest) -> String {
    OwnerMark(owner: request.owner, createdAt: request.createdAt).text + "\n"
      + "Made and removed by Poolkeeper for the cluster \(request.owner.cluster). Notes may be added below; without the line "
      + "above, its name or its tag the machine is left alone."
  }

  // MARK: - Confirmed machines

  /// A machine that is ours by its name, tag and mark, read at this moment.
  private struct Confirmed {
    var host: HostName
    var text: MachineText
  }

  /// - Returns: `nil` when there is no machine of that number.
  /// - Throws: `notOurs` unless cluster and worker id match.
  private func confirm(
    _ machine: MachineID, _ owner: MachineOwner, _ operation: String
  ) async throws(PortError) -> Confirmed? {
    guard let row = try await rows("vm", operation).first(where: { $0.machine == machine }), let host = row.host else {
      return nil
    }
    guard row.type == "qemu", !row.isTemplate else {
      throw PortError(
        .notOurs, "Machine \(machine) is a template or a container; it is left alone.", operation: operation)
    }
    let text = try await configuration(host, machine, operation)
    if text.isHalfClone {
      throw PortError(.busy, "Machine \(machine) is still being cloned.", operation: operation)
    }
    guard let mark = text.mark(isNumberOurs: isNumberOurs(machine)), mark.owner.cluster == owner.cluster,
      mark.owner.id == owner.id, owner.cluster == options.cluster, text.name == owner.worker.rawValue
    else {
      throw PortError(
        .notOurs,
        "Machine \(machine) is left alone: it does not carry the name, the tag and the mark of \(owner.worker).",
        operation: operation)
    }
    begun.withLock { $0[machine] = nil }
    return Confirmed(host: host, text: text)
  }

  private func confirmed(
    _ machine: MachineID, _ owner: MachineOwner, _ operation: String
  ) async throws(PortError) -> Confirmed {
    guard let confirmed = try await confirm(machine, owner, operation) else {
      throw PortError(.notFound, "There is no machine \(machine).", operation: operation)
    }
    guard let lock = confirmed.text.lock else { return confirmed }
    throw PortError(.busy, "Machine \(machine) is locked (\(lock)); it is tried again later.", operation: operation)
  }

  /// `running` or `stopped`, as it is at this moment; the list is some seconds behind.
  private func power(of machine: MachineID, on host: HostName, _ operation: String) async throws(PortError) -> String {
    try await data(.status(host, machine), operation)["status"]?.string ?? ""
  }

  // MARK: - Changing

  public func configure(_ machine: MachineID, owner: MachineOwner, as template: Template) async throws {
    let operation = "hypervisor.configure"
    let found = try await confirmed(machine, owner, operation)
    let size = SizeMark(template.machine)
    guard let disk = found.text.bootDisk else {
      throw PortError(
        .invalid,
        "Machine \(machine) has no disk of a known size to boot from; give template \(template.source) a boot "
          + "order.", operation: operation)
    }
    let description = size.written(into: found.text.description)
    if !found.text.isTagged || found.text.cores != size.cores || found.text.memoryMebibytes != size.memoryMebibytes
      || found.text.description != description
    {
      let change = ProxmoxCall.ConfigureCall(
        host: found.host, machine: machine, cores: size.cores, memoryMebibytes: size.memoryMebibytes,
        description: description, tags: found.text.tagsWithOurs, digest: found.text.digest)
      _ = try await data(.configure(change), operation)
    }
    if disk.bytes < Int64(size.diskGibibytes) << 30 {
      _ = try await data(.resize(found.host, machine, disk: disk.name, size: "\(size.diskGibibytes)G"), operation)
    }
  }

  public func start(_ machine: MachineID, owner: MachineOwner) async throws {
    let operation = "hypervisor.start"
    let found = try await confirmed(machine, owner, operation)
    // A server that loses causes could not say that it runs already.
    if try await power(of: machine, on: found.host, operation) == "running" { return }
    guard case .failure(let fault) = try await perform(.start(found.host, machine), operation) else { return }
    if fault.meaning == .alreadyRunning { return }
    throw fault.error(operation)
  }

  public func stop(_ machine: MachineID, owner: MachineOwner) async throws {
    let operation = "hypervisor.stop"
    let found = try await confirmed(machine, owner, operation)
    if try await power(of: machine, on: found.host, operation) == "stopped" { return }
    guard case .failure(let fault) = try await perform(.stop(found.host, machine), operation) else { return }
    if fault.meaning == .notRunning { return }
    throw fault.error(operation)
  }

  public func delete(_ machine: MachineID, owner: MachineOwner) async throws {
    let operation = "hypervisor.delete"
    guard let found = try await confirm(machine, owner, operation) else { return }
    if let lock = found.text.lock {
      // On its way already.
      if lock == "destroyed" { return }
      throw PortError(.busy, "Machine \(machine) is locked (\(lock)); it is tried again later.", operation: operation)
    }
    guard try await power(of: machine, on: found.host, operation) == "stopped" else {
      throw PortError(.conflict, "Machine \(machine) runs; stop it first.", operation: operation)
    }
    // Confirmed once more: the number may have been given to another machine since.
    guard let last = try await confirm(machine, owner, operation) else { return }
    guard case .failure(let fault) = try await perform(.delete(last.host, machine), operation) else { return }
    if fault.meaning == .missing { return }
    throw fault.error(operation)
  }
}
