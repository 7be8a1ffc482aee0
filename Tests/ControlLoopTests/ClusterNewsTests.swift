import Model
import Ports
import Simulator
import Testing

@testable import ControlLoop

/// What `kubectl describe` shows of what was decided.
@Suite struct ClusterNewsTests {
  private static func snapshot(pods count: Int) -> Snapshot {
    var snapshot = Snapshot(now: Setting.start)
    snapshot.pods = .known(
      (0..<count).map { number in
        var pod = PodObservation(
          key: PodKey(namespace: "web", name: "app-\(number)"), uid: "uid-\(number)", createdAt: Setting.start,
          phase: .pending, requests: .zero)
        pod.unschedulable = true
        pod.ownerName = "app"
        return pod
      }, at: Setting.start)
    var node = NodeObservation(name: "worker-burst-001", uid: "node-1", createdAt: Setting.start, allocatable: .zero)
    node.labels = ["node-pool": "burst"]
    snapshot.nodes = .known([node], at: Setting.start)
    return snapshot
  }

  private static func report(_ outcome: PodGroupReport.Outcome, _ code: String) -> Report {
    var report = Report(at: Setting.start)
    var group = PodGroupReport(
      example: PodKey(namespace: "web", name: "app-0"), pods: 3, outcome: outcome,
      reason: Reason(code, "It is so.", remedy: "Do this."))
    group.owners = ["web/app"]
    report.podGroups = [group]
    return report
  }

  @Test func podsAreToldOnceForEachReason() {
    var news = ClusterNews()
    let snapshot = Self.snapshot(pods: 3)
    let first = news.events(of: snapshot, report: Self.report(.waits, "pool_at_maximum"), happened: [])
    #expect(first.map(\.reason) == ["NotTriggerScaleUp", "NotTriggerScaleUp", "NotTriggerScaleUp"])
    #expect(first[0].note == "It is so. Do this.")
    #expect(first[0].subject == .pod(PodKey(namespace: "web", name: "app-0"), uid: "uid-0"))
    #expect(news.events(of: snapshot, report: Self.report(.waits, "pool_at_maximum"), happened: []).isEmpty)
    let then = news.events(of: snapshot, report: Self.report(.newWorkers, "new_workers"), happened: [])
    #expect(then.map(\.reason) == ["TriggeredScaleUp", "TriggeredScaleUp", "TriggeredScaleUp"])
  }

  @Test func manyPodsAreToldOverSeveralTicks() {
    var news = ClusterNews()
    let snapshot = Self.snapshot(pods: 50)
    let report = Self.report(.waits, "pool_at_maximum")
    var told: [ClusterEvent.Subject] = []
    for expected in [20, 20, 10, 0] {
      let events = news.events(of: snapshot, report: report, happened: [])
      #expect(events.count == expected)
      told += events.map(\.subject)
    }
    #expect(Set(told).count == 50)
  }

  @Test func nodesAreToldOfDrainsAndRepairs() {
    var news = ClusterNews()
    let codes = ["plan_retire", "drain_started", "drain_stuck", "repair_started", "worker_ready"]
    let happened = codes.map {
      JournalEvent(at: Setting.start, subject: "worker", name: "worker-burst-001", code: $0, sentence: "It is \($0).")
    }
    let events = news.events(of: Self.snapshot(pods: 0), report: Report(at: Setting.start), happened: happened)
    #expect(events.map(\.reason) == ["ScaleDown", "Draining", "DrainStuck", "Repairing"])
    #expect(events.map(\.isWarning) == [false, false, true, true])
    #expect(events.allSatisfy { $0.subject == .node("worker-burst-001", uid: "node-1") })
  }
}
