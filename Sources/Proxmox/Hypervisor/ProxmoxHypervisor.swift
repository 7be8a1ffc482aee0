import HTTPTransport
public import Model
public import Ports
import Synchronization

/// The machines and hosts of a Proxmox VE cluster.
///
/// Nothing that must survive the process is kept here: what a machine is and whose is read from Proxmox each time. What
/// is remembered saves calls, or spares Proxmox' locks. May be called from any task.
public final class ProxmoxHypervisor: Hypervisor, MachineAddresses {
  let options: ProxmoxOptions
  let client: ProxmoxClient
  let time: any TimeSource
  let numbers: MachineNumbers
  /// Told what an operator should know and no caller waits for, in whole sentences.
  let notice: @Sendable (String) -> Void
  let memory = Mutex(Memory())

  /// - Parameters:
  ///   - time: pauses between looks at a task, and the age of what was read.
  ///   - notice: told what an operator should know beside errors: warnings of tasks, stale locks, another endpoint.
  public init(
    _ options: ProxmoxOptions, time: any TimeSource, notice: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    precondition(!options.endpoints.isEmpty, "A Proxmox cluster needs at least one endpoint.")
    self.options = options
    self.time = time
    self.notice = notice
    client = ProxmoxClient(options, time: time, notice: notice)
    numbers = MachineNumbers(range: options.machineNumbers)
  }

  /// Closes the connections; calls that are under way fail.
  public func shutdown() async { await client.shutdown() }

  /// How a task stands.
  /// - Throws: `notFound` when nobody knows the task any more: then only the machine can tell.
  public func task(_ reference: String) async throws -> TaskState {
    let operation = "hypervisor.task"
    guard let upid = UPID(reference) else {
      throw PortError(.notFound, "\"\(reference)\" is no task of Proxmox; look at the machine.", operation: operation)
    }
    let status = try await translating(operation) { try await client.status(of: upid) }
    if status != .running { memory.withLock { $0.forgetClone(task: reference) } }
    switch status {
    case .running: return .running
    case .succeeded(let warnings):
      if let warnings { tellOnce("Task \(upid.type) of \(upid.id) on \(upid.node) ended with \(warnings).") }
      return .succeeded
    case .failed(let text): return .failed(text)
    case .unknown:
      throw PortError(
        .notFound, "Nothing is known any more of task \(upid.type) on \(upid.node); look at the machine.",
        operation: operation)
    }
  }

  // MARK: Shared by all calls

  /// Carries out calls and gives their failures the port's form.
  func translating<Value>(_ operation: String, _ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch let failure as ProxmoxFailure {
      if failure.meaning == .noQuorum {
        let now = time.now()
        memory.withLock { $0.quorum = .lost(at: now, isConfirmed: false) }
      }
      throw PortError(failure, operation: operation)
    }
  }

  /// How long a failed change is enough to believe that the quorum is still lost, where its state may not be read.
  static let quorumRecheck = Duration.minutes(1)

  /// Nothing that changes the cluster leaves while it has no quorum: it would be refused, or hang.
  func checkQuorum(_ operation: String) throws(PortError) {
    guard case .lost(let at, let isConfirmed) = memory.withLock({ $0.quorum }) else { return }
    if !isConfirmed, time.now() - at >= Self.quorumRecheck { return }
    throw PortError(
      .unreachable,
      "The Proxmox cluster has no quorum: nothing is changed until enough hosts are back. Check the hosts and the "
        + "cluster network.", operation: operation)
  }

  /// Sentences told before and not told again.
  static let maximumNotices = 1000

  func tellOnce(_ sentence: String) {
    let isNew = memory.withLock { memory in
      if memory.told.count >= Self.maximumNotices { memory.told = [] }
      return memory.told.insert(sentence).inserted
    }
    if isNew { notice(sentence) }
  }

  // MARK: Tasks

  /// Pauses between looks at a task that a call waits for.
  static let acceptancePauses: [Duration] = [.seconds(1), .seconds(1), .seconds(2)]
  static let completionPauses: [Duration] = acceptancePauses + [.seconds(3), .seconds(5), .seconds(5), .seconds(5)]

  /// Looks after a task until it ends or the pauses are used up, which says nothing about its end.
  /// - Parameter reference: `nil` where the server did the work at once.
  func follow(_ reference: String?, pauses: [Duration]) async throws -> (status: TaskStatus, task: UPID?) {
    guard let reference else { return (.succeeded(warnings: nil), nil) }
    guard let upid = UPID(reference) else { return (.unknown, nil) }
    var status = try await client.status(of: upid)
    for pause in pauses where status == .running {
      try await time.sleep(for: pause)
      status = try await client.status(of: upid)
    }
    if case .succeeded(let warnings?) = status {
      tellOnce("Task \(upid.type) of \(upid.id) on \(upid.node) ended with \(warnings).")
    }
    return (status, upid)
  }

  /// Reads and asks at once.
  static let parallelReads = 8

  /// Maps in parallel, in the order of the elements.
  func parallelMap<Element: Sendable, Value: Sendable>(
    _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Value
  ) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
      var results: [Int: Value] = [:]
      for (index, element) in elements.enumerated() {
        if index >= Self.parallelReads, let (index, value) = try await group.next() { results[index] = value }
        group.addTask { (index, try await body(element)) }
      }
      for try await (index, value) in group { results[index] = value }
      return elements.indices.compactMap { results[$0] }
    }
  }
}
