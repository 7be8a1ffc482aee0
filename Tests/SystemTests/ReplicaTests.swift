import API
import Foundation
import HTTPTransport
import Model
import Testing

@testable import poolkeeper

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Several `poolkeeper serve --mode act` over one simulated world, by the real clients.
@Suite(.serialized) struct ReplicaTests {
  @Test(.timeLimit(.minutes(8))) func anotherTakesOverWhereTheLeaderWasKilledStoppedOrEnded() async throws {
    try await ReplicaBench.with { bench in
      let three = [try await bench.replica("one"), try await bench.replica("two"), try await bench.replica("three")]
      defer { for replica in three { replica.brain.program.kill() } }
      let first = try await bench.leader(of: three)
      _ = try await first.ready(1)
      var rest = three.filter { $0.name != first.name }
      try await expectRefusal(by: rest[0], naming: first)
      try await expectColumns(bench)

      // Killed while it makes two workers.
      #expect(try await first.order(2, "order-1").status == 202)
      try await first.told("machine_cloned")
      first.brain.program.kill()
      let second = try await bench.leader(of: rest)
      try await bench.expectOneMachineEach(try await second.ready(3))

      // Stopped for longer than the lease while it makes another, and continued when somebody else leads.
      #expect(try await second.order(1, "order-2").status == 202)
      second.signal(SIGSTOP)
      rest = rest.filter { $0.name != second.name }
      let third = try await bench.leader(of: rest)
      let said = second.brain.program.text.count
      second.signal(SIGCONT)
      let workers = try await third.ready(4)
      try await bench.expectOneMachineEach(workers)
      #expect(try await second.status()["following"] as? String != nil)
      #expect(try await second.order(1, "order-3").status == 503)
      let sinceThen = String(second.brain.program.text.dropFirst(said))
      for call in ["machine_cloned", "machine_started", "worker_joining"] { #expect(!sinceThen.contains(call)) }

      // Ended in order: the other leads. That the lease is given up at once is held where the clock is the test's own.
      third.signal(SIGTERM)
      try await Bench.eventually("the other leads") {
        try await second.status()["following"] == nil ? true : nil
      }
      #expect(await third.brain.program.end() == 0, "\(third.brain.program.text)")
      try await bench.expectOneMachineEach(try await second.ready(4))
      // It writes its name into the ledger at its first look as the leader.
      try await Bench.eventually("the ledger is the new leader's") { () -> Bool? in
        let ledger = try await bench.objects("ledgers.poolkeeper.dev", "-n", "poolkeeper").first
        let spec = ledger?["spec"] as? [String: Any]
        return (spec?["holder"] as? String)?.hasPrefix(second.name + "_") == true && spec?["workers"] as? Int == 4
          ? true : nil
      }
      let kept = try await bench.objects("workers.poolkeeper.dev", "-n", "poolkeeper")
        .compactMap { ($0["spec"] as? [String: Any])?["worker"] as? String }
      #expect(kept.sorted() == workers.map(\.name.rawValue).sorted())
    }
  }

  /// Orders, labels, drain, events, lease, journal: all that a life needs is in the roles that an operator applies.
  @Test(.timeLimit(.minutes(8))) func needsNoRightThatTheRolesDoNotGive() async throws {
    try await ReplicaBench.with(permanent: 0) { bench in
      let before = try await bench.rights()
      let replica = try await bench.replica("one")
      defer { replica.brain.program.kill() }
      _ = try await bench.leader(of: [replica])
      #expect(try await replica.order(2, "order-1").status == 202)
      let workers = try await replica.ready(2)
      // Pods that only run where the pool's taint is taken away, and then have to leave the worker that goes.
      try await bench.addPods(4)
      try await bench.kubectl("taint", "nodes", "--all", "workload-type-")
      try await Bench.eventually("pods run on both workers") {
        let nodes = try await bench.objects("pods", "-n", "default")
          .compactMap { ($0["spec"] as? [String: Any])?["nodeName"] as? String }
        return nodes.count == 4 && Set(nodes).count == 2 ? true : nil
      }
      let answer = try await replica.brain.send("DELETE", "/api/v1/workers/\(workers[0].name)")
      #expect(answer.status < 300, "\(String(decoding: answer.body, as: UTF8.self))")
      _ = try await replica.ready(1)
      replica.signal(SIGTERM)
      #expect(await replica.brain.program.end() == 0)

      let needed = try await bench.rights().subtracting(before)
      #expect(needed.contains("patch nodes") && needed.contains("delete nodes") && needed.contains("watch pods"))
      #expect(needed.contains("create pods/eviction in default"))
      #expect(needed.contains("create events.events.k8s.io in default"))
      #expect(needed.contains("update leases.coordination.k8s.io in poolkeeper"))
      #expect(needed.contains("update ledgers.poolkeeper.dev in poolkeeper"))
      let granted = try await grants(bench)
      for right in needed.sorted() {
        let everywhere = String(right.split(separator: " ").prefix(2).joined(separator: " "))
        #expect(granted.contains(right) || granted.contains(everywhere), "\(right) is not granted by rbac.yaml")
      }
    }
  }

  // MARK: - Parts

  private func expectRefusal(by follower: Replica, naming leader: Replica) async throws {
    let following = try #require(try await follower.status()["following"] as? String)
    #expect(following.contains(leader.name + "_"))
    let refusal = try await follower.order(1, "refused")
    let text = String(decoding: refusal.body, as: UTF8.self)
    #expect(refusal.status == 503 && text.contains("\(leader.name)_"), "\(refusal.status) \(text)")
  }

  private func expectColumns(_ bench: ReplicaBench) async throws {
    let lines = try await bench.kubectl("get", "workers.poolkeeper.dev", "-n", "poolkeeper")
      .split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.first == ["NAME", "WORKER", "POOL", "STATE", "TEMPLATE", "MACHINE", "COST", "AGE"])
    #expect(lines.last?[1...4] == ["worker-permanent-001", "permanent", "ready", "medium"], "\(lines)")
  }

  /// The rights of the roles that are bound to the service account, written as the simulated API server writes them.
  private func grants(_ bench: ReplicaBench) async throws -> Set<String> {
    var bound: Set<String> = []
    for binding in try await bench.objects("clusterrolebindings,rolebindings", "-A") {
      let role = try #require(binding["roleRef"] as? [String: Any])
      bound.insert("\(role["kind"] ?? "")/\(role["name"] ?? "")")
    }
    var granted: Set<String> = []
    for role in try await bench.objects("clusterroles,roles", "-A") {
      let metadata = role["metadata"] as? [String: Any] ?? [:]
      guard bound.contains("\(role["kind"] ?? "")/\(metadata["name"] ?? "")") else { continue }
      let place = (metadata["namespace"] as? String).map { " in \($0)" } ?? ""
      for rule in role["rules"] as? [[String: Any]] ?? [] {
        for group in rule["apiGroups"] as? [String] ?? [] {
          for resource in rule["resources"] as? [String] ?? [] {
            let parts = resource.split(separator: "/", maxSplits: 1).map(String.init)
            let name = parts[0] + (group.isEmpty ? "" : ".\(group)") + (parts.count > 1 ? "/\(parts[1])" : "")
            for verb in rule["verbs"] as? [String] ?? [] { granted.insert("\(verb) \(name)\(place)") }
          }
        }
      }
    }
    return granted
  }
}
