import HTTPTransport
import Model
import Simulator
import SimulatedWire
import Testing

struct KubernetesWatchTests {
  private let node = "/api/v1/nodes/worker-burst-001"

  private func patch(_ client: KubernetesClient, _ body: String) async throws {
    let answer = try await client.send("PATCH", node, body, type: "application/merge-patch+json")
    #expect(answer.status == 200)
  }

  private func version(_ client: KubernetesClient, _ path: String = "/api/v1/nodes") async throws -> String {
    try #require(try await client.get(path)["metadata"]["resourceVersion"].text)
  }

  @Test func tellsWhatHappenedSinceAVersion() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let since = try await version(client)
      try await patch(client, "{\"metadata\":{\"labels\":{\"a\":\"1\"}}}")
      try await patch(client, "{\"spec\":{\"unschedulable\":true}}")
      _ = try await client.send("DELETE", node)
      let path = "/api/v1/nodes?watch=1&timeoutSeconds=0&allowWatchBookmarks=true&resourceVersion=\(since)"
      let events = try await client.send("GET", path).events
      #expect(events.map { $0["type"].text } == ["MODIFIED", "MODIFIED", "DELETED", "BOOKMARK"])
      #expect(events[2]["object"]["spec"]["unschedulable"].flag == true)
      let versions = events.compactMap { $0["object"]["metadata"]["resourceVersion"].text.flatMap { Int($0) } }
      #expect(versions == versions.sorted() && versions.count == 4)
      let rest = try await client.send(
        "GET", "/api/v1/nodes?watch=1&timeoutSeconds=0&resourceVersion=\(versions[3])")
      #expect(rest.status == 200 && rest.events.isEmpty)
    }
  }

  @Test func objectsEnterAndLeaveASelection() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let since = try await version(client)
      try await patch(client, "{\"metadata\":{\"labels\":{\"tier\":\"gold\"}}}")
      try await patch(client, "{\"metadata\":{\"labels\":{\"other\":\"1\"}}}")
      try await patch(client, "{\"metadata\":{\"labels\":{\"tier\":null}}}")
      let path = "/api/v1/nodes?watch=1&timeoutSeconds=0&labelSelector=tier%3Dgold&resourceVersion=\(since)"
      let events = try await client.send("GET", path).events
      #expect(events.map { $0["type"].text } == ["ADDED", "MODIFIED", "DELETED"])
      #expect(events[2]["object"]["metadata"]["labels"]["tier"].text == "gold")
    }
  }

  @Test func sendsTheWholeStateFirstWhenAskedTo() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let path =
        "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=0"
      let events = try await client.send("GET", path).events
      #expect(events.prefix(5).allSatisfy { $0["type"].text == "ADDED" })
      #expect(events[5]["type"].text == "BOOKMARK")
      #expect(events[5]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"].text == "true")
      let plain = try await client.send("GET", "/api/v1/pods?watch=1&resourceVersion=0&timeoutSeconds=0")
      #expect(plain.events.count == 5)
      let wrong = try await client.send("GET", "/api/v1/pods?watch=1&sendInitialEvents=true")
      #expect(wrong.status == 422)
    }
  }

  @Test func historyThatIsForgottenMustBeListedAgain() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let since = try await version(client)
      try await patch(client, "{\"metadata\":{\"labels\":{\"a\":\"1\"}}}")
      fixture.face.compact()
      let events = try await client.send(
        "GET", "/api/v1/nodes?watch=1&timeoutSeconds=30&resourceVersion=\(since)"
      ).events
      #expect(events.count == 1 && events[0]["type"].text == "ERROR")
      #expect(events[0]["object"]["code"].number == 410 && events[0]["object"]["reason"].text == "Expired")
      let now = try await version(client)
      let fresh = try await client.send("GET", "/api/v1/nodes?watch=1&timeoutSeconds=0&resourceVersion=\(now)")
      #expect(fresh.events.isEmpty)
    }
  }

  @Test func tellsWhatTheWorldDoesByItself() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let since = try await version(client, "/api/v1/pods")
      async let watched = client.send("GET", "/api/v1/pods?watch=1&timeoutSeconds=2&resourceVersion=\(since)")
      try fixture.infrastructure.change { world in
        world.add(
          Workload(
            name: "late", kind: .bare,
            pod: PodTemplate(requests: Resources(cpuMillicores: 10), labels: ["app": "late"]),
            startsAt: world.now.advanced(by: .seconds(1))))
      }
      fixture.clock.pass(.seconds(10))
      let events = try await watched.events
      #expect(events.first?["type"].text == "ADDED")
      #expect(events.last?["object"]["status"]["phase"].text == "Running")
      #expect(events.allSatisfy { $0["object"]["metadata"]["labels"]["app"].text == "late" })
    }
  }

  @Test func showsChangesAsRowsOfATable() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let since = try await version(client)
      try await patch(client, "{\"spec\":{\"unschedulable\":true}}")
      try await patch(client, "{\"spec\":{\"unschedulable\":false}}")
      let events = try await client.send(
        "GET", "/api/v1/nodes?watch=1&timeoutSeconds=0&resourceVersion=\(since)",
        accept: "application/json;as=Table;v=v1;g=meta.k8s.io"
      ).events
      #expect(events.map { $0["object"]["rows"][0]["cells"][1].text } == ["Ready,SchedulingDisabled", "Ready"])
      #expect(events[0]["object"]["columnDefinitions"].exists && !events[1]["object"]["columnDefinitions"].exists)
    }
  }

  @Test func cutWatchesEndWithoutAWord() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          do {
            _ = try await client.send("GET", "/api/v1/nodes?watch=1&timeoutSeconds=50")
            return false
          } catch let error as HTTPTransportError {
            return error.code == .interrupted
          }
        }
        group.addTask {
          // The watch may not be there at the first cut.
          while !Task.isCancelled {
            fixture.face.cutWatches()
            _ = try? await client.send("GET", "/version")
          }
          return true
        }
        let wasCut = try? await group.next()
        #expect(wasCut == true)
        group.cancelAll()
      }
    }
  }

  @Test func aDeadKubeletIsSeenByItsNodeAndItsPods() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let since = try await version(client)
      try fixture.infrastructure.change { world in
        world.add(ScheduledFault(at: world.now, kind: .kubeletDies(.node("worker-burst-001"), cure: .restart)))
      }
      fixture.clock.pass(.seconds(5))
      let events = try await client.send(
        "GET", "/api/v1/nodes?watch=1&timeoutSeconds=0&resourceVersion=\(since)"
      ).events
      let last = try #require(events.last)["object"]
      let ready = last["status"]["conditions"].list.first { $0["type"].text == "Ready" }
      #expect(ready?["status"].text == "Unknown" && ready?["reason"].text == "NodeStatusUnknown")
      #expect(
        last["spec"]["taints"].list.map { "\($0["key"].text ?? ""):\($0["effect"].text ?? "")" } == [
          "node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute",
        ])
      let pods = try await client.get("/api/v1/pods?fieldSelector=spec.nodeName%3Dworker-burst-001")["items"].list
      #expect(!pods.isEmpty)
      for pod in pods {
        #expect(pod["status"]["phase"].text == "Running")
        #expect(pod["status"]["conditions"].list.first { $0["type"].text == "Ready" }?["status"].text == "False")
      }
    }
  }
}
