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
    let data = try JSONFormat.encoder().encode(SnapshotView(snapshot))
    let back = try JSONFormat.decoder().decode(SnapshotView.self, from: data)
    #expect(back.snapshot == snapshot)
  }

  @Test(arguments: Way.allCases)
  func theServerAnswersWithTheseViews(way: Way) async throws {
    try await ServerFixture().test(way) { server async throws in
      let table = [
        ("workers", #"{"workers":["# + Golden.compact(Golden.worker) + "]}"),
        ("workers/worker-burst-001", Golden.compact(Golden.worker)),
        ("plan", Golden.compact(Golden.plan).replacing(#""dry_run":true"#, with: #""dry_run":false"#)),
        ("report", Golden.compact(Golden.report)), ("snapshot", Golden.compact(Golden.snapshot)),
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
