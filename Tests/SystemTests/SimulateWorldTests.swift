import Foundation
import HTTPTransport
import Testing

@testable import poolkeeper

/// `poolkeeper simulate world` as a process.
@Suite struct SimulateWorldTests {
  @Test func aSimulatorThatWasKilledGoesOnWithTheCloneThatItHadAccepted() async throws {
    try await Bench.withDirectory { directory in
      let arguments = [
        "simulate", "world", "--data", directory.path, "--scenario", "quiet", "--speed", "100",
        "--fault", "proxmox.clone=late:1",
      ]
      let first = try RunningProgram(Bench.poolkeeper, arguments)
      try await ready(first)
      let task = try await ask(
        directory, "POST", "/nodes/pve-01/qemu/9001/clone", "newid=300&full=1&name=survivor")
      #expect((task["data"] as? String)?.contains(":qmclone:9001:") == true, "\(task)")
      first.kill()
      let environment = try text(directory, "proxmox.env")

      let second = try RunningProgram(Bench.poolkeeper, arguments)
      try await ready(second)
      let config = try await Bench.eventually("the end of the clone") { () -> [String: Any]? in
        let config = try await ask(directory, "GET", "/nodes/pve-01/qemu/300/config")["data"] as? [String: Any]
        return config?["name"] != nil && config?["lock"] == nil ? config : nil
      }
      #expect(config["name"] as? String == "survivor" && config["tags"] as? String == "poolkeeper")
      func secret(_ text: String) -> Substring? { text.split(separator: "\n").first { $0.contains("SECRET") } }
      #expect(secret(environment) == secret(try text(directory, "proxmox.env")))
    }
  }

  @Test func refusesAFaultThatItDoesNotKnowAndADirectoryThatIsInUse() async throws {
    try await Bench.withDirectory { directory in
      let arguments = ["simulate", "world", "--data", directory.path, "--scenario", "quiet"]
      let wrong = try RunningProgram(Bench.poolkeeper, arguments + ["--fault", "world.weather=bad"])
      #expect(await wrong.end() == 64)
      #expect(wrong.text.contains("There is no fault world.weather; there are world.no-quorum"), "\(wrong.text)")
      let first = try RunningProgram(Bench.poolkeeper, arguments)
      try await ready(first)
      let second = try RunningProgram(Bench.poolkeeper, arguments)
      #expect(await second.end() == 4)
      #expect(second.text.contains("Another poolkeeper runs on the data directory"))
    }
  }

  private func ready(_ program: RunningProgram) async throws {
    try await Bench.eventually("the simulator's start") {
      try #require(program.isRunning, "\(program.text)")
      return program.text.contains("\nready\n") ? true : nil
    }
  }

  private func text(_ directory: URL, _ name: String) throws -> String {
    try String(contentsOf: directory.appending(path: name), encoding: .utf8)
  }

  /// Asks the Proxmox face with what proxmox.env tells.
  private func ask(
    _ directory: URL, _ method: String, _ path: String, _ body: String? = nil
  ) async throws -> [String: Any] {
    var values: [String: String] = [:]
    for line in try text(directory, "proxmox.env").split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      values[parts[0]] = parts[1]
    }
    var configuration = HTTPClientConfiguration()
    configuration.trust = .authorities(.file(values["PROXMOX_CA_FILE"] ?? ""))
    let client = HTTPClient(configuration)
    let token = "PVEAPIToken=\(values["PROXMOX_TOKEN_ID"] ?? "")=\(values["PROXMOX_TOKEN_SECRET"] ?? "")"
    var headers = [HTTPHeader("Authorization", token)]
    if body != nil { headers.append(HTTPHeader("Content-Type", "application/x-www-form-urlencoded")) }
    let request = HTTPRequest(
      method, "\(values["PROXMOX_URL"] ?? "")/api2/json\(path)", headers: headers, body: body.map { [UInt8]($0.utf8) })
    let answer = try await client.send(request, deadline: .seconds(30))
    await client.shutdown()
    return try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
  }
}
