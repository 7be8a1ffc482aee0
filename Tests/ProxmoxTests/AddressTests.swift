import Model
import Ports
import Testing

@testable import Proxmox

@Suite struct AddressTests {
  private func interfaces(_ mac: String, _ address: String) -> String {
    """
    [{"name":"eth0","hardware-address":"\(mac)","ip-addresses":[{"ip-address":"\(address)","ip-address-type":"ipv4"}]}]
    """
  }

  @Test func theAgentTellsTheAddress() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      stage.change { $0.machines[id.rawValue]?.interfaces = interfaces("BC:24:11:00:00:01", "10.0.0.7") }
      for _ in 0..<3 { try await expectEqual(stage.hypervisor.address(of: id), "10.0.0.7") }
      #expect(stage.server.log.filter { $0.hasSuffix("network-get-interfaces") }.count == 1)
      stage.change { $0.machines[id.rawValue]?.interfaces = interfaces("BC:24:11:00:00:01", "10.0.0.8") }
      stage.time.advance(by: ProxmoxHypervisor.addressAge)
      try await expectEqual(stage.hypervisor.address(of: id), "10.0.0.8")
    }
  }

  @Test func aBootingGuestIsAskedSeldomAndQuietly() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      for _ in 0..<60 {
        try await expectEqual(stage.hypervisor.address(of: id), nil)
        stage.time.advance(by: .seconds(5))
      }
      let asked = stage.server.log.filter { $0.hasSuffix("network-get-interfaces") }.count
      #expect((5...10).contains(asked), "\(asked)")
      #expect(stage.notices.all.isEmpty)
      stage.change { $0.machines[id.rawValue]?.interfaces = interfaces("BC:24:11:00:00:01", "10.0.0.7") }
      stage.time.advance(by: ProxmoxHypervisor.longestAgentPause)
      try await expectEqual(stage.hypervisor.address(of: id), "10.0.0.7")
    }
  }

  @Test func withoutAgentTheFixedAddressIsTold() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      stage.change { $0.set(id.rawValue, "ipconfig0", "ip=10.0.0.9/24,gw=10.0.0.1") }
      for _ in 0..<2 { try await expectEqual(stage.hypervisor.address(of: id), "10.0.0.9") }
      stage.change { $0.set(id.rawValue, "agent", "0") }
      try await expectEqual(stage.reborn().address(of: id), "10.0.0.9")
    }
  }

  @Test func missingRightsAreTold() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      let reason = "Permission check failed (/vms/\(id), VM.GuestAgent.Audit)"
      stage.change { $0.fail("GET", "/network-get-interfaces", .refuse(status: 403, reason: reason)) }
      try await expectEqual(stage.hypervisor.address(of: id), nil)
      #expect(stage.notices.all.contains { $0.contains("Grant VM.GuestAgent.Audit (Proxmox VE 8: VM.Monitor)") })
    }
  }

  @Test func machinesOfOthersAndMissingOnesHaveNone() async throws {
    try await withProxmox { stage in
      stage.change {
        $0.machines[100] = PretendProxmox.Machine(
          node: "pve1", configuration: ["name": "web", "agent": "1"], isRunning: true)
      }
      try await expectEqual(stage.hypervisor.address(of: MachineID(100)), nil)
      try await expectEqual(stage.hypervisor.address(of: MachineID(4711)), nil)
    }
  }
}
