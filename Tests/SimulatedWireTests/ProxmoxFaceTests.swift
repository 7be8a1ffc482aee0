import Foundation
import HTTPTransport
import Model
import Simulator
import Testing

@testable import SimulatedWire

@Suite struct ProxmoxFaceTests {
  @Test func aWorkerIsClonedConfiguredStartedStoppedAndDeleted() async throws {
    try await ProxmoxFixture.run { proxmox in
      let task = try await proxmox.clone(9_000_001)
      let name = try #require(task.data as? String)
      let parts = try #require(ProxmoxTaskName(name))
      #expect(parts.kind == "qmclone" && parts.subject == "9002" && parts.user == "poolkeeper@pve!main")
      #expect(try await proxmox.finish(task) == "OK")

      let before = try await proxmox.config(9_000_001)
      #expect(before["description"] as? String == ProxmoxFixture.mark && before["tags"] as? String == "poolkeeper")
      #expect(before["scsi0"] as? String == "vmdata:base-9002-disk-0/vm-9000001-disk-0,size=10G")
      #expect(before["lock"] == nil && before["name"] as? String == "worker-burst-001")
      let machine = "\(ProxmoxFixture.machines)/9000001"
      let change = try await proxmox.send(
        "POST", "\(machine)/config",
        ["cores": "8", "memory": "16384", "digest": before["digest"] as? String ?? "", "background_delay": "5"])
      #expect(change.status == 200 && change.data is NSNull)
      let resized = try await proxmox.send("PUT", "\(machine)/resize", ["disk": "scsi0", "size": "200G"])
      #expect(try await proxmox.finish(resized) == "OK")
      let after = try await proxmox.config(9_000_001)
      #expect(after["cores"] as? Int == 8 && after["memory"] as? String == "16384")
      #expect((after["scsi0"] as? String)?.hasSuffix("size=200G") == true)
      #expect(after["digest"] as? String != before["digest"] as? String)

      #expect(try await proxmox.finish(proxmox.send("POST", "\(machine)/status/start")) == "OK")
      let silent = try await proxmox.send("GET", "\(machine)/agent/network-get-interfaces")
      #expect(silent.status == 500 && silent.message == "QEMU guest agent is not running")
      proxmox.clock.pass(.seconds(61))
      let agent = try await proxmox.send("GET", "\(machine)/agent/network-get-interfaces")
      let interfaces = agent.object["result"] as? [[String: Any]] ?? []
      let card = interfaces.first {
        after["net0"].map { "\($0)" }?.lowercased().contains($0["hardware-address"] as? String ?? "?") == true
      }
      let addresses = card?["ip-addresses"] as? [[String: Any]] ?? []
      #expect(
        addresses.first?["ip-address"] as? String
          == proxmox.infrastructure.look { $0.machines[MachineID(9_000_001)]?.address })

      let running = try await proxmox.send("DELETE", machine)
      #expect(running.status == 500 && running.message == "VM 9000001 is running - destroy failed")
      #expect(try await proxmox.finish(proxmox.send("POST", "\(machine)/status/stop")) == "OK")
      #expect(try await proxmox.finish(proxmox.send("DELETE", machine, ["purge": "1"])) == "OK")
      let gone = try await proxmox.send("GET", "\(machine)/config")
      #expect(gone.status == 500)
      #expect(gone.message == "Configuration file 'nodes/pve-01/qemu-server/9000001.conf' does not exist")

      let report = proxmox.infrastructure.look { ($0.report, $0.brokenInvariants()) }
      #expect(report.0.machines.count == 1 && report.0.machines[0].deletedAt != nil)
      #expect(report.0.foreignTouches.isEmpty && report.1.isEmpty)
    }
  }

  @Test func aCloneIsADraftFirstAndListsTellItsNameLate() async throws {
    try await ProxmoxFixture.run { proxmox in
      let task = try await proxmox.clone(9_000_001, ["full": "1", "target": "pve-02", "pool": "k8s"])
      #expect(try await proxmox.row(9_000_001) == nil)
      proxmox.clock.pass(.seconds(1))
      let draft = try await proxmox.config(9_000_001)
      #expect(draft["description"] as? String == "qmclone temporary file" && draft["lock"] as? String == "clone")
      #expect(draft["name"] == nil && draft["tags"] == nil)
      proxmox.clock.pass(.seconds(31))
      let written = try await proxmox.config(9_000_001)
      #expect(written["name"] as? String == "worker-burst-001" && written["lock"] as? String == "clone")
      let row = try #require(try await proxmox.row(9_000_001))
      #expect(row["tags"] as? String == "poolkeeper" && row["lock"] as? String == "clone" && row["pool"] == nil)
      #expect(try await proxmox.finish(task) == "OK")
      let config = try await proxmox.config(9_000_001, node: "pve-02")
      #expect(config["lock"] == nil)
      let template = try await proxmox.config(9002)
      #expect(config["smbios1"] as? String != template["smbios1"] as? String)
      #expect(config["net0"] as? String != template["net0"] as? String)
      proxmox.clock.pass(.seconds(10))
      let late = try #require(try await proxmox.row(9_000_001))
      #expect(late["name"] as? String == "worker-burst-001" && late["status"] as? String == "stopped")
      #expect(late["node"] as? String == "pve-02" && late["pool"] as? String == "k8s")

      let start = try await proxmox.send("POST", "/nodes/pve-02/qemu/9000001/status/start")
      #expect(try await proxmox.finish(start) == "OK")
      #expect(try await proxmox.row(9_000_001)?["status"] as? String == "stopped")
      let current = try await proxmox.send("GET", "/nodes/pve-02/qemu/9000001/status/current")
      #expect(current.object["status"] as? String == "running")
      proxmox.clock.pass(.seconds(10))
      #expect(try await proxmox.row(9_000_001)?["status"] as? String == "running")
    }
  }

  @Test(
    arguments: [
      ("GET", "/nowhere", [:], 501, "Method 'GET /nowhere' not implemented"),
      (
        "GET", "/nodes/pve-09/status", [:], 500,
        "hostname lookup 'pve-09' failed - failed to get address info for: pve-09: Name or service not known"
      ),
      ("POST", "/nodes/pve-01/qemu/9002/status/start", [:], 200, ""),
      ("POST", "/nodes/pve-01/qemu/100/config", [:], 500, "no options specified"),
      (
        "POST", "/nodes/pve-01/qemu/100/config", ["digest": "0123", "cores": "2"], 500,
        "checksum mismatch (file change by other user?)"
      ),
      ("POST", "/nodes/pve-01/qemu/100/config", ["args": "-s"], 500, "only root can set 'args' config"),
      (
        "POST", "/nodes/pve-01/qemu/100/config", ["hostpci0": "0000:01:00.0"], 500,
        "only root can set 'hostpci0' config for non-mapped devices"
      ),
      (
        "POST", "/nodes/pve-01/qemu/100/config", ["balloon": "99999999"], 500,
        "balloon value too large (must be smaller than assigned memory)"
      ),
      (
        "POST", "/nodes/pve-01/qemu/9002/clone", ["newid": "100"], 500,
        "unable to create VM 100: config file already exists"
      ),
      (
        "POST", "/nodes/pve-01/qemu/9002/clone", ["newid": "300", "storage": "vmdata"], 500,
        "parameter 'storage' not allowed for linked clones"
      ),
      (
        "POST", "/nodes/pve-01/qemu/9002/clone", ["newid": "300", "pool": "none"], 403,
        "Permission check failed (pool 'none' does not exist)"
      ),
      ("POST", "/nodes/pve-01/qemu/9002/status/reboot", [:], 500, "VM 9002 not running"),
      ("GET", "/nodes/pve-01/qemu/100/agent/network-get-interfaces", [:], 500, "No QEMU guest agent configured"),
      (
        "GET", "/nodes/pve-01/tasks/UPID:pve-01:00001000:00001000:00001000:qmclone:100:root@pam:/status", [:], 500,
        "no such task"
      ),
    ] as [(String, String, [String: String], Int, String)])
  func refusesInProxmoxsWords(
    method: String, path: String, fields: [String: String], status: Int, text: String
  ) async throws {
    try await ProxmoxFixture.run { proxmox in
      let answer = try await proxmox.send(method, path, fields)
      #expect(answer.status == status && answer.message == text, "\(answer.text)")
      if status >= 400 {
        #expect(answer.headers.first { $0.name.lowercased() == "connection" }?.value == "close")
      }
    }
  }

  @Test(
    arguments: [
      (["newid": "300", "full": "true"], "full", "type check ('boolean') failed - got 'true'"),
      (["newid": "99"], "newid", "value must have a minimum value of 100"),
      (["newid": "x"], "newid", "type check ('integer') failed - got 'x'"),
      (["full": "1"], "newid", "property is missing and it is not optional"),
      (["newid": "300", "name": "under_score"], "name", "invalid format - value does not look like a valid DNS name"),
      (
        ["newid": "300", "tags": "a"], "tags",
        "property is not defined in schema and the schema does not allow additional properties"
      ),
      (
        ["newid": "300", "format": "vhd"], "format",
        "value 'vhd' does not have a value in the enumeration 'raw, qcow2, vmdk'"
      ),
    ] as [([String: String], String, String)])
  func tellsWhichParameterIsWrong(fields: [String: String], parameter: String, text: String) async throws {
    try await ProxmoxFixture.run { proxmox in
      let answer = try await proxmox.send("POST", "\(ProxmoxFixture.machines)/9002/clone", fields)
      #expect(answer.status == 400 && answer.message == "Parameter verification failed.")
      #expect(answer.errors == [parameter: text])
    }
  }

  @Test func aBodyOfDeleteAndChunksAreRefusedAndJSONsBooleansAreNot() async throws {
    try await ProxmoxFixture.run { proxmox in
      let path = "\(proxmox.url)/api2/json\(ProxmoxFixture.machines)/9002"
      let authorization = HTTPHeader(
        "Authorization", "PVEAPIToken=\(ProxmoxFixture.token.id)=\(ProxmoxFixture.token.secret)")
      let body = try await proxmox.send(
        HTTPRequest("DELETE", path, headers: [authorization], body: [UInt8]("purge=1".utf8)))
      #expect(body.status == 501 && body.message == "Unexpected content for method 'DELETE'")
      let json = try await proxmox.send(
        HTTPRequest(
          "POST", path + "/clone", headers: [authorization, HTTPHeader("Content-Type", "application/json")],
          body: [UInt8](#"{"newid": 300, "full": false, "name": "json"}"#.utf8)))
      #expect(json.status == 200, "\(json.text)")
      let plain = try await proxmox.send(
        HTTPRequest(
          "POST", path + "/clone", headers: [authorization, HTTPHeader("Content-Type", "text/plain")],
          body: [UInt8]("newid=301".utf8)))
      #expect(plain.status == 506)
      let chunked = WireRequest(
        method: "POST", target: "/api2/json/nodes/pve-01/qemu/9002/clone",
        headers: [("transfer-encoding", "chunked")], body: [])
      #expect(throws: ProxmoxFailure.self) { try ProxmoxRequest(chunked) }
    }
  }

  @Test func tagsAreStoredSortedInLowerCaseAndPendingChangesWaitForAStart() async throws {
    try await ProxmoxFixture.run { proxmox in
      try await proxmox.ready(300)
      let machine = "\(ProxmoxFixture.machines)/300"
      _ = try await proxmox.send("PUT", "\(machine)/config", ["tags": "Zeta,poolkeeper alpha;ZETA"])
      #expect(try await proxmox.config(300)["tags"] as? String == "alpha;poolkeeper;zeta")
      #expect(try await proxmox.finish(proxmox.send("POST", "\(machine)/status/start")) == "OK")
      _ = try await proxmox.send("PUT", "\(machine)/config", ["cores": "6", "delete": "balloon"])
      #expect(try await proxmox.config(300)["cores"] as? Int == 6)
      let now = try await proxmox.send("GET", "\(machine)/config", ["current": "1"])
      #expect(now.object["cores"] as? Int == 2 && now.object["balloon"] as? Int == 0)
      let pending = try await proxmox.send("GET", "\(machine)/pending").rows
      let cores = pending.first { $0["key"] as? String == "cores" }
      #expect(cores?["value"] as? String == "2" && cores?["pending"] as? String == "6")
      #expect(pending.first { $0["key"] as? String == "balloon" }?["delete"] as? Int == 1)
      #expect(try await proxmox.finish(proxmox.send("POST", "\(machine)/status/stop")) == "OK")
      #expect(try await proxmox.finish(proxmox.send("POST", "\(machine)/status/start")) == "OK")
      #expect(try await proxmox.send("GET", "\(machine)/config", ["current": "1"]).object["cores"] as? Int == 6)
    }
  }

  @Test func tasksTellTheirErrorsAndListTheirOwn() async throws {
    try await ProxmoxFixture.run { proxmox in
      try await proxmox.ready(300)
      let machine = "\(ProxmoxFixture.machines)/300"
      let shrink = try await proxmox.send("PUT", "\(machine)/resize", ["disk": "scsi0", "size": "1G"])
      #expect(try await proxmox.finish(shrink) == "shrinking disks is not supported")
      let template = try await proxmox.send("POST", "\(ProxmoxFixture.machines)/9002/status/start")
      #expect(try await proxmox.finish(template) == "you can't start a vm if it's a template")
      #expect(try await proxmox.finish(proxmox.send("POST", "\(machine)/status/start")) == "OK")
      #expect(try await proxmox.finish(proxmox.send("POST", "\(machine)/status/start")) == "VM 300 already running")
      let base = try await proxmox.send("DELETE", "\(ProxmoxFixture.machines)/9002")
      #expect(try await proxmox.finish(base)?.contains("is still in use by linked cloned") == true)
      let list = try await proxmox.send("GET", "/nodes/pve-01/tasks", ["source": "all", "typefilter": "qmclone"])
      #expect(list.rows.count == 1 && list.rows[0]["status"] as? String == "OK" && list.json["total"] as? Int == 1)
      #expect(list.rows[0]["user"] as? String == "poolkeeper@pve" && list.rows[0]["tokenid"] as? String == "main")
      let log = try await proxmox.send(
        "GET", "/nodes/pve-01/tasks/\(ProxmoxFixture.encoded(shrink.data as? String ?? ""))/log")
      #expect(log.rows.last?["t"] as? String == "TASK ERROR: shrinking disks is not supported")
      let weak = try await proxmox.send("GET", "/cluster/tasks", token: ProxmoxFixture.weakToken)
      #expect(weak.status == 200 && weak.rows.isEmpty)
      let wrong = try await proxmox.send("GET", "/nodes/pve-01/tasks/UPID:x/status")
      #expect(wrong.status == 400 && wrong.errors == ["upid": "unable to parse worker upid"])
    }
  }
}
