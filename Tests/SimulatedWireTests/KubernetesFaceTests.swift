import Foundation
import HTTPTransport
import Model
import Simulator
import SimulatedWire
import Testing

struct KubernetesFaceTests {
  private static let merge = "application/merge-patch+json"
  private static let strategic = "application/strategic-merge-patch+json"
  private static let operations = "application/json-patch+json"
  private static let node = "/api/v1/nodes/worker-burst-001"

  @Test func knowsItsUsersByCertificateAndTokenAndNobodyElse() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      #expect(try await client.get("/api/v1/nodes")["items"].list.count == 2)
      let byToken = KubernetesClient(fixture.face, port: client.port, token: fixture.face.bearerToken)
      #expect(try await byToken.get("/api/v1/nodes")["kind"].text == "NodeList")
      let wrong = try await KubernetesClient(fixture.face, port: client.port, token: "guess").send(
        "GET", "/api/v1/nodes")
      #expect(wrong.status == 401)
      let anonymous = KubernetesClient(fixture.face, port: client.port, isAnonymous: true)
      let refused = try await anonymous.send("GET", "/api/v1/pods")
      #expect(refused.status == 401)
      #expect(refused.json["reason"].text == "Unauthorized")
      #expect(try await anonymous.send("GET", "/readyz").body == Array("ok".utf8))
      let review = try await client.send(
        "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{\"kind\":\"SelfSubjectReview\"}")
      #expect(review.json["status"]["userInfo"]["username"].text == "admin")
    }
  }

  @Test func tellsWhatItServesInBothForms() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      #expect(try await client.get("/version")["gitVersion"].text == "v1.36.2")
      let core = try await client.get("/api/v1")
      #expect(core["resources"].list.contains { $0["name"].text == "pods/eviction" && $0["kind"].text == "Eviction" })
      let groups = try await client.get("/apis")
      #expect(groups["groups"].list.contains { $0["preferredVersion"]["groupVersion"].text == "policy/v1" })
      let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
      let whole = try await client.send("GET", "/apis", accept: accept)
      #expect(whole.contentType == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
      #expect(whole.json["items"].list.contains { $0["metadata"]["name"].text == "coordination.k8s.io" })
      let missing = try await client.send("GET", "/apis/poolkeeper.dev/v1/workers")
      #expect(missing.status == 404)
      #expect(missing.json["message"].text == "the server could not find the requested resource")
    }
  }

  @Test func listsInPagesOfOneMoment() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let first = try await client.get("/api/v1/pods?limit=2")
      let version = first["metadata"]["resourceVersion"].text
      #expect(first["items"].list.count == 2 && first["metadata"]["remainingItemCount"].number == 3)
      _ = try await client.send("PATCH", Self.node, "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}", type: Self.merge)
      let token = try #require(first["metadata"]["continue"].text)
      let second = try await client.get("/api/v1/pods?limit=3&continue=\(token)")
      #expect(second["metadata"]["resourceVersion"].text == version)
      #expect(second["items"].list.count == 3 && !second["metadata"]["continue"].exists)
      let names = (first["items"].list + second["items"].list).map { $0["metadata"]["name"].text }
      #expect(Set(names).count == 5)
      fixture.face.compact()
      let late = try await client.send("GET", "/api/v1/pods?limit=2&continue=\(token)")
      #expect(late.status == 410)
      #expect(late.json["reason"].text == "Expired")
      let future = try await client.send("GET", "/api/v1/pods?resourceVersion=9999999999999999")
      #expect(future.status == 504 && future.json["reason"].text == "Timeout")
    }
  }

  @Test(arguments: [
    ("/api/v1/pods?labelSelector=app%3Dweb", 3), ("/api/v1/pods?labelSelector=app%20notin%20(web,db),app", 2),
    ("/api/v1/pods?labelSelector=!app", 0), ("/api/v1/pods?labelSelector=app!%3Dweb", 2),
    (
      "/api/v1/pods?fieldSelector=spec.nodeName%3Dworker-burst-001,status.phase!%3DSucceeded,metadata.namespace%3Dkube-system",
      1
    ),
    ("/api/v1/namespaces/kube-system/pods", 2), ("/api/v1/nodes?fieldSelector=metadata.name%3Dworker-burst-002", 1),
    ("/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue", 0),
    ("/api/v1/nodes?labelSelector=ttl%3E1790000000", 2), ("/api/v1/persistentvolumeclaims", 0),
    ("/apis/storage.k8s.io/v1/csinodes", 0), ("/apis/policy/v1/poddisruptionbudgets", 1),
    ("/apis/apps/v1/namespaces/default/replicasets", 1), ("/apis/coordination.k8s.io/v1/leases", 2),
  ])
  func selects(_ path: String, _ count: Int) async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world(budget: 2))
    try await fixture.serving { client throws in
      #expect(try await client.get(path)["items"].list.count == count)
      for wrong in ["fieldSelector=spec.colour%3Dred", "labelSelector=a%20in%20b", "fieldSelector=x"] {
        #expect(try await client.send("GET", "/api/v1/pods?\(wrong)").status == 400)
      }
    }
  }

  @Test func showsTablesAndMetadataAlone() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let table = try await client.get(
        "/api/v1/nodes?includeObject=Metadata", accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
      #expect(table["kind"].text == "Table")
      #expect(table["columnDefinitions"].list.prefix(2).map { $0["name"].text } == ["Name", "Status"])
      #expect(table["rows"][0]["cells"].list.prefix(3).map(\.text) == ["worker-burst-001", "Ready", "<none>"])
      #expect(table["rows"][0]["object"]["metadata"]["labels"]["node-pool"].text == "burst")
      let partial = try await client.get(
        "/api/v1/pods", accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
      #expect(partial["kind"].text == "PartialObjectMetadataList")
      #expect(partial["items"][0].keys == ["apiVersion", "kind", "metadata"])
      #expect(
        try await client.send("GET", "/api/v1/pods", accept: "application/vnd.kubernetes.protobuf").status == 406)
    }
  }

  @Test func showsNodesWithAllThatClientsLookFor() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let node = try await client.get(Self.node)
      #expect(node["spec"]["providerID"].text == "proxmox://prod-k8s/200")
      #expect(node["status"]["allocatable"]["cpu"].text == "7800m")
      #expect(node["status"]["capacity"]["cpu"].text == "8")
      #expect(
        node["status"]["nodeInfo"]["systemUUID"].text
          == fixture.infrastructure.world.machines[MachineID(200)]?.uuid)
      #expect(node["status"]["conditions"].list.first { $0["type"].text == "Ready" }?["status"].text == "True")
      let lease = try await client.get(
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/worker-burst-001")
      fixture.clock.pass(.seconds(25))
      let later = try await client.get(
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/worker-burst-001")
      #expect(try #require(lease["spec"]["renewTime"].text) < #require(later["spec"]["renewTime"].text))
      #expect(later["metadata"]["ownerReferences"][0]["uid"].text == node["metadata"]["uid"].text)
    }
  }

  // MARK: - Changes

  @Test func patchesNodesInThreeWays() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let before = try #require(try await client.get(Self.node)["metadata"]["resourceVersion"].text)
      let merged = try await client.send(
        "PATCH", Self.node,
        "{\"metadata\":{\"resourceVersion\":\"\(before)\",\"labels\":{\"ttl\":null,\"a\":\"b\"}},\"spec\":{\"unschedulable\":true}}",
        type: Self.merge)
      #expect(merged.status == 200)
      #expect(merged.json["metadata"]["labels"]["a"].text == "b" && !merged.json["metadata"]["labels"]["ttl"].exists)
      #expect(merged.json["spec"]["taints"][0]["key"].text == "node.kubernetes.io/unschedulable")
      let stale = try await client.send(
        "PATCH", Self.node, "{\"metadata\":{\"resourceVersion\":\"\(before)\"},\"spec\":{\"taints\":[]}}",
        type: Self.merge)
      #expect(stale.status == 409 && stale.json["reason"].text == "Conflict")
      #expect(stale.json["details"]["kind"].text == "nodes")
      let taints =
        "{\"spec\":{\"taints\":[{\"key\":\"a\",\"effect\":\"NoSchedule\"},{\"key\":\"b\",\"value\":\"c\",\"effect\":\"PreferNoSchedule\"}]}}"
      let tainted = try await client.send("PATCH", Self.node, taints, type: Self.strategic)
      // The list is replaced whole, and the cordon's own taint comes back.
      #expect(
        tainted.json["spec"]["taints"].list.map { $0["key"].text } == ["a", "b", "node.kubernetes.io/unschedulable"])
      let failing =
        "[{\"op\":\"test\",\"path\":\"/metadata/labels/a\",\"value\":\"x\"},{\"op\":\"remove\",\"path\":\"/metadata/labels/a\"}]"
      let refused = try await client.send("PATCH", Self.node, failing, type: Self.operations)
      #expect(refused.status == 422 && refused.json["reason"].text == "Invalid")
      let passing =
        "[{\"op\":\"test\",\"path\":\"/metadata/labels/a\",\"value\":\"b\"},{\"op\":\"add\",\"path\":\"/metadata/labels/example.org~1x\",\"value\":\"y\"},{\"op\":\"remove\",\"path\":\"/spec/taints/0\"}]"
      let patched = try await client.send("PATCH", Self.node, passing, type: Self.operations)
      #expect(patched.json["metadata"]["labels"]["example.org/x"].text == "y")
      #expect(fixture.infrastructure.world.nodes["worker-burst-001"]?.taints.first?.key == "b")
      let bad = try await client.send(
        "PATCH", Self.node, "{\"metadata\":{\"labels\":{\"when\":\"12:30\"}}}", type: Self.merge)
      #expect(bad.status == 422)
      #expect(try await client.send("PATCH", Self.node, "{}", type: "application/yaml").status == 415)
      #expect(try await client.send("PATCH", Self.node, "{\"a\":", type: Self.merge).status == 400)
    }
  }

  @Test func dryRunsChangeNothing() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let before = fixture.infrastructure.world
      let tried = try await client.send(
        "PATCH", Self.node + "?dryRun=All", "{\"spec\":{\"unschedulable\":true}}", type: Self.merge)
      #expect(tried.json["spec"]["unschedulable"].flag == true)
      #expect(try await client.send("DELETE", Self.node + "?dryRun=All").status == 200)
      let pod = try #require(
        try await client.get("/api/v1/namespaces/default/pods")["items"][0]["metadata"]["name"].text)
      let evicted = try await client.send(
        "POST", "/api/v1/namespaces/default/pods/\(pod)/eviction?dryRun=All",
        "{\"kind\":\"Eviction\",\"apiVersion\":\"policy/v1\",\"metadata\":{\"name\":\"\(pod)\"}}")
      #expect(evicted.status == 201)
      #expect(fixture.infrastructure.world == before)
    }
  }

  @Test func replacesNodesUnlessSomebodyWasFaster() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let answer = try await client.send("GET", Self.node)
      let text = String(decoding: answer.body, as: UTF8.self)
      let changed = text.replacing("\"node-pool\":\"burst\"", with: "\"node-pool\":\"spot\"")
      #expect(try await client.send("PUT", Self.node, changed).json["metadata"]["labels"]["node-pool"].text == "spot")
      #expect(try await client.send("PUT", Self.node, changed).status == 409)
      #expect(try await client.send("PUT", "/api/v1/nodes/worker-burst-002", changed).status == 400)
      #expect(try await client.send("POST", "/api/v1/nodes", changed).status == 405)
    }
  }

  @Test func deletesNodesByTheirUIDAndCollectsTheirPodsLater() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let uid = try #require(try await client.get(Self.node)["metadata"]["uid"].text)
      let wrong = try await client.send("DELETE", Self.node, "{\"preconditions\":{\"uid\":\"another\"}}")
      #expect(wrong.status == 409)
      let right = try await client.send("DELETE", Self.node, "{\"preconditions\":{\"uid\":\"\(uid)\"}}")
      #expect(right.status == 200 && right.json["status"].text == "Success")
      #expect(right.json["details"]["uid"].text == uid)
      #expect(try await client.send("DELETE", Self.node).json["reason"].text == "NotFound")
      let there = "/api/v1/pods?fieldSelector=spec.nodeName%3Dworker-burst-001"
      #expect(try await !client.get(there)["items"].list.isEmpty)
      fixture.clock.pass(.seconds(3))
      #expect(try await client.get(there)["items"].list.isEmpty)
      #expect(
        try await client.send(
          "GET", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/worker-burst-001"
        ).status == 404)
    }
  }

  @Test func deletesPodsWithTheirGraceOrAtOnce() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let names = try await client.get("/api/v1/namespaces/default/pods")["items"].list.compactMap {
        $0["metadata"]["name"].text
      }
      let going = try await client.send("DELETE", "/api/v1/namespaces/default/pods/\(names[0])")
      #expect(going.json["metadata"]["deletionTimestamp"].exists)
      #expect(going.json["metadata"]["deletionGracePeriodSeconds"].number == 30)
      #expect(try await client.send("GET", "/api/v1/namespaces/default/pods/\(names[0])").status == 200)
      fixture.clock.pass(.seconds(1))
      #expect(try await client.send("GET", "/api/v1/namespaces/default/pods/\(names[0])").status == 404)
      _ = try await client.send("DELETE", "/api/v1/namespaces/default/pods/\(names[1])", "{\"gracePeriodSeconds\":0}")
      #expect(try await client.send("GET", "/api/v1/namespaces/default/pods/\(names[1])").status == 404)
    }
  }

  @Test func noExecuteTaintsDriveAwayPodsThatDoNotTolerateThem() async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world())
    try await fixture.serving { client throws in
      let taint = "{\"spec\":{\"taints\":[{\"key\":\"away\",\"effect\":\"NoExecute\"}]}}"
      _ = try await client.send("PATCH", Self.node, taint, type: Self.merge)
      fixture.clock.pass(.seconds(2))
      let pods = try await client.get("/api/v1/pods?fieldSelector=spec.nodeName%3Dworker-burst-001")
      #expect(pods["items"].list.map { $0["metadata"]["namespace"].text } == ["kube-system"])
    }
  }
}
