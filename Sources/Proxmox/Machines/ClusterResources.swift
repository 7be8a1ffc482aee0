import Model

/// The rows of `/cluster/resources`.
///
/// Number, host, lock, tags and pool are live; name, status and all figures come from statistics that are sent around
/// every 10 s, so that a new machine has none of them yet and a stopped one is still called running for a while.
struct ClusterResources: Sendable {
  struct Machine: Sendable, Hashable {
    var id: MachineID
    var node: HostName
    var name: String
    /// `running`, `stopped`, `unknown`.
    var status: String
    var isContainer: Bool
    var isTemplate: Bool
    var tags: TagList
    var lock: String?
    var cores: Int
    var memoryBytes: Int64
  }

  struct Node: Sendable, Hashable {
    var name: HostName
    var isOnline: Bool
    var cores: Int
    var memoryBytes: Int64
  }

  struct Storage: Sendable, Hashable {
    var name: String
    var node: HostName
    var isAvailable: Bool
    var isShared: Bool
    var holdsImages: Bool
    var freeBytes: Int64
  }

  /// By number.
  private(set) var machines: [MachineID: Machine] = [:]
  /// By name.
  private(set) var nodes: [HostName: Node] = [:]
  private(set) var storages: [Storage] = []

  init(_ rows: JSONValue) {
    for row in rows.list ?? [] {
      switch row["type"]?.text {
      case "qemu", "lxc": add(machine: row)
      case "node": add(node: row)
      case "storage": add(storage: row)
      default: break
      }
    }
  }

  private mutating func add(machine row: JSONValue) {
    guard let number = row["vmid"]?.integer, let node = row["node"]?.text else { return }
    let id = MachineID(Int(number))
    machines[id] = Machine(
      id: id, node: HostName(node), name: row["name"]?.text ?? "", status: row["status"]?.text ?? "unknown",
      isContainer: row["type"]?.text == "lxc", isTemplate: row["template"]?.flag ?? false,
      tags: TagList(row["tags"]?.text ?? ""), lock: row["lock"]?.text.flatMap { $0.isEmpty ? nil : $0 },
      cores: Int(row["maxcpu"]?.integer ?? 0), memoryBytes: row["maxmem"]?.integer ?? 0)
  }

  private mutating func add(node row: JSONValue) {
    guard let name = row["node"]?.text else { return }
    nodes[HostName(name)] = Node(
      name: HostName(name), isOnline: row["status"]?.text == "online", cores: Int(row["maxcpu"]?.integer ?? 0),
      memoryBytes: row["maxmem"]?.integer ?? 0)
  }

  private mutating func add(storage row: JSONValue) {
    guard let name = row["storage"]?.text, let node = row["node"]?.text else { return }
    let contents = (row["content"]?.text ?? "images").split(separator: ",")
    storages.append(
      Storage(
        name: name, node: HostName(node), isAvailable: row["status"]?.text == "available",
        isShared: row["shared"]?.flag ?? false, holdsImages: contents.contains("images"),
        freeBytes: max(0, (row["maxdisk"]?.integer ?? 0) - (row["disk"]?.integer ?? 0))))
  }

  /// Rows of nodes are hidden from tokens without the right to see them: one that is not listed counts as online, and
  /// an answer shows the truth.
  func isOnline(_ node: HostName) -> Bool { nodes[node]?.isOnline ?? true }

  func isShared(_ storage: String) -> Bool { storages.contains { $0.name == storage && $0.isShared } }

  /// By number.
  var sortedMachines: [Machine] { machines.values.sorted { $0.id < $1.id } }
}
