import Foundation
import Model
import Ports
import Testing

@testable import Kubernetes

@Suite struct ExamineTests {
  private func examine(
    _ server: ScriptedServer, withElection: Bool = false, withJournal: Bool = false
  ) async -> [ConnectionFinding] {
    let client = KubernetesClient(
      ClusterAccess(server: server.url, bearer: .none), time: LeapingTime(), options: KubernetesClientOptions())
    return await client.examine(namespace: "keeper", withElection: withElection, withJournal: withJournal)
  }

  /// Answers reviews by what may not be done, named `VERB RESOURCE` or `VERB RESOURCE/SUBRESOURCE`.
  private func server(denying denied: Set<String>) throws -> ScriptedServer {
    try ScriptedServer { request in
      guard request.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" else {
        return .ok(#"{"apiVersion":"v1","kind":"NodeList","metadata":{},"items":[{},{}]}"#)
      }
      struct Review: Decodable {
        struct Spec: Decodable { var resourceAttributes: [String: String] }
        var spec: Spec
      }
      let asked = try? JSONDecoder().decode(Review.self, from: Data(request.body.utf8)).spec.resourceAttributes
      let resource = [asked?["resource"], asked?["subresource"]].compactMap { $0 }.joined(separator: "/")
      let isDenied = denied.contains("\(asked?["verb"] ?? "") \(resource)")
      return .answer(201, #"{"status":{"allowed":\#(!isDenied)}}"#)
    }
  }

  @Test func anAccountWithEveryRightIsFine() async throws {
    let server = try server(denying: [])
    defer { server.stop() }
    let findings = await examine(server, withElection: true, withJournal: true)
    #expect(
      findings.map(\.sentence) == [
        "The API server answers.", "The account has every right that is needed.", "The cluster has 2 nodes.",
      ])
    #expect(findings.allSatisfy { $0.outcome == .fine })
    let bodies = server.requests.map(\.body)
    #expect(bodies.contains { $0.contains("leases") && $0.contains("\"namespace\":\"keeper\"") })
    #expect(bodies.contains { $0.contains("ledgerpages") })
    #expect(bodies.contains { $0.contains("\"resource\":\"pods\"") && $0.contains("\"subresource\":\"eviction\"") })
  }

  @Test func whatMayNotBeDoneIsNamed() async throws {
    let server = try server(denying: ["delete nodes", "create pods/eviction", "watch poddisruptionbudgets"])
    defer { server.stop() }
    let missing = await examine(server).filter { $0.outcome == .missing }
    #expect(
      missing.map(\.sentence) == [
        "The account may not: delete nodes; create pods/eviction; watch poddisruptionbudgets.policy."
      ])
    #expect(missing.first?.remedy?.contains("kubectl apply") == true)
    #expect(!server.requests.contains { $0.body.contains("leases") })
  }

  @Test func nodesThatMayNotBeListedAreNotCounted() async throws {
    let server = try server(denying: ["list nodes"])
    defer { server.stop() }
    #expect(await examine(server).map(\.outcome) == [.fine, .missing])
    #expect(!server.requests.contains { $0.method == "GET" })
  }

  @Test func aServerThatKnowsNobodyIsToldOnce() async throws {
    let server = try ScriptedServer { _ in .status(401, reason: "Unauthorized", message: "Unauthorized") }
    defer { server.stop() }
    let findings = await examine(server)
    #expect(findings.count == 1)
    #expect(findings.first?.outcome == .missing)
    #expect(findings.first?.remedy?.contains("kubeconfig") == true)
  }

  /// What is asked for is what is shipped.
  @Test func theRightsAreThoseOfTheShippedRole() throws {
    var folder = URL(fileURLWithPath: #filePath)
    while !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
      folder.deleteLastPathComponent()
    }
    let files = FileManager.default.enumerator(
      at: folder.appendingPathComponent("config"), includingPropertiesForKeys: nil)
    let role = (files?.allObjects as? [URL])?.first { $0.lastPathComponent == "rbac.yaml" }
    let text = try String(contentsOf: try #require(role), encoding: .utf8)
    let rights = ClusterRight.always + ClusterRight.election("n") + ClusterRight.journal("n")
    for right in rights {
      #expect(text.contains(right.resource), "\(right.resource)")
      #expect(right.group.isEmpty || text.contains(right.group), "\(right.group)")
    }
  }
}
