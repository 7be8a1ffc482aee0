import Model
import Testing

@testable import Proxmox

@Suite struct GuestAndDeviceTests {
  private func address(_ json: String, mac: String? = "bc:24:11:00:00:01") throws -> String? {
    let rows = try #require(JSONValue(Array(json.utf8))?.list)
    return GuestInterface.address(among: rows.compactMap(GuestInterface.init), macAddress: mac)
  }

  private func interface(_ name: String, _ mac: String, _ addresses: [String]) -> String {
    let list = addresses.map { address in
      "{\"ip-address\":\"\(address)\",\"ip-address-type\":\"\(address.contains(":") ? "ipv6" : "ipv4")\",\"prefix\":24}"
    }
    return "{\"name\":\"\(name)\",\"hardware-address\":\"\(mac)\",\"ip-addresses\":[\(list.joined(separator: ","))]}"
  }

  @Test func takesTheAddressOfTheFirstCard() throws {
    let rows = [
      interface("lo", "00:00:00:00:00:00", ["127.0.0.1", "::1"]),
      interface("cni0", "aa:aa:aa:aa:aa:aa", ["10.244.0.1"]),
      interface("kubespan", "", ["fd00::1"]), interface("eth1", "BC:24:11:00:00:02", ["192.168.9.9"]),
      interface("eth0", "BC:24:11:00:00:01", ["fe80::1", "169.254.3.3", "10.0.0.7"]),
    ]
    #expect(try address("[\(rows.joined(separator: ","))]") == "10.0.0.7")
    #expect(try address("[\(rows.joined(separator: ","))]", mac: nil) == "192.168.9.9")
  }

  @Test func takesTheRightCardsIPv6BeforeAnothersIPv4() throws {
    let rows = [
      interface("eth1", "BC:24:11:00:00:02", ["192.168.9.9"]),
      interface("eth0", "BC:24:11:00:00:01", ["fe80::1", "2001:db8::7"]),
    ]
    #expect(try address("[\(rows.joined(separator: ","))]") == "2001:db8::7")
  }

  @Test func findsNoneWhereNoneIsUsable() throws {
    #expect(try address("[{\"name\":\"eth0\",\"hardware-address\":\"BC:24:11:00:00:01\"},{\"bad\":1}]") == nil)
    #expect(try address("[]") == nil)
  }

  @Test func freeDevicesAreThoseThatNoMachineHolds() throws {
    let json = """
      [{"id":"t4","map":["node=pve1,path=0000:01:00.0,id=10de:1eb8","node=pve1,path=0000:02:00.0,id=10de:1eb8",
      "node=pve2,path=0000:01:00.0"]},{"id":"gpu","map":["node=pve1,path=0000:01:00.0"]}]
      """
    let mappings = try #require(JSONValue(Array(json.utf8))?.list).compactMap(DeviceMapping.init)
    func machine(_ device: String) -> MachineConfiguration { MachineConfiguration(values: ["hostpci0": device]) }
    #expect(mappings.freeDevices(on: "pve1", heldBy: []) == 2)
    #expect(mappings.freeDevices(on: "pve2", heldBy: []) == 1)
    #expect(mappings.freeDevices(on: "pve3", heldBy: []) == 0)
    #expect(mappings.freeDevices(on: "pve1", heldBy: [machine("mapping=t4,pcie=1")]) == 1)
    #expect(mappings.freeDevices(on: "pve1", heldBy: [machine("0000:02:00,pcie=1")]) == 1)
    #expect(mappings.freeDevices(on: "pve1", heldBy: [machine("host=01:00.0")]) == 1)
    #expect(mappings.freeDevices(on: "pve1", heldBy: [machine("host=05:00.0"), machine("mapping=nic")]) == 2)
    #expect(mappings.freeDevices(on: "pve2", heldBy: [machine("mapping=t4"), machine("mapping=t4")]) == 0)
  }
}
