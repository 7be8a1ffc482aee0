import Foundation
import HTTPTransport
import Model
import Simulator
import Testing

@testable import SimulatedWire

@Suite struct WireHTTPServerTests {
  @Test func aConnectionServesAHundredRequestsAndThenCloses() async throws {
    try await ProxmoxFixture.run { proxmox in
      var words: [String] = []
      for _ in 1...101 {
        let answer = try await proxmox.send("GET", "/version")
        words.append(answer.headers.first { $0.name.lowercased() == "connection" }?.value ?? "")
      }
      #expect(words.prefix(99).allSatisfy { $0 == "keep-alive" } && words[99] == "close")
      #expect(words[100] == "keep-alive")
    }
  }

  @Test func aBodyThatIsTooLargeIsRefused() async throws {
    try await ProxmoxFixture.run { proxmox in
      let answer = try await proxmox.send(
        "POST", "\(ProxmoxFixture.machines)/9002/clone", ["description": String(repeating: "x", count: 600_000)])
      #expect(answer.status == 501 && answer.message == "for data too large")
    }
  }

  @Test(arguments: ["kill-before", "kill-after", "kill-answered"])
  func aProcessIsKilledBeforeAfterOrBehindTheAnswer(effect: String) async throws {
    try await ProxmoxFixture.run { proxmox in
      let victim = Process()
      victim.executableURL = URL(filePath: "/bin/sleep")
      victim.arguments = ["1000"]
      try victim.run()
      try FaultOrder("proxmox.clone=\(effect):\(victim.processIdentifier)").apply(
        to: proxmox.infrastructure, proxmox.faults)
      let answer = try? await proxmox.clone(300)
      #expect((answer?.status == 200) == (effect == "kill-answered"))
      let reason = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          victim.waitUntilExit()
          continuation.resume(returning: (victim.terminationReason, victim.terminationStatus))
        }
      }
      #expect(reason.0 == .uncaughtSignal && reason.1 == 9)
      proxmox.clock.pass(.seconds(61))
      let exists = proxmox.infrastructure.look { $0.machines[MachineID(300)] != nil }
      #expect(exists == (effect != "kill-before"))
    }
  }
}

@Suite struct WireJSONTests {
  @Test func keepsTheOrderOfMembersAndQuotesWhatMustBe() {
    let value: WireJSON = .members([
      "b": .text("a\"\\\n\u{1}ü"), "a": .list([.null, .integer(-1), .number(0.5), .boolean(true)]), "c": nil,
    ])
    #expect(
      String(decoding: value.bytes, as: UTF8.self) == #"{"b":"a\"\\\n\u0001ü","a":[null,-1,0.5,true]}"#)
    #expect(value["a"] != nil && value["c"] == nil && WireJSON.null["a"] == nil)
  }
}
