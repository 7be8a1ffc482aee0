public import Model
import Ports

/// The life of the hypervisor's tasks: accepted, begun after its fork, ended.
extension World {
  /// How many tasks are remembered; the oldest that have ended are forgotten first.
  private static let rememberedTasks = 1000

  mutating func newTask(
    _ kind: String, on host: HostName, working subject: MachineID, machine: MachineID, user: String = "root@pam",
    work: SimulatedTask.Work? = nil
  ) -> String {
    func hex(_ number: Int64) -> String {
      let digits = String(number, radix: 16, uppercase: true)
      return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
    let process = Int64(0x1000 + nextTaskNumber)
    let reference =
      "UPID:\(host):\(hex(process)):\(hex(now.milliseconds / 10 & 0xFFFF_FFFF)):"
      + "\(hex(now.milliseconds / 1000)):\(kind):\(subject):\(user):"
    nextTaskNumber += 1
    tasks[reference] = SimulatedTask(
      machine: machine, startedAt: now, host: host, kind: kind, subject: subject, user: user, work: work)
    if tasks.count > Self.rememberedTasks {
      var oldest: String?
      for key in tasks.keys where tasks[key]!.state != .running {
        if oldest.map({ tasks[key]!.startedAt < tasks[$0]!.startedAt }) ?? true { oldest = key }
      }
      if let oldest { tasks[oldest] = nil }
    }
    return reference
  }

  /// Accepts work on a machine; it begins a moment later.
  mutating func accept(
    _ kind: String, _ work: SimulatedTask.Work, on machine: SimulatedMachine, subject: MachineID? = nil, user: String
  ) -> String {
    let reference = newTask(
      kind, on: machine.host, working: subject ?? machine.id, machine: machine.id, user: user, work: work)
    schedule(.task(.begun, reference), after: random.duration(in: timings.taskFork))
    return reference
  }

  mutating func performTask(_ step: WorldEvent.TaskStep, _ reference: String) {
    guard let task = tasks[reference], task.state == .running, let work = task.work else { return }
    if step == .ended, let verdict = task.verdict {
      if case .clone(let order) = work, machines[order.machine]?.task == reference { removeClone(order.machine) }
      return endTask(reference, failure: verdict)
    }
    switch (step, work) {
    case (.begun, .clone(let order)): beginWireClone(order, reference)
    case (.written, .clone(let order)): writeClone(order, reference)
    case (.ended, .clone(let order)): endWireClone(order, reference)
    case (.begun, .destroy): beginDestruction(task.machine, reference)
    case (.ended, .destroy): destroy(task.machine)
    case (.begun, .shutdown(let timeout, _)): beginShutdown(task.machine, reference, timeout: timeout)
    case (.begun, _): schedule(.task(.ended, reference), after: random.duration(in: timings.shortTask))
    case (.ended, _): endTask(reference, failure: carryOut(work, on: task.machine))
    case (.written, _): break
    }
  }

  /// What a short task does in the moment of its end, and what it fails with.
  private mutating func carryOut(_ work: SimulatedTask.Work, on id: MachineID) -> String? {
    guard let machine = machines[id] else { return Self.missing(id, nil) }
    if let lock = machine.lock { return "VM is locked (\(lock.rawValue))" }
    switch work {
    case .start: return startMachine(machine)
    case .stop:
      guard machine.running else { return nil }
      noteDisruption(ofNodeOn: id, operation: "proxmox.stop")
      powerOff(id)
    case .shutdown(_, let forced):
      guard machine.running else { return nil }
      guard forced || machine.system?.stage == .shuttingDown || machine.system == nil else {
        return "VM quit/powerdown failed - got timeout"
      }
      powerOff(id)
    case .reboot, .reset:
      guard machine.running else { return "VM \(id) not running" }
      noteDisruption(ofNodeOn: id, operation: "proxmox.reboot")
      if work == .reboot { applyPending(id) }
      if machine.system != nil { reboot(id) }
    case .resize(let disk, let bytes):
      guard let size = machine.diskBytes(disk) else { return "disk '\(disk)' does not exist" }
      if bytes < size { return "shrinking disks is not supported" }
      machines[id]?.setDiskBytes(disk, bytes)
      machines[id]?.readOptions()
      matchTemplate(id)
    case .clone, .destroy, .nothing: break
    }
    return nil
  }

  mutating func endTask(_ reference: String, failure: String? = nil) {
    tasks[reference]?.state = failure.map { .failed($0) } ?? .succeeded
    tasks[reference]?.endedAt = now
    if faults.forgetsTasks { tasks[reference] = nil }
  }

  /// The task will fail after a while.
  mutating func doom(_ reference: String, _ text: String, after delay: Duration) {
    tasks[reference]?.verdict = text
    schedule(.task(.ended, reference), after: delay)
  }

  /// A host has failed: what ran on it is never heard of again, and its locks stay.
  mutating func loseTasks(on host: HostName) {
    for reference in tasks.keys where tasks[reference]!.host == host && tasks[reference]!.work != nil {
      guard tasks[reference]!.state == .running else { continue }
      tasks[reference]!.state = .failed("unexpected status")
      tasks[reference]!.endedAt = now
    }
  }

  /// The hypervisor's words for a machine that a host does not hold.
  public static func missing(_ id: MachineID, _ host: HostName?) -> String {
    let folder = host.map { "nodes/\($0)/qemu-server" } ?? "qemu-server"
    return "Configuration file '\(folder)/\(id).conf' does not exist"
  }
}
