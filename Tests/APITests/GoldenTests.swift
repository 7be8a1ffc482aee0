import API
import Foundation
import Model
import Testing

/// The JSON of every view, so that the schema does not change unnoticed.
@Suite struct GoldenTests {
  private func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONFormat.encoder(pretty: true).encode(value), as: UTF8.self)
  }

  @Test func workerView() throws {
    let text = try json(WorkerView(Samples.worker))
    #expect(text == Golden.worker)
    #expect(try JSONFormat.decoder().decode(WorkerView.self, from: Data(text.utf8)) == WorkerView(Samples.worker))
  }

  @Test func poolView() throws {
    let view = PoolView(Samples.pool, workers: [.ready, .joining, .ready], report: Samples.report.pools[0])
    let text = try json(view)
    #expect(text == Golden.pool)
    #expect(try JSONFormat.decoder().decode(PoolView.self, from: Data(text.utf8)) == view)
  }

  @Test func planView() throws {
    let view = PlanView(Samples.plan, report: Samples.report, dryRun: true)
    let text = try json(view)
    #expect(text == Golden.plan)
    #expect(try JSONFormat.decoder().decode(PlanView.self, from: Data(text.utf8)) == view)
  }

  @Test func report() throws {
    let text = try json(Samples.report)
    #expect(text == Golden.report)
    #expect(try JSONFormat.decoder().decode(Report.self, from: Data(text.utf8)) == Samples.report)
  }

  @Test func snapshot() throws {
    let text = try json(SnapshotView(Samples.snapshot))
    #expect(text == Golden.snapshot)
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
    let text = try json(SnapshotView(snapshot))
    let back = try JSONFormat.decoder().decode(SnapshotView.self, from: Data(text.utf8))
    #expect(back.snapshot == snapshot)
  }

  @Test(arguments: Way.allCases)
  func theServerAnswersWithTheseViews(way: Way) async throws {
    let compact: (String) -> String = { text in
      text.split(separator: "\n").map { $0.drop { $0 == " " }.replacing("\" : ", with: "\":") }.joined()
        .replacing("{}", with: "{}")
    }
    try await ServerFixture().test(way) { server in
      let table = [
        ("workers", #"{"workers":["# + compact(Golden.worker) + "]}"), ("workers/worker-burst-001", compact(Golden.worker)),
        ("plan", compact(Golden.plan).replacing(#""dry_run":true"#, with: #""dry_run":false"#)),
        ("report", compact(Golden.report)), ("snapshot", compact(Golden.snapshot)),
      ]
      for (path, expected) in table {
        let answer = try await server.get("/api/v1/\(path)")
        #expect(answer.status == 200)
        #expect(answer.type == "application/json")
        #expect(answer.text == expected, "\(path)")
      }
      let dryRun = try await server.call(.post, "/api/v1/plan")
      #expect(dryRun.text == compact(Golden.plan))
      let pools = try await server.get("/api/v1/pools")
      #expect(pools.text.hasPrefix(#"{"pools":[{"default_template":"medium","default_time_to_live_seconds":14400,"#))
      #expect(pools.text.contains(#""workers":{"joining":1}"#))
    }
  }
}
