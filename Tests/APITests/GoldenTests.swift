import API
import Foundation
import HTTPTypes
import Model
import Testing

/// The JSON of every view, so that the schema does not change unnoticed.
@Suite struct GoldenTests {
  /// The text as the server sends it; must be read back as the same value.
  private func json<Value: Codable & Equatable>(_ value: Value) throws -> String {
    let data = try JSONFormat.encoder().encode(value)
    #expect(try JSONFormat.decoder().decode(Value.self, from: data) == value)
    return String(decoding: data, as: UTF8.self)
  }

  @Test func workerView() throws {
    #expect(try json(WorkerView(Samples.worker)) == Golden.compact(Golden.worker))
  }

  @Test func poolView() throws {
    let view = PoolView(Samples.pool, workers: [.ready, .joining, .ready], report: Samples.report.pools[0])
    #expect(try json(view) == Golden.compact(Golden.pool))
  }

  @Test func planView() throws {
    #expect(try json(PlanView(Samples.plan, report: Samples.report, dryRun: true)) == Golden.compact(Golden.plan))
  }

  @Test func report() throws {
    #expect(try json(Samples.report) == Golden.compact(Golden.report))
  }

  /// A saved snapshot leads to the same plan again, so nothing may be lost; NaN, which equals nothing, aside.
  @Test func aSnapshotComesBackWhole() throws {
    var snapshot = Samples.snapshot
    snapshot.nodes = snapshot.nodes.map { nodes in
      nodes.map { node in
        var node = node
        #expect(node.cpuPercent?.isNaN == true)
        node.cpuPercent = 12.5
        return node
      }
    }
    var policy = Samples.policy
    policy.placement.zones = ["pve_01": "a_B"]
    let saved = SavedSnapshot(version: "1.2.3", policy: policy, snapshot: snapshot, plan: Samples.plan)
    let data = try saved.bytes()
    let back = try SavedSnapshot(data)
    #expect(back == saved)
    #expect(try back.bytes() == data)
    #expect(back.snapshot.systems.keys.map(\.rawValue) == ["worker_Burst_001"])
    #expect(back.policy.provisioning.stepLimits == policy.provisioning.stepLimits)
  }

  @Test func theSnapshotComesWithThePolicyAndThePlan() async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      let answer = try await server.get("/api/v1/snapshot")
      let saved = SavedSnapshot(
        version: "1.2.3", policy: Samples.policy, snapshot: Samples.snapshot, plan: Samples.plan)
      #expect(answer.status == 200)
      #expect(answer.text == String(decoding: try saved.bytes(), as: UTF8.self))
    }
  }

  @Test func whatIsNoSnapshotIsRefusedWithASentence() throws {
    func refusal(_ text: String) -> String {
      do {
        _ = try SavedSnapshot(Data(text.utf8))
        return ""
      } catch { return error.description }
    }
    #expect(refusal("{}").contains("poolkeeper plan --save FILE"))
    #expect(refusal("nothing").contains("poolkeeper plan --save FILE"))
    #expect(refusal(#"{"format": 9, "version": "7.0.0"}"#).contains("use poolkeeper 7.0.0"))
    let cut = refusal(#"{"format": 1, "version": "0.9.0", "policy": {}}"#)
    #expect(cut.contains("/policy/") && cut.contains("0.9.0"), "\(cut)")
  }

  @Test(arguments: Way.allCases)
  func theServerAnswersWithTheseViews(way: Way) async throws {
    try await ServerFixture().test(way) { server async throws in
      let table = [
        ("workers", #"{"workers":["# + Golden.compact(Golden.worker) + "]}"),
        ("workers/worker-burst-001", Golden.compact(Golden.worker)),
        ("plan", Golden.compact(Golden.plan).replacing(#""dry_run":true"#, with: #""dry_run":false"#)),
        ("report", Golden.compact(Golden.report)),
      ]
      for (path, expected) in table {
        let answer = try await server.get("/api/v1/\(path)")
        #expect(answer.status == 200)
        #expect(answer.type == "application/json")
        #expect(answer.text == expected, "\(path)")
      }
      let dryRun = try await server.call(.post, "/api/v1/plan")
      #expect(dryRun.text == Golden.compact(Golden.plan))
      let pools = try await server.get("/api/v1/pools")
      #expect(pools.text.hasPrefix(#"{"pools":[{"default_template":"medium","default_time_to_live_seconds":14400,"#))
      #expect(pools.text.contains(#""workers":{"joining":1}"#))
    }
  }
}
