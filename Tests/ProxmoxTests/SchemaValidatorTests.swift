import Testing

@testable import Proxmox

@Suite(.enabled(if: SchemaValidator.shared != nil, "The API's schema (../shared/data/pve-api.json) is not here."))
struct SchemaValidatorTests {
  private func violations(_ method: String, _ path: String, _ parameters: KeyValuePairs<String, String> = [:]) throws
    -> [String]
  {
    let parts = path.split(separator: "/").map(String.init)
    return try #require(SchemaValidator.shared).violations(
      method: method, path: parts, parameters: parameters.map { ($0.key, $0.value) }
    ).map { String($0.drop { $0 != ":" }.dropFirst(2)) }
  }

  @Test func takesWhatTheAPITakes() throws {
    #expect(try violations("GET", "/cluster/resources", ["type": "vm"]) == [])
    #expect(
      try violations("POST", "/nodes/pve1/qemu/9002/clone", ["newid": "9000001", "full": "0", "name": "w-1"]) == [])
    #expect(
      try violations(
        "POST", "/nodes/pve1/qemu/100/config",
        [
          "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=20", "hostpci0": "mapping=t4,pcie=1", "memory": "16384",
          "ipconfig0": "ip=10.0.0.7/24,gw=10.0.0.1", "tags": "a;b", "agent": "1",
        ]) == [])
  }

  @Test(
    arguments: [
      ("GET", "/cluster/nothing", [:], "no such path"), ("PUT", "/cluster/resources", [:], "no such method"),
      ("GET", "/cluster/resources", ["type": "machines"], "type: 'machines' is not one of vm, storage, node, sdn"),
      ("GET", "/cluster/resources", ["kind": "vm"], "kind is not defined"),
      ("POST", "/nodes/pve1/qemu/9002/clone", [:], "newid is missing"),
      ("POST", "/nodes/pve1/qemu/9002/clone", ["newid": "99"], "newid: below 100.0"),
      ("DELETE", "/nodes/pve1/qemu/9002", ["purge": "true"], "purge: type check ('boolean') failed - got 'true'"),
      ("POST", "/nodes/pve1/qemu/100/config", ["net0": "virtio,colour=red"], "net0.colour is not defined"),
      ("POST", "/nodes/pve1/qemu/100/config", ["bios": "bios"], "bios: 'bios' is not one of seabios, ovmf"),
      ("POST", "/nodes/pve1/qemu/100/config", ["tags": "a=b"], "tags: 'a=b' is no pve-tag-list"),
      ("POST", "/nodes/pve1/qemu/100/config", ["cores": "many"], "cores: 'many' is no integer"),
    ] as [(String, String, [String: String], String)])
  func refusesWhatTheAPIRefuses(method: String, path: String, parameters: [String: String], sentence: String) throws {
    let parts = path.split(separator: "/").map(String.init)
    let found = try #require(SchemaValidator.shared).violations(
      method: method, path: parts, parameters: parameters.map { ($0.key, $0.value) })
    #expect(found.contains("\(method) \(path): \(sentence)"), "\(found)")
  }
}
