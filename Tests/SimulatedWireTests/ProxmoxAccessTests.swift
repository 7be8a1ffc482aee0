import Foundation
import HTTPTransport
import Model
import Simulator
import Testing

@testable import SimulatedWire

@Suite struct ProxmoxAccessTests {
  @Test func nothingAndAWrongSecretAreRefusedWithoutABody() async throws {
    try await ProxmoxFixture.run { proxmox in
      let nothing = try await proxmox.send("GET", "/version", token: nil)
      #expect(nothing.status == 401 && nothing.text.isEmpty)
      var wrong = ProxmoxFixture.token
      wrong.secret = "00000000-0000-0000-0000-000000000000"
      #expect(try await proxmox.send("GET", "/version", token: wrong).status == 401)
      #expect(try await proxmox.send("GET", "/access/domains", token: nil).rows.count == 2)
      #expect(try await proxmox.send("GET", "/version").object["release"] as? String == "9.1")
    }
  }

  @Test func aTokenWithoutRightsSeesNothingAndIsToldWhatItLacks() async throws {
    try await ProxmoxFixture.run { proxmox in
      func weak(_ method: String, _ path: String, _ fields: [String: String] = [:]) async throws
        -> ProxmoxFixture.Answer
      {
        try await proxmox.send(method, path, fields, token: ProxmoxFixture.weakToken)
      }
      let clone = try await weak("POST", "\(ProxmoxFixture.machines)/9002/clone", ["newid": "300"])
      #expect(clone.status == 403 && clone.message == "Permission check failed (/vms/9002, VM.Clone)")
      let agent = try await weak("GET", "\(ProxmoxFixture.machines)/100/agent/network-get-interfaces")
      #expect(agent.message == "Permission check failed (/vms/100, VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted)")
      #expect(try await weak("GET", "/cluster/resources", ["type": "vm"]).rows.isEmpty)
      #expect(try await weak("GET", "/cluster/status").message == "Permission check failed (/, Sys.Audit)")
      #expect(try await weak("GET", "/access/permissions").object["/"] as? [String: Int] == [:])
    }
  }

  @Test func rightsOnAPoolHoldForItsMembersAndADeeperPathReplacesAHigherOne() {
    let caller = ProxmoxCaller(
      name: "a@pve!b", privileges: ["/": ["VM.Audit"], "/vms/100": [], "/pool/k8s": ["VM.PowerMgmt"]], isToken: true)
    #expect(caller.has(["VM.Audit"], on: "/vms/101") && !caller.has(["VM.Audit"], on: "/vms/100"))
    #expect(caller.has(["VM.PowerMgmt"], on: "/pool/k8s") && !caller.has(["VM.PowerMgmt"], on: "/pool/k8"))
  }

  @Test func aTicketNeedsItsCSRFTokenToChangeAnythingAndEndsAfterTwoHours() async throws {
    try await ProxmoxFixture.run { proxmox in
      let refused = try await proxmox.send(
        "POST", "/access/ticket", ["username": "root@pam", "password": "wrong"], token: nil)
      #expect(refused.status == 401)
      let answer = try await proxmox.send(
        "POST", "/access/ticket", ["username": "root", "realm": "pam", "password": "correct horse"], token: nil)
      let ticket = try #require(answer.object["ticket"] as? String)
      let csrf = try #require(answer.object["CSRFPreventionToken"] as? String)
      let cookie = HTTPHeader("Cookie", "PVEAuthCookie=\(ProxmoxFixture.encoded(ticket))")
      let start = "\(ProxmoxFixture.machines)/100/status/stop"
      let path = "/version"
      #expect(try await proxmox.send("GET", path, token: nil, headers: [cookie]).status == 200)
      #expect(try await proxmox.send("POST", start, token: nil, headers: [cookie]).status == 401)
      let both = [cookie, HTTPHeader("CSRFPreventionToken", csrf)]
      #expect(try await proxmox.send("POST", start, token: nil, headers: both).status == 200)
      proxmox.clock.pass(.minutes(119))
      let renewed = try await proxmox.send(
        "POST", "/access/ticket", ["username": "root@pam", "password": ticket], token: nil)
      #expect(renewed.status == 200)
      proxmox.clock.pass(.minutes(2))
      #expect(try await proxmox.send("GET", path, token: nil, headers: [cookie]).status == 401)
    }
  }
}
