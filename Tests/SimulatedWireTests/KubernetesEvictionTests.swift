import HTTPTransport
import Model
import Simulator
import SimulatedWire
import Testing

struct KubernetesEvictionTests {
  private func eviction(_ name: String, options: String = "{}") -> String {
    """
    {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"\(name)","namespace":"default"},
     "deleteOptions":\(options)}
    """
  }

  private func webPods(_ client: KubernetesClient) async throws -> [String] {
    try await client.get("/api/v1/namespaces/default/pods")["items"].list.compactMap { $0["metadata"]["name"].text }
  }

  private func path(_ name: String) -> String { "/api/v1/namespaces/default/pods/\(name)/eviction" }

  @Test func answersInEveryWayThatTheAPIKnows() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world(budget: 2))
    try await fixture.serving { client throws in
      let pods = try await webPods(client)
      let another = try await client.send(
        "POST", path(pods[0]), eviction(pods[0], options: "{\"preconditions\":{\"uid\":\"another\"}}"))
      #expect(another.status == 409 && another.json["reason"].text == "Conflict")
      let accepted = try await client.send("POST", path(pods[0]), eviction(pods[0]))
      #expect(accepted.status == 201 && accepted.json["status"].text == "Success")
      let refused = try await client.send("POST", path(pods[1]), eviction(pods[1]))
      #expect(refused.status == 429 && refused.json["reason"].text == "TooManyRequests")
      #expect(
        refused.json["message"].text == "Cannot evict pod as it would violate the pod's disruption budget.")
      #expect(refused.json["details"]["causes"][0]["reason"].text == "DisruptionBudget")
      #expect(
        refused.json["details"]["causes"][0]["message"].text
          == "The disruption budget web needs 2 healthy pods and has 2 currently")
      #expect(!refused.json["details"]["retryAfterSeconds"].exists)
      let budget = try await client.get("/apis/policy/v1/namespaces/default/poddisruptionbudgets/web")
      #expect(budget["status"]["disruptionsAllowed"].number == 0)
      #expect(try await client.send("POST", path("nobody"), eviction("nobody")).status == 404)
      #expect(try await client.send("POST", path(pods[1]), eviction(pods[2])).status == 400)
      // Once the replacement runs, the next may go.
      fixture.clock.pass(.seconds(3))
      #expect(try await client.send("POST", path(pods[1]), eviction(pods[1])).status == 201)
    }
  }

  @Test func twoBudgetsOverOnePodAreAnError() async throws {
    var world = try KubernetesFixture.world(budget: 1)
    world.add(DisruptionBudget(name: "second", selector: ["app": "web"], bound: .maxUnavailable(3)))
    let fixture = try KubernetesFixture(world)
    try await fixture.serving { client throws in
      let pod = try await webPods(client)[0]
      let answer = try await client.send("POST", path(pod), eviction(pod))
      #expect(answer.status == 500)
      #expect(answer.json["message"].text?.contains("more than one PodDisruptionBudget") == true)
    }
  }

  @Test func faultsMeetOneRequestEach() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world(web: 6))
    try await fixture.serving { client throws in
      let pods = try await webPods(client)
      fixture.faults.inject(WireFault("kubernetes.evict", .lostRequest))
      await #expect(throws: HTTPTransportError.self) {
        try await client.send("POST", path(pods[0]), eviction(pods[0]))
      }
      #expect(fixture.infrastructure.world.report.podsEvicted == 0)
      fixture.faults.inject(WireFault("kubernetes.evict", .lostAnswer))
      await #expect(throws: HTTPTransportError.self) {
        try await client.send("POST", path(pods[0]), eviction(pods[0]))
      }
      #expect(fixture.infrastructure.world.report.podsEvicted == 1)
      fixture.faults.inject(WireFault("kubernetes.*", .refused(status: 500, text: "etcdserver: request timed out")))
      let refused = try await client.send("GET", "/api/v1/nodes")
      #expect(refused.status == 500 && refused.json["message"].text == "etcdserver: request timed out")
      fixture.faults.inject(WireFault("kubernetes.patch_node", .late(milliseconds: 1)))
      let late = try await client.send(
        "PATCH", "/api/v1/nodes/worker-burst-001", "{}", type: "application/merge-patch+json")
      #expect(late.status == 200)
      #expect(fixture.faults.remaining.isEmpty)
      #expect(fixture.faults.requests["kubernetes.evict"] == 2)
    }
  }

  @Test func aServerThatIsAwayComesBack() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      fixture.face.setAbsence(.unavailable)
      #expect(try await client.send("GET", "/api/v1/nodes").status == 503)
      fixture.face.setAbsence(.refusing)
      await #expect(throws: HTTPTransportError.self) { try await client.send("GET", "/api/v1/nodes") }
      fixture.face.setAbsence(nil)
      #expect(try await client.send("GET", "/api/v1/nodes").status == 200)
    }
  }
}
