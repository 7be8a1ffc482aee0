import Model

/// What is asked of Proxmox, whichever server passes it on.
enum ProxmoxCall: Hashable, Sendable {
  /// Rows of `/cluster/resources`; `vm`, `node` or `storage`.
  case resources(type: String)
  case configuration(HostName, MachineID)
  case status(HostName, MachineID)
  case clone(CloneCall)
  case configure(ConfigureCall)
  /// To an absolute size, for example `40G`.
  case resize(HostName, MachineID, disk: String, size: String)
  case start(HostName, MachineID)
  case stop(HostName, MachineID)
  case delete(HostName, MachineID)
  case task(HostName, reference: String)
  case interfaces(HostName, MachineID)

  struct CloneCall: Hashable, Sendable {
    /// Of the source.
    var host: HostName
    var source: MachineID
    var machine: MachineID
    var name: String
    var description: String
    /// `nil`: the source's host.
    var target: HostName?
    var isFull: Bool
    /// Of a full clone; `nil`: the source's.
    var storage: String?
  }

  struct ConfigureCall: Hashable, Sendable {
    var host: HostName
    var machine: MachineID
    var cores: Int
    var memoryMebibytes: Int
    var description: String
    /// Separated by semicolons.
    var tags: String
    /// Of the configuration that was read; refused when it has changed since, where the server can pass it on.
    var digest: String?
  }

  /// Whether something may be different afterwards.
  var isChange: Bool {
    switch self {
    case .clone, .configure, .resize, .start, .stop, .delete: true
    case .resources, .configuration, .status, .task, .interfaces: false
    }
  }

  /// For sentences.
  var words: String {
    switch self {
    case .resources(let type): "the list of \(type) resources"
    case .configuration(_, let machine): "the configuration of machine \(machine)"
    case .status(_, let machine): "the status of machine \(machine)"
    case .clone(let call): "the clone of \(call.source) to \(call.machine)"
    case .configure(let call): "the configuration of machine \(call.machine)"
    case .resize(_, let machine, _, _): "the resizing of machine \(machine)"
    case .start(_, let machine): "the start of machine \(machine)"
    case .stop(_, let machine): "the stop of machine \(machine)"
    case .delete(_, let machine): "the deletion of machine \(machine)"
    case .task: "a task's status"
    case .interfaces(_, let machine): "the addresses of machine \(machine)"
    }
  }
}
