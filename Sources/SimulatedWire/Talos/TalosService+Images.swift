internal import Model
internal import Ports
internal import Simulator
internal import Synchronization
internal import TalosMessages

/// Images on a machine: those of the pods that run there, and while its disk is full two that nobody uses.
extension TalosService {
  private static let pause = "registry.k8s.io/pause:3.10"
  private static let leftovers = ["registry.example.org/leftover-1:1", "registry.example.org/leftover-2:1"]

  private static func image(of workload: String) -> String { "registry.example.org/\(workload):1" }

  private static func digest(_ name: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let text = String(hash, radix: 16)
    return "sha256:" + String(repeating: "0", count: 64 - text.count) + text
  }

  private func pods(on id: MachineID) -> [(name: String, workload: String)] {
    infrastructure.look { world in
      guard let node = world.machines[id]?.node.flatMap({ world.nodes[$0] }), node.machine == id else { return [] }
      return world.pods.values.filter { $0.nodeUID == node.uid && $0.containersRun }.map {
        ($0.key.description, $0.workload)
      }
    }
  }

  private func leftovers(on id: MachineID) -> [String] {
    let isFull = infrastructure.look { world in
      world.machines[id]?.node.flatMap { world.nodes[$0] }?.conditions["DiskPressure"]?.status == .yes
    }
    return removedImages.withLock { removed in
      if !isFull { removed[id] = nil }
      return isFull ? Self.leftovers.filter { removed[id]?.contains($0) != true } : []
    }
  }

  func images(of id: MachineID) -> TalosOutcome {
    let used = Set(pods(on: id).map { Self.image(of: $0.workload) }).sorted()
    let names = used + leftovers(on: id) + [Self.pause]
    return .messages(names.map { ImageEntry(name: $0, digest: Self.digest($0), size: 50_000_000).encoded() })
  }

  func containers(of id: MachineID) -> ContainerList {
    ContainerList(
      containers: pods(on: id).flatMap { pod in
        [(pod.name, Self.pause), (pod.name + ":main", Self.image(of: pod.workload))].map { name, image in
          ContainerInfo(
            namespace: "k8s.io", id: name, image: image, status: "CONTAINER_RUNNING", podID: pod.name, name: name)
        }
      })
  }

  /// With the last image that nobody uses the disk has room again.
  func remove(_ name: String, from id: MachineID) throws -> TalosOutcome {
    if isOlder(than: (1, 13)) { throw GRPCStatus(.unimplemented, "unknown service machine.ImageService") }
    guard leftovers(on: id).contains(name) else {
      throw GRPCStatus(.notFound, "image \"\(name)\": not found")
    }
    removedImages.withLock { _ = $0[id, default: []].insert(name) }
    if leftovers(on: id).isEmpty {
      try infrastructure.write("node_os.prune_images") { try $0.pruneImages(id, at: $1) }
    }
    return .reply(Empty())
  }
}
