import Model
import Simulator
import SimulatedWire
import Testing

struct KubernetesStoredObjectTests {
  private let workers = "/apis/poolkeeper.dev/v1/namespaces/default/workers"
  private let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
  private let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"

  @Test func customResourcesObeyTheRulesOfVersions() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let defined = try await client.send("POST", definitions, KubernetesTexts.workerDefinition)
      #expect(defined.status == 201)
      #expect(defined.json["status"]["conditions"].list.contains { $0["type"].text == "Established" })
      let made = try await client.send("POST", workers, KubernetesTexts.worker("w1", phase: "Ready"))
      #expect(made.status == 201 && made.json["metadata"]["generation"].number == 1)
      let version = try #require(made.json["metadata"]["resourceVersion"].text)
      let uid = try #require(made.json["metadata"]["uid"].text)
      let twice = try await client.send("POST", workers, KubernetesTexts.worker("w1", phase: "Ready"))
      #expect(twice.status == 409 && twice.json["reason"].text == "AlreadyExists")
      #expect(twice.json["message"].text == "workers.poolkeeper.dev \"w1\" already exists")
      let bare = try await client.send("PUT", workers + "/w1", KubernetesTexts.worker("w1", phase: "Gone"))
      #expect(bare.status == 422)
      let put = try await client.send(
        "PUT", workers + "/w1", KubernetesTexts.worker("w1", phase: "Draining", version: version))
      #expect(put.status == 200 && put.json["metadata"]["generation"].number == 2)
      #expect(put.json["metadata"]["uid"].text == uid)
      let stale = try await client.send(
        "PUT", workers + "/w1", KubernetesTexts.worker("w1", phase: "Ready", version: version))
      #expect(stale.status == 409 && stale.json["reason"].text == "Conflict")
      let strategic = try await client.send(
        "PATCH", workers + "/w1", "{}", type: "application/strategic-merge-patch+json")
      #expect(strategic.status == 415)
      let applied = try await client.send(
        "PATCH", workers + "/w2?fieldManager=test", KubernetesTexts.worker("w2", phase: "New"),
        type: "application/apply-patch+yaml")
      #expect(applied.status == 201)
      let wrong = try await client.send("DELETE", workers + "/w1", "{\"preconditions\":{\"uid\":\"x\"}}")
      #expect(wrong.status == 409)
      let late = try await client.send(
        "DELETE", workers + "/w1", "{\"preconditions\":{\"resourceVersion\":\"\(version)\"}}")
      #expect(late.status == 409)
      #expect(try await client.send("DELETE", workers + "/w1").status == 200)
      #expect(try await client.send("DELETE", definitions + "/workers.poolkeeper.dev").status == 200)
      #expect(try await client.send("GET", workers).status == 404)
      #expect(fixture.infrastructure.world.keptObjects.isEmpty)
    }
  }

  @Test func leasesAreWonByOneOfTwo() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    @Sendable func lease(_ holder: String, version: String? = nil) -> String {
      """
      {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"leader"\
      \(version.map { ",\"resourceVersion\":\"\($0)\"" } ?? "")},
       "spec":{"holderIdentity":"\(holder)","leaseDurationSeconds":15}}
      """
    }
    try await fixture.serving { client throws in
      let won = try await client.send("POST", leases, lease("a"))
      #expect(won.status == 201)
      #expect(try await client.send("POST", leases, lease("b")).status == 409)
      let version = try #require(won.json["metadata"]["resourceVersion"].text)
      let renewed = try await client.send("PUT", leases + "/leader", lease("a ", version: version))
      #expect(renewed.status == 200)
      #expect(try await client.send("PUT", leases + "/leader", lease("b", version: version)).status == 409)
      #expect(try await client.get(leases + "/leader")["spec"]["holderIdentity"].text == "a ")
      let elsewhere = try await client.send(
        "POST", "/apis/coordination.k8s.io/v1/namespaces/nowhere/leases", lease("a"))
      #expect(elsewhere.status == 404 && elsewhere.json["message"].text == "namespaces \"nowhere\" not found")
    }
  }

  @Test func clientsOwnDeploymentsStandBesideTheWorlds() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    let deployments = "/apis/apps/v1/namespaces/default/deployments"
    try await fixture.serving { client throws in
      let made = try await client.send("POST", deployments, KubernetesTexts.deployment("own"))
      #expect(made.status == 201 && made.json["metadata"]["uid"].text != nil)
      let scaled = try await client.send(
        "PATCH", deployments + "/own", #"{"spec":{"replicas":2}}"#, type: "application/merge-patch+json")
      #expect(scaled.status == 200 && scaled.json["spec"]["replicas"].number == 2)
      let theirs = try await client.send(
        "PATCH", deployments + "/web", #"{"spec":{"replicas":2}}"#, type: "application/merge-patch+json")
      #expect(theirs.status == 403 && theirs.json["reason"].text == "Forbidden")
      #expect(try await client.send("DELETE", deployments + "/web").status == 403)
      #expect(try await client.send("DELETE", deployments + "/own").status == 200)
      #expect(try await client.send("GET", deployments + "/own").status == 404)
      #expect(fixture.infrastructure.world.keptObjects.isEmpty)
    }
  }

  @Test(arguments: [
    (#""app":"own"}},"spec""#, #""app":"other"}},"spec""#, "spec.template.metadata.labels"),
    (#""selector":{"matchLabels":{"app":"own"}},"#, "", "spec.selector"),
    (#""image":"own:1","#, "", "spec.template.spec.containers[0].image"),
    (#""volumes":[{"name":"data","emptyDir":{}}]"#, #""volumes":[]"#, "volumeMounts[0].name"),
  ])
  func refusesADeploymentThatNoServerWouldTake(part: String, instead: String, field: String) async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    let text = KubernetesTexts.deployment("own")
    let wrong = text.replacing(part, with: instead)
    try #require(wrong != text)
    try await fixture.serving { client throws in
      let refused = try await client.send("POST", "/apis/apps/v1/namespaces/default/deployments", wrong)
      #expect(refused.status == 422 && refused.json["reason"].text == "Invalid")
      #expect(refused.json["message"].text?.contains(field) == true, "\(refused.json["message"].text ?? "")")
    }
  }

  @Test func keepsTheTextsOfASecretEncoded() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let made = try await client.send(
        "POST", "/api/v1/namespaces/default/secrets",
        #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"eA=="},"stringData":{"b":"y"}}"#)
      #expect(made.status == 201)
      #expect(made.json["data"]["a"].text == "eA==" && made.json["data"]["b"].text == "eQ==")
      #expect(made.json["stringData"].text == nil)
    }
  }

  @Test func eventsAreSeenThroughBothGroups() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    let event = """
      {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"worker-burst-001.17","namespace":"default"},
       "eventTime":"2026-09-21T14:14:00.000000Z","type":"Normal","reason":"ScaleDown","action":"Drain",
       "note":"The worker is idle.","regarding":{"kind":"Node","name":"worker-burst-001","uid":"u"},
       "reportingController":"poolkeeper.dev/poolkeeper","reportingInstance":"one"}
      """
    try await fixture.serving { client throws in
      let path = "/apis/events.k8s.io/v1/namespaces/default/events"
      let made = try await client.send("POST", path, event)
      #expect(made.status == 201 && made.json["note"].text == "The worker is idle.")
      let selector = "fieldSelector=involvedObject.kind%3DNode,involvedObject.name%3Dworker-burst-001"
      let core = try await client.get("/api/v1/events?\(selector)")["items"]
      let seen = core.list.first { $0["reason"].text == "ScaleDown" }
      #expect(seen?["message"].text == "The worker is idle." && seen?["involvedObject"]["uid"].text == "u")
      let series = "{\"series\":{\"count\":2,\"lastObservedTime\":\"2026-09-21T14:15:00.000000Z\"}}"
      let patched = try await client.send(
        "PATCH", path + "/worker-burst-001.17", series, type: "application/merge-patch+json")
      #expect(patched.json["series"]["count"].number == 2 && patched.json["apiVersion"].text == "events.k8s.io/v1")
    }
  }

  @Test func whatClientsWroteOutlivesTheServer() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    let (workers, definitions) = (workers, definitions)
    let version = try await fixture.serving { client throws in
      _ = try await client.send("POST", definitions, KubernetesTexts.workerDefinition)
      let made = try await client.send("POST", workers, KubernetesTexts.worker("w1", phase: "Ready"))
      return Int(made.json["metadata"]["resourceVersion"].text ?? "") ?? 0
    }
    let again = try KubernetesFixture(fixture.infrastructure.world)
    again.clock.pass(.seconds(1))
    try await again.serving { client throws in
      let list = try await client.get(workers)
      #expect(list["items"][0]["spec"]["phase"].text == "Ready")
      #expect(list["items"][0]["metadata"]["resourceVersion"].text == String(version))
      #expect(Int(list["metadata"]["resourceVersion"].text ?? "") ?? 0 >= version)
    }
  }
}
