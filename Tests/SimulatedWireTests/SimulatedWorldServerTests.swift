import Foundation
import HTTPTransport
import Model
import Simulator
import Testing

@testable import SimulatedWire

@Suite struct SimulatedWorldServerTests {
  @Test func writesWhatClientsNeedAndGoesOnAfterARestart() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "world-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let clock = SteppedClock(ProxmoxFixture.start)
    try await serve(path, clock) { proxmox, admin in
      #expect(try await proxmox.clone(300).status == 200)
      clock.pass(.seconds(3))
      #expect(try await proxmox.config(300)["lock"] as? String == "clone")
      let world = try await proxmox.send(HTTPRequest("GET", "\(admin)/world"))
      #expect(world.json["hosts"] as? Int == 2 && (world.json["contradictions"] as? [Any])?.isEmpty == true)
    }
    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }
    let kept = [try text("certificates/proxmox.crt"), try text("secrets.json"), try text("proxmox.env")]
    #expect(kept[2].contains("PROXMOX_TOKEN_ID=poolkeeper@pve!main\n"))
    #expect(try text("worker.yaml").contains("clusterName: prod-k8s\n"))
    let mode = try FileManager.default.attributesOfItem(atPath: path + "/secrets.json")[.posixPermissions] as? Int
    #expect(mode == 0o600)

    clock.pass(.seconds(60))
    try await serve(path, clock) { proxmox, _ in
      // The task of the first process goes on in the second.
      let config = try await proxmox.config(300)
      #expect(config["lock"] == nil && config["description"] as? String == ProxmoxFixture.mark)
    }
    #expect(try text("certificates/proxmox.crt") == kept[0] && text("secrets.json") == kept[1])
  }

  @Test func faultsAreOrderedListedAndLifted() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "world-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await serve(path, SteppedClock(ProxmoxFixture.start)) { proxmox, admin in
      func order(_ method: String, _ path: String, _ body: String = "") async throws -> ProxmoxFixture.Answer {
        try await proxmox.send(HTTPRequest(method, admin + path, body: body.isEmpty ? nil : [UInt8](body.utf8)))
      }
      let orders = #"{"faults": ["proxmox.clone=refused:500:got timeout;times=2", "world.no-quorum=on"]}"#
      let told = try await order("POST", "/faults", orders)
      #expect((told.json["faults"] as? [[String: Any]])?.first?["times"] as? Int == 2, "\(told.text)")
      #expect(try await proxmox.clone(300).message == "got timeout")
      #expect(
        try await proxmox.send("POST", "\(ProxmoxFixture.machines)/100/status/stop").message
          == "cluster not ready - no quorum?")
      let lifted = try await order("DELETE", "/faults")
      #expect((lifted.json["faults"] as? [Any])?.isEmpty == true)
      #expect((lifted.json["requests"] as? [String: Int])?["proxmox.clone"] == 1)
      #expect(try await proxmox.clone(300).status == 200)
      let wrong = try await order("POST", "/faults", #"{"fault": "proxmox.clone=explode"}"#)
      #expect(wrong.status == 400 && wrong.text.contains("is no effect: write lost-request"))
      let pods = try await order("POST", "/scenario", #"{"pods": {"name": "extra", "replicas": 3}}"#)
      #expect(pods.json["pods"] as? Int == 3 || pods.json["pods_pending"] as? Int == 3, "\(pods.text)")
      #expect(try await order("GET", "/elsewhere").status == 404)
      #expect(try await order("PUT", "/world").status == 405)
    }
  }

  /// Runs a server over a directory, as a process would from its start to its end.
  private func serve(
    _ path: String, _ clock: SteppedClock,
    _ body: @escaping @Sendable (ProxmoxFixture, _ admin: String) async throws -> Void
  ) async throws {
    let directory = try SimulatedWorldDirectory(path)
    let file = WorldFile(path: directory.worldFile)
    let infrastructure = SimulatedInfrastructure(
      world: try file.load() ?? ProxmoxFixture.world(), time: clock, save: { try file.save($0) })
    let faults = WireFaults()
    let face = ProxmoxFace(
      infrastructure: infrastructure, faults: faults, tokens: [directory.proxmoxToken], users: [directory.proxmoxUser],
      secret: directory.proxmoxTicketKey, certificate: try directory.proxmoxCertificate())
    let server = SimulatedWorldServer(
      infrastructure: infrastructure, faults: faults, directory: directory, faces: [("proxmox", face)])
    var configuration = HTTPClientConfiguration()
    configuration.trust = .authorities(.file(directory.proxmoxAuthorityFile))
    let client = HTTPClient(configuration)
    let (ready, sender) = AsyncStream<[SimulatedWorldServer.Address]>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run { sender.yield($0) } }
      var iterator = ready.makeAsyncIterator()
      let addresses = try #require(await iterator.next())
      var proxmox = ProxmoxFixture(
        infrastructure: infrastructure, clock: clock, faults: faults, client: client, url: addresses[0].url)
      proxmox.token = directory.proxmoxToken
      try await body(proxmox, addresses[1].url)
      group.cancelAll()
    }
    await client.shutdown()
  }
}

@Suite struct FaultOrderTests {
  @Test(arguments: [
    ("proxmox.clone=lost-answer", WireFault("proxmox.clone", .lostAnswer)),
    ("talos.apply=late:250;times=3", WireFault("talos.apply", .late(milliseconds: 250), times: 3)),
    (
      "kubernetes.*=refused:429:a; b: c;times=2;after=4",
      WireFault("kubernetes.*", .refused(status: 429, text: "a; b: c"), times: 2, after: 4)
    ),
    ("talos.apply=refused:3:bad", WireFault("talos.apply", .refused(status: 3, text: "bad"))),
    ("proxmox.start=kill-answered:77", WireFault("proxmox.start", .killAnswered(process: 77))),
  ])
  func readsWhatPeopleWrite(text: String, fault: WireFault) throws {
    #expect(try FaultOrder(text) == .wire(fault))
  }

  @Test(arguments: [
    "nothing", "=x", "proxmox.clone=explode", "proxmox.clone=refused:200:fine", "proxmox.clone=late:soon",
    "talos.apply=refused:500:bad", "proxmox.clone=refused:3:bad", "proxmox.clone=kill-after:1", "world.weather=bad",
    "proxmox.clone=lost-answer;times=many",
  ])
  func refusesWhatItDoesNotUnderstand(text: String) {
    #expect(throws: FaultOrderError.self) { try FaultOrder(text) }
  }
}
