import API
import Foundation
import Model
import Ports
import Testing

@Suite struct OverviewRouteTests {
  private static func note(_ second: Int64, _ summary: String) -> DecisionNote {
    DecisionNote(
      at: Samples.start.advanced(by: .seconds(second)), summary: summary,
      pools: [DecisionNote.PoolNote(Samples.report.pools[0], changed: true)])
  }

  @Test(arguments: Way.allCases)
  func tellsAllThatTheConsoleShowsInOneAnswer(way: Way) async throws {
    let fixture = ServerFixture()
    var gone = Samples.worker
    gone.record.state = .terminated
    gone.record.stateSince = Samples.now
    var longGone = gone
    longGone.record.stateSince = Samples.now.advanced(by: .hours(-7))
    fixture.operations.change { [gone, longGone] state in
      state.departed = [gone, longGone]
      state.decisions = [Self.note(60, "Grow burst by 1."), Self.note(0, "Nothing to do.")]
      let machine = Template.Machine(cpuCores: 4, memoryBytes: 8 << 30, diskBytes: 1 << 30)
      let template = Template(
        name: "medium", source: MachineID(9000), machine: machine,
        allocatable: Resources(cpuMillicores: 3800, memoryBytes: 7 << 30, pods: 110),
        price: HourlyPrice(perHour: Money(0.5)))
      var pool = Samples.pool
      pool.savingPercent = 20
      state.policy = Policy(
        clusterName: "talos-prod", pools: [pool], templates: [template],
        triggers: [
          Trigger(
            name: "burst/cpu_pressure", pool: "burst", kind: .cpuPressure, expression: "cpu", threshold: 85.5,
            hold: .minutes(5))
        ])
    }
    try await fixture.test(way) { server async throws in
      let answer = try await server.get("/api/v1/overview")
      #expect(answer.status == 200)
      let view = try JSONFormat.decoder().decode(OverviewView.self, from: Data(answer.bytes))
      #expect(view.cluster == "talos-prod")
      #expect(view.summary == "Grow burst by 1.")
      #expect(view.now == Samples.now)
      #expect(view.lastDecisionAt == Samples.report.at)
      #expect(view.currency == "USD")
      #expect(view.report == Samples.report)
      #expect(view.pools.map(\.workers) == [[.joining: 1]])
      #expect(view.pools[0].report == Samples.report.pools[0])
      #expect(view.prices.map(\.pricePerHour) == [HourlyPrice(perHour: Money(0.4))])
      #expect(view.triggers.map(\.expression) == ["cpu"])
      #expect(view.triggers.map(\.holdSeconds) == [300])
      #expect(view.workers == [WorkerView(Samples.worker)])
      #expect(view.departed.map(\.stateSince) == [Samples.now])
      #expect(view.departed.map(\.state) == [.terminated])
      #expect(view.decisions.map(\.summary) == ["Grow burst by 1.", "Nothing to do."])
      #expect(view.events.map(\.code) == ["worker_requested"])
      let text = answer.text
      for key in ["\"price_per_hour\"", "\"hold_seconds\"", "\"last_decision_at\"", "\"maximum_extensions\""] {
        #expect(text.contains(key), "\(key)")
      }
    }
  }

  @Test func isThereBeforeTheFirstDecision() async throws {
    let fixture = ServerFixture()
    fixture.operations.change { $0.report = nil }
    try await fixture.test(.inProcess) { server async throws in
      let answer = try await server.get("/api/v1/overview")
      #expect(answer.status == 200)
      let view = try JSONFormat.decoder().decode(OverviewView.self, from: Data(answer.bytes))
      #expect(view.report == nil)
      #expect(view.lastDecisionAt == nil)
      #expect(view.summary == "No decision has been made yet.")
    }
  }

  @Test func isWholeButForTheEventsWhileTheJournalCannotBeRead() async throws {
    let fixture = ServerFixture()
    fixture.operations.change {
      $0.failure = PortError(
        .unreachable, "The API server does not answer.", operation: "journal.events")
    }
    try await fixture.test(.inProcess) { server async throws in
      let answer = try await server.get("/api/v1/overview")
      #expect(answer.status == 200)
      let view = try JSONFormat.decoder().decode(OverviewView.self, from: Data(answer.bytes))
      #expect(view.events.isEmpty)
      #expect(view.eventsUnknown == "The API server does not answer.")
      #expect(view.workers.count == 1)
    }
  }

  @Test func givesAsManyDecisionsAsAreAskedFor() async throws {
    let fixture = ServerFixture()
    fixture.operations.change { $0.decisions = (0..<150).reversed().map { Self.note($0, "Decision \($0).") } }
    try await fixture.test(.inProcess) { server async throws in
      func count(_ uri: String) async throws -> Int {
        let answer = try await server.get(uri)
        return try JSONFormat.decoder().decode([String: [DecisionNote]].self, from: Data(answer.bytes))["decisions"]?
          .count ?? -1
      }
      #expect(try await count("/api/v1/decisions") == 100)
      #expect(try await count("/api/v1/decisions?limit=7") == 7)
      #expect(try await count("/api/v1/decisions?limit=500") == 150)
      for limit in ["0", "501", "many", "-1"] {
        let refused = try await server.get("/api/v1/decisions?limit=\(limit)")
        #expect(refused.status == 400)
        #expect(refused.text.contains("\\\"limit\\\" must be 1 to 500"), "\(refused.text)")
      }
    }
  }
}
