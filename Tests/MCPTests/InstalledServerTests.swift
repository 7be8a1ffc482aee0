import Foundation
import MCP
import Model
import Ports
import Testing

/// Where the server of PyPI is; `nil` where it is not installed.
private enum InstalledServer {
  static let program: String? = {
    var root = URL(fileURLWithPath: #filePath)
    while root.path != "/", !FileManager.default.fileExists(atPath: root.appendingPathComponent("Package.swift").path) {
      root.deleteLastPathComponent()
    }
    let program = root.appendingPathComponent(".build/python-mcp/bin/proxmox-mcp-server").path
    return FileManager.default.isExecutableFile(atPath: program) ? program : nil
  }()
}

/// The real server of PyPI, with a Proxmox that is not there: what it calls its tools, and how it tells failures.
@Suite(
  .enabled(
    if: InstalledServer.program != nil,
    "proxmox-mcp-server is not in .build/python-mcp; scripts/install-packages.sh --test puts it there"))
struct InstalledServerTests {
  private func client(_ notes: Notes) throws -> MCPClient {
    MCPClient(
      ServerCommand(
        program: try #require(InstalledServer.program),
        environment: [
          "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": NSTemporaryDirectory(),
          "PROXMOX_HOST": "127.0.0.1", "PROXMOX_PORT": "1", "PROXMOX_USER": "poolkeeper@pve",
          "PROXMOX_TOKEN_NAME": "test",
        ], secrets: ["PROXMOX_TOKEN_VALUE": ProxmoxDouble.secret]),
      version: "test", now: { .now }, note: { notes.add($0) })
  }

  @Test(.timeLimit(.minutes(3))) func isRecognisedByItsToolsAndLosesTheCausesOfFailures() async throws {
    let notes = Notes()
    let client = try client(notes)
    let identity = try await client.server()
    #expect(identity.name == "Proxmox MCP Server" && identity.tools.count > 200)
    let hypervisor = MCPHypervisor(client, options: MCPHypervisorOptions(cluster: "talos"))
    // Not "unavailable": it is a server that is known, and every argument that is used is one that it takes.
    await #expect {
      _ = try await hypervisor.machines()
    } throws: { error in
      let error = error as? PortError
      return error?.code == .failed && error?.message.contains("does not pass on why") == true
    }
    await client.stop()
    #expect(!notes.all.joined().contains(ProxmoxDouble.secret))
  }
}
