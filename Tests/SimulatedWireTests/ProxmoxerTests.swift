import Foundation
import Model
import Ports
import Simulator
import Testing

@testable import SimulatedWire

/// A client that other people wrote drives the face as a process of its own.
@Suite struct ProxmoxerTests {
  @Test func proxmoxerDrivesAMachineThroughItsLife() async throws {
    let mint = try CertificateMint(name: "test", algorithm: .p256)
    let infrastructure = SimulatedInfrastructure(
      world: ProxmoxFixture.world(timings: .fast), time: RealClock(since: ProxmoxFixture.start))
    let token = ProxmoxFixture.token
    let face = ProxmoxFace(
      infrastructure: infrastructure, faults: WireFaults(), tokens: [token], secret: "tickets",
      certificate: try mint.server("pve", names: ["127.0.0.1"]))
    let authority = FileManager.default.temporaryDirectory.appending(path: "proxmoxer-\(UUID().uuidString).crt")
    try Data(mint.authority.certificate.utf8).write(to: authority)
    defer { try? FileManager.default.removeItem(at: authority) }
    let (ports, sender) = AsyncStream<Int>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await face.run { port in sender.yield(port) } }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      let outcome = try await PythonScript.run(
        "drive_proxmoxer.py", ["127.0.0.1:\(port)", token.id, token.secret, authority.path])
      #expect(outcome.status == 0, "\(outcome.output)")
      #expect(outcome.output.contains("ok: it is gone"))
      group.cancelAll()
    }
    #expect(infrastructure.look { $0.machines.keys } == [MachineID(100), MachineID(9002)])
  }
}
