import Foundation
import Model
import Ports
import SimulatedWire
import Simulator
import Synchronization
import TalosMessages
import Testing

@testable import Talos

/// The client against other programs, and the face as a service.
@Suite struct TalosPeerTests {
  private static let openssl = "/usr/bin/openssl"

  /// OpenSSL as the server: it asks for our Ed25519 certificate, and what it is given to say is an empty SETTINGS frame.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: openssl), "openssl is not installed"))
  func shakesHandsWithOpenSSL() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("talos-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let mint = try CertificateMint(name: "talos", algorithm: .ed25519)
    let server = try mint.server("talos", names: ["127.0.0.1"])
    for (name, text) in [
      ("ca", mint.authority.certificate), ("crt", server.certificate), ("key", server.key),
    ] {
      try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.openssl)
    process.currentDirectoryURL = folder
    process.arguments = [
      "s_server", "-accept", "127.0.0.1:0", "-cert", "crt", "-key", "key", "-CAfile", "ca", "-Verify", "1",
      "-verify_return_error", "-alpn", "h2", "-tls1_3", "-naccept", "1",
    ]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = Pipe()
    try process.run()
    defer {
      process.terminate()
      process.waitUntilExit()
    }
    var said = ""
    var port: Int?
    while port == nil {
      let part = output.fileHandleForReading.availableData
      if part.isEmpty { break }
      said += String(decoding: part, as: UTF8.self)
      port = said.split(separator: "\n").first { $0.hasPrefix("ACCEPT 127.0.0.1:") && said.hasSuffix("\n") }
        .flatMap { Int($0.dropFirst("ACCEPT 127.0.0.1:".count)) }
    }
    let endpoint = TalosEndpoint(host: "127.0.0.1", port: try #require(port, "\(said)"))
    try input.fileHandleForWriting.write(contentsOf: Data([0, 0, 0, 4, 0, 0, 0, 0, 0]))
    let own = try mint.client("poolkeeper", organization: "os:admin")
    let client = TalosClient(
      credentials: try TalosCredentials(
        authority: mint.authority.certificate, certificate: own.certificate, key: own.key), deadlines: .patient)
    try await client.connect(to: TalosTarget(endpoint))
    #expect(await client.openConnections == 1)
    await client.close()
  }

  @Test func refusesCertificateThatNamesAnotherAddress() async throws {
    try await TalosFixture.with { world in
      let face = try TalosFace(
        infrastructure: world.infrastructure, mint: world.mint, faults: world.faults, time: world.clock,
        settings: .init(port: 0, controlPlane: "localhost"))
      // Its certificate names `localhost` and no address.
      let port = try await face.start()
      let client = try world.nodeOS().client
      try await client.connect(to: TalosTarget(TalosEndpoint(host: "localhost", port: port)))
      var codes: [TalosError.Code] = []
      for address in ["127.0.0.1", "::1"] {
        do {
          try await client.connect(to: TalosTarget(TalosEndpoint(host: address, port: port)))
        } catch let error as TalosError {
          codes.append(error.code)
        }
      }
      #expect(codes.count == 2 && codes.contains(.otherName), "\(codes)")
      await client.close()
      await face.stop()
    }
  }

  @Test func servesUntilItIsCancelled() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let face = try TalosFace(
        infrastructure: world.infrastructure, mint: world.mint, faults: world.faults, time: StandingClock(world.clock),
        settings: .init(port: 0, controlPlane: "127.0.0.1"))
      // The machines' own addresses are taken by the first face at its port; this one has another.
      let (ports, told) = AsyncStream.makeStream(of: Int.self)
      let serving = Task { try await face.run { told.yield($0) } }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      let client = try world.nodeOS().client
      let direct = TalosTarget(TalosEndpoint(host: world.address(machine), port: port))
      #expect(try await client.version(at: direct).version?.tag == "v1.13.9")
      serving.cancel()
      try await serving.value
      #expect(await portError { try await client.version(at: direct) }?.code == .unreachable)
      await client.close()
    }
  }

  @Test func killsProcessAfterTheEffect() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let victim = Process()
      victim.executableURL = URL(fileURLWithPath: "/bin/cat")
      victim.standardInput = Pipe()
      try victim.run()
      world.faults.inject(WireFault("talos.restart_kubelet", .killAfter(process: victim.processIdentifier)))
      let nodeOS = try world.nodeOS()
      #expect(await portError { try await nodeOS.restartKubelet(machine) }?.code == .uncertain)
      victim.waitUntilExit()
      #expect(victim.terminationReason == .uncaughtSignal && victim.terminationStatus == 9)
      #expect(try await nodeOS.observe(machine).kubeletRunning == false)
    }
  }

  @Test func asksForTheAddressElsewhereWhenItIsNotKnown() async throws {
    struct Nowhere: MachineAddresses {
      var error: PortError?
      func address(of machine: MachineID) async throws -> String? {
        if let error { throw error }
        return nil
      }
    }
    let world = try CertificateMint(name: "talos", algorithm: .ed25519)
    let own = try world.client("poolkeeper", organization: "os:reader")
    let credentials = try TalosCredentials(
      authority: world.authority.certificate, certificate: own.certificate, key: own.key)
    func nodeOS(_ addresses: Nowhere, _ fallback: (@Sendable (MachineID) async throws -> String?)?) -> TalosNodeOS {
      TalosNodeOS(
        context: TalosContext(name: "a", endpoints: [], credentials: credentials), addresses: addresses, worker: nil,
        settings: .init(maintenance: .refused), fallback: fallback)
    }
    let machine = MachineID(200)
    #expect(try await nodeOS(Nowhere(), nil).address(of: machine) == nil)
    #expect(try await nodeOS(Nowhere()) { _ in "10.0.0.9" }.address(of: machine) == "10.0.0.9")
    let away = PortError(.unreachable, "No answer.", operation: "hypervisor.address")
    #expect(try await nodeOS(Nowhere(error: away)) { _ in "10.0.0.9" }.address(of: machine) == "10.0.0.9")
    #expect(await portError { try await nodeOS(Nowhere(error: away), nil).address(of: machine) } == away)
    #expect(await portError { try await nodeOS(Nowhere(), nil).observe(machine) }?.code == .unreachable)
    #expect(await portError { try await nodeOS(Nowhere(), nil).apply(.sample, to: machine) }?.code == .unavailable)
  }
}

/// A clock at which nobody is ever woken.
private struct StandingClock: TimeSource {
  let clock: TalosClock
  init(_ clock: TalosClock) { self.clock = clock }
  func now() -> Instant { clock.now() }
  func sleep(for duration: Duration) async throws {
    let (never, _) = AsyncStream.makeStream(of: Void.self)
    for await _ in never {}
    throw CancellationError()
  }
}
