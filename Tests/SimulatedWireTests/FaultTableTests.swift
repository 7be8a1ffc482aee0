import Foundation
import Simulator
import Testing

@testable import SimulatedWire

@Suite struct FaultTableTests {
  @Test func everyFaultOfTheWorldIsInTheDocumentation() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/simulated-world.md"), encoding: .utf8)
    for (name, _) in FaultOrder.worldNames { #expect(text.contains("\n| `\(name)` |"), "\(name) is not told") }
  }

  @Test(arguments: FaultOrder.worldNames.map(\.name))
  func everyFaultOfTheWorldCanBeOrdered(name: String) async throws {
    let values = [
      "no-quorum": "on", "tasks-forgotten": "on", "start-failure": "no", "host-down": "pve-01:60",
      "migrate": "100:pve-02", "highly-available": "100", "kubelet-dies": "worker-1",
    ]
    try await ProxmoxFixture.run { proxmox in
      let before = proxmox.infrastructure.world
      try FaultOrder("world.\(name)=\(values[name] ?? "1")").apply(to: proxmox.infrastructure, proxmox.faults)
      #expect(proxmox.infrastructure.world != before)
    }
  }
}
