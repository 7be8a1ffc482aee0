import MCP
import Testing

@Suite(.enabled(if: ProxmoxDouble.python != nil, "python3 is not on the PATH"))
struct MCPClientTests {
  private let patience: Duration = .seconds(60)

  @Test(arguments: ProxmoxDouble.Kind.allCases)
  func greetsTheServerAndReadsAllPagesOfItsTools(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    let identity = try await double.client.server()
    #expect(identity.name == "a Proxmox server" && identity.version == "1")
    #expect(identity.tools.count == 11)
    #expect(identity.tools["clone_vm"]?.arguments["newid"] == ["type": "integer"])
  }

  @Test func answersManyCallsSideBySide() async throws {
    let double = try ProxmoxDouble(.passing)
    let patience = patience
    let texts = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await double.client.call("get_vm_status", ["node": "pve1", "vmid": 100], deadline: patience).text
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(texts.count == 20 && texts.allSatisfy { $0.contains("running") })
  }

  @Test func tellsALostAnswerFromACallThatNeverLeft() async throws {
    let double = try ProxmoxDouble(.passing)
    try double.plan("get_vm_status", "die")
    await #expect {
      try await double.client.call("get_vm_status", ["node": "pve1", "vmid": 100], deadline: patience)
    } throws: { error in
      let error = error as? MCPCallError
      return error?.kind == .lost && error?.sentence.contains("ended before it answered") == true
    }
    let client = MCPClient(
      ServerCommand(program: "/nonexistent/server"), version: "test", now: { .now }, note: { _ in })
    await #expect {
      try await client.call("x", [:], deadline: patience)
    } throws: { error in
      let error = error as? MCPCallError
      return error?.kind == .notSent && error?.sentence.contains("/nonexistent/server cannot be started") == true
    }
  }

  @Test func startsAServerThatEndedAgainButNotWithoutEnd() async throws {
    let bench = Bench()
    let double = try ProxmoxDouble(.passing, bench: bench)
    let arguments: [String: JSONValue] = ["node": "pve1", "vmid": 100]
    try double.plan("get_vm_status", "die", "die", "die", "die", "die")
    for _ in 0..<5 {
      await #expect(throws: MCPCallError.self) {
        try await double.client.call("get_vm_status", arguments, deadline: patience)
      }
    }
    await #expect {
      try await double.client.call("get_vm_status", arguments, deadline: patience)
    } throws: { error in
      let error = error as? MCPCallError
      return error?.kind == .notSent && error?.sentence.contains("ended 5 times within 5 minutes") == true
    }
    #expect(try double.calls("get_vm_status").count == 5)
    bench.pass(.seconds(300))
    #expect(try await double.client.call("get_vm_status", arguments, deadline: patience).text.contains("running"))
  }

  @Test func losesACallWhoseDeadlinePassesAndReplacesTheServerThatHangs() async throws {
    let double = try ProxmoxDouble(.passing)
    _ = try await double.client.server()
    try double.plan("start_vm", "hang")
    await #expect {
      try await double.client.call("start_vm", ["node": "pve1", "vmid": 9000], deadline: .milliseconds(300))
    } throws: { error in
      (error as? MCPCallError)?.kind == .lost
    }
    #expect(double.noted.contains { $0.hasSuffix("It did not answer.") })
    let status = try await double.client.call("get_vm_status", ["node": "pve1", "vmid": 9000], deadline: patience)
    #expect(!status.isError && status.text.contains("\"status\""))
  }

  @Test func givesACallUpWhenItsCallerDoes() async throws {
    let double = try ProxmoxDouble(.passing)
    _ = try await double.client.server()
    try double.plan("get_vm_status", "hang")
    let patience = patience
    let task = Task { () async throws(MCPCallError) in
      try await double.client.call("get_vm_status", ["node": "pve1", "vmid": 100], deadline: patience)
    }
    task.cancel()
    await #expect { try await task.value } throws: { ($0 as? MCPCallError)?.kind == .cancelled }
  }

  @Test func takesSecretsOutOfAllThatTheServerSays() async throws {
    let double = try ProxmoxDouble(.passing)
    try double.plan("get_vm_status", JSONValue.text("fail !token \(ProxmoxDouble.secret) is wrong"))
    let result = try await double.client.call("get_vm_status", ["node": "pve1", "vmid": 100], deadline: patience)
    #expect(result.text.contains("token *** is wrong"))
    try double.plan("get_vm_status", "die")
    await #expect(throws: MCPCallError.self) {
      try await double.client.call("get_vm_status", ["node": "pve1", "vmid": 100], deadline: patience)
    }
    let command = ServerCommand(program: "/p", secrets: ["TOKEN": ProxmoxDouble.secret])
    #expect(!(double.noted + ["\(command)"]).joined().contains(ProxmoxDouble.secret))
  }

  @Test func startsAgainAfterItWasStopped() async throws {
    let double = try ProxmoxDouble(.unwrapping)
    _ = try await double.client.server()
    await double.client.stop()
    #expect(try await double.client.server().tools.count == 11)
    #expect(double.noted.contains { $0.hasSuffix("It was told to end.") })
  }
}
