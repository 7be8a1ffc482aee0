import Foundation

@testable import Proxmox

extension PretendProxmox {
  struct Machine: Sendable {
    var node: String
    /// As `config` shows it, without the digest.
    var configuration: [String: String]
    var isRunning = false
    var isContainer = false
    /// What the list says of it; `nil`: the truth.
    var listedStatus: String?
    /// Hidden from the list, as from a token without rights.
    var isHidden = false
    /// The agent's answer; `nil`: it does not run.
    var interfaces: String?
    var isManagedByHA = false
    /// Changes with each change of the configuration.
    var version = 1

    var digest: String { String(format: "%040x", version) }
    var isTemplate: Bool { configuration["template"] == "1" }
    var lock: String? { configuration["lock"] }
  }

  struct Node: Sendable {
    var isOnline = true
    var cores = 16
    var memory: Int64 = 64 << 30
  }

  struct Storage: Sendable {
    var name: String
    var nodes: [String]
    var isShared: Bool
    var size: Int64 = 1 << 40
    var used: Int64 = 0
  }

  struct WorkerTask: Sendable {
    var type: String
    var node: String
    var id: String
    /// `nil` while it runs.
    var exitStatus: String?
    /// Rotated away.
    var isForgotten = false
  }

  /// How far a clone gets by itself.
  enum CloneProgress: Sendable {
    /// A task, and no configuration yet.
    case accepted
    /// The temporary configuration.
    case half
    /// The real configuration, still locked.
    case copying
    case done
  }

  enum Effect: Sendable {
    /// Refused before anything is done.
    case refuse(status: Int, reason: String, body: String = "{\"data\":null}")
    /// Done, then answered with this status.
    case doneBut(status: Int, reason: String)
    /// Done, and no byte of an answer.
    case loseAnswer
    /// Not done, and no byte of an answer.
    case hangUp
    /// A task is started that ends so and does nothing.
    case taskFails(String)
    /// A task is started that does its work and ends so all the same.
    case taskEnds(String)
    /// This happens first, then the call goes on.
    case first(@Sendable (inout State) -> Void)
  }

  struct Fault: Sendable {
    /// `METHOD` and the end of the path.
    var method: String
    var pathEnd: String
    var times: Int
    var effect: Effect
  }

  struct State: Sendable {
    var machines: [Int: Machine] = [:]
    var nodes: [String: Node] = [:]
    var storages: [Storage] = []
    var tasks: [String: WorkerTask] = [:]
    var mappings: [(id: String, map: [String])] = []
    var isQuorate = true
    /// What the token may do, by path.
    var rights = ["/": State.allRights]
    var cloneProgress = CloneProgress.done
    var faults: [Fault] = []
    var nextTask = 1
    /// Requests as METHOD and path, in their order.
    var log: [String] = []
    var violations: [String] = []
    /// Forms by METHOD and path, the last one of each.
    var forms: [String: [String: String]] = [:]
    var connections: [Int] = []

    mutating func fail(_ method: String, _ pathEnd: String, times: Int = 1, _ effect: Effect) {
      faults.append(Fault(method: method, pathEnd: pathEnd, times: times, effect: effect))
    }

    mutating func startTask(_ type: String, node: String, id: String, exitStatus: String? = "OK") -> String {
      let numbers = [nextTask, 0x1A2B3C, 0x6B49_D200].map { String(format: "%08X", $0) }.joined(separator: ":")
      nextTask += 1
      let upid = "UPID:\(node):\(numbers):\(type):\(id):keeper@pve!pool:"
      tasks[upid] = WorkerTask(type: type, node: node, id: id, exitStatus: exitStatus)
      return upid
    }

    mutating func set(_ id: Int, _ key: String, _ value: String?) {
      machines[id]?.configuration[key] = value
      machines[id]?.version += 1
    }

    /// Two hosts, shared and local storage, and a template on the shared one.
    static let allRights = [
      "VM.Audit", "VM.Clone", "VM.Allocate", "VM.PowerMgmt", "VM.Config.CPU", "VM.Config.Memory", "VM.Config.Network",
      "VM.Config.Options", "VM.Config.HWType", "VM.Config.Disk", "VM.GuestAgent.Audit", "Datastore.AllocateSpace",
      "Datastore.Audit", "SDN.Use", "Sys.Audit", "Mapping.Use",
    ]

    static let standard: State = {
      var state = State()
      state.nodes = ["pve1": Node(), "pve2": Node()]
      state.storages = [
        Storage(name: "ceph", nodes: ["pve1", "pve2"], isShared: true),
        Storage(name: "local-lvm", nodes: ["pve1", "pve2"], isShared: false),
      ]
      state.machines[9002] = Machine(
        node: "pve1",
        configuration: [
          "name": "talos-worker", "template": "1", "tags": "poolkeeper", "cores": "2", "memory": "2048", "agent": "1",
          "boot": "order=scsi0;net0", "scsi0": "ceph:base-9002-disk-0,size=10G", "cpu": "x86-64-v2-AES",
          "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr9", "ide2": "ceph:vm-9002-cloudinit,media=cdrom",
          "smbios1": "uuid=00000000-0000-4000-8000-000000009002",
        ])
      return state
    }()
  }
}
