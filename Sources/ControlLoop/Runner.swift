import Lifecycle
import Model
import Ports

/// Carries out actions whose intent is in the journal. Each is safe to repeat; outcomes are handed back as values.
struct Runner: Sendable {
  let infrastructure: Infrastructure
  let policy: Policy
  /// Asked before each single call: whether this process leads as it did when the call's intent was written.
  var mayCall: @Sendable () -> Bool = { true }

  /// The outcome of a call that was not made because another process may lead.
  static let superseded = ActionOutcome.failed(
    code: PortError.Code.superseded.rawValue,
    message: "Another process leads, or may by now: the call was not made.", retryable: true)

  /// Actions carried out at once.
  static let parallelActions = 8

  /// One worker's actions, in order: the next begins when the one before has succeeded.
  struct Work: Sendable {
    var record: WorkerRecord
    var actions: [WorkerAction]
  }

  /// What came of them; actions after a failed one are absent.
  struct Result: Sendable {
    var worker: WorkerID
    var outcomes: [(action: WorkerAction, outcome: ActionOutcome)]
  }

  func perform(_ work: [Work]) async -> [Result] {
    await withTaskGroup(of: Result.self) { group in
      var results: [Result] = []
      for (index, item) in work.enumerated() {
        if index >= Self.parallelActions, let result = await group.next() { results.append(result) }
        group.addTask { await perform(item) }
      }
      for await result in group { results.append(result) }
      return results.sorted { $0.worker < $1.worker }
    }
  }

  private func perform(_ work: Work) async -> Result {
    var result = Result(worker: work.record.id, outcomes: [])
    for action in work.actions {
      let outcome = await perform(action, for: work.record)
      result.outcomes.append((action, outcome))
      // Evictions are independent of each other; everything else stops at the first failure.
      if case .failed = outcome, action.name != "evict" || outcome == Self.superseded { break }
    }
    return result
  }

  private func perform(_ action: WorkerAction, for record: WorkerRecord) async -> ActionOutcome {
    guard mayCall() else { return Self.superseded }
    do { return try await call(action, for: record) } catch let error as PortError {
      return .failed(code: error.code.rawValue, message: error.message, retryable: error.retryable)
    } catch is CancellationError {
      return .failed(code: "uncertain", message: "The program stopped during the call.", retryable: true)
    } catch {
      return .failed(code: "failed", message: "\(action.name) failed: \(error).", retryable: true)
    }
  }

  private func call(_ action: WorkerAction, for record: WorkerRecord) async throws -> ActionOutcome {
    let owner = MachineOwner(
      cluster: policy.clusterName, pool: record.pool, worker: record.name, id: record.id)
    let node = NodeName(record.name.rawValue)
    let (hypervisor, nodeOS, cluster) = (infrastructure.hypervisor, infrastructure.nodeOS, infrastructure.cluster)
    switch action {
    case .clone(let host):
      let request = CloneRequest(
        template: try template(of: record), owner: owner, host: host, createdAt: record.createdAt)
      let (machine, task) = try await hypervisor.clone(request)
      return .cloned(machine: machine, task: task)
    case .configure: try await hypervisor.configure(machine(of: record), owner: owner, as: template(of: record))
    case .start: try await hypervisor.start(machine(of: record), owner: owner)
    case .powerOff: try await hypervisor.stop(machine(of: record), owner: owner)
    case .deleteMachine: try await hypervisor.delete(machine(of: record), owner: owner)
    case .applyConfiguration(let labels, let taints):
      var configuration = NodeConfiguration(hostname: record.name, labels: labels, taints: taints)
      let version = try template(of: record).kubernetesVersion
      configuration.kubernetesVersion = version.isEmpty ? nil : version
      try await nodeOS.apply(configuration, to: machine(of: record))
    case .restartKubelet: try await nodeOS.restartKubelet(machine(of: record))
    case .reboot: try await nodeOS.reboot(machine(of: record))
    case .shutdown: try await nodeOS.shutdown(machine(of: record))
    case .cleanDisk: try await nodeOS.cleanDisk(machine(of: record))
    case .pruneImages: try await nodeOS.pruneImages(machine(of: record))
    case .label(let labels): try await cluster.label(node, with: labels)
    case .removeStartUpTaint: try await cluster.removeTaint(Taint.starting.key, from: node)
    case .cordon: try await cluster.cordon(node)
    case .uncordon: try await cluster.uncordon(node)
    case .deleteNode(let uid): try await cluster.delete(node, uid: uid)
    case .evict(let pod, let uid, let grace):
      if case .refused(let budget) = try await cluster.evict(pod, uid: uid, grace: grace) {
        return .evictionRefused(by: budget)
      }
    }
    return .succeeded
  }

  private func machine(of record: WorkerRecord) throws -> MachineID {
    guard let machine = record.machine else {
      throw PortError(.notFound, "No machine is known for \(record.name).", operation: "runner")
    }
    return machine
  }

  private func template(of record: WorkerRecord) throws -> Template {
    guard let template = policy.template(record.template) else {
      throw PortError(
        .invalid, "Template \(record.template) of \(record.name) is no longer in the configuration: put it back.",
        operation: "runner")
    }
    return template
  }
}
