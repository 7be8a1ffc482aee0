import Foundation
import Model
import Simulator
import SimulatedWire
import Testing

@Suite(.serialized) struct KubernetesKubectlTests {
  @Test func kubectlIsThere() {
    #expect(
      !KubernetesProgram.kubectls.isEmpty,
      "Install kubectl, or run scripts/install-packages.sh --test, which unpacks it into .build/debian.")
  }

  @Test(arguments: KubernetesProgram.kubectls)
  func looksAtNodesAndPods(_ program: KubernetesProgram) async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world(), step: .milliseconds(5))
    try await fixture.serving { _ in
      try await Kubectl.using(program, fixture.face) { kubectl in
        let nodes = try await kubectl.output("get", "nodes", "-L", "node-pool,worker-type,ttl")
        let lines = nodes.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.count == 3)
        #expect(
          lines.first == ["NAME", "STATUS", "ROLES", "AGE", "VERSION", "NODE-POOL", "WORKER-TYPE", "TTL"])
        #expect(lines.dropFirst().first?.first == "worker-burst-001")
        #expect(lines.dropFirst().first?[1] == "Ready")
        #expect(lines.dropFirst().first?.suffix(3) == ["burst", "medium", "1790003600"])
        let wide = try await kubectl.output("get", "pods", "-A", "-o", "wide")
        #expect(wide.split(separator: "\n").count == 6)
        #expect(wide.contains("worker-burst-002") && wide.contains("Running") && wide.contains("kube-system"))
        let described = try await kubectl.output("describe", "node", "worker-burst-001")
        for part in ["KubeletReady", "InternalIP", "7800m", "Non-terminated Pods", "node-pool=burst", "System UUID"] {
          #expect(described.contains(part), "\(part) is missing in:\n\(described)")
        }
        let pod = try await kubectl.output("get", "pods", "-l", "app in (web),!gone", "-o", "name")
          .split(separator: "\n").map(String.init)
        #expect(pod.count == 3)
        let podText = try await kubectl.output("describe", pod[0])
        #expect(podText.contains("Controlled By:  ReplicaSet/web") && podText.contains("node.kubernetes.io/not-ready"))
        let everything = try await kubectl.output("get", "deploy,rs,ds,pdb,pc,ns,leases", "-A")
        #expect(everything.contains("deployment.apps/web") && everything.contains("daemonset.apps/agent"))
        #expect(try await kubectl.output("get", "pods", "-A", "--field-selector", "spec.nodeName=nowhere").isEmpty)
      }
    }
  }

  @Test(arguments: KubernetesProgram.kubectls)
  func changesNodes(_ program: KubernetesProgram) async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world(), step: .milliseconds(5))
    try await fixture.serving { _ in
      try await Kubectl.using(program, fixture.face, user: .token) { kubectl in
        let node = "worker-burst-001"
        _ = try await kubectl.output("label", "node", node, "tier=gold")
        _ = try await kubectl.output("label", "node", node, "tier=silver", "--overwrite", "ttl-")
        _ = try await kubectl.output("annotate", "node", node, "example.org/note=hello world")
        _ = try await kubectl.output("taint", "nodes", node, "dedicated=db:NoSchedule")
        #expect(fixture.infrastructure.world.nodes["worker-burst-001"]?.taints.map(\.key) == ["dedicated"])
        _ = try await kubectl.output("cordon", node)
        let changed = fixture.infrastructure.world.nodes["worker-burst-001"]!
        #expect(changed.labels["tier"] == "silver" && changed.labels["ttl"] == nil)
        #expect(changed.annotations["example.org/note"] == "hello world")
        #expect(changed.unschedulable && changed.taints.contains { $0.key == "node.kubernetes.io/unschedulable" })
        let shown = try await kubectl.output("get", "node", node, "--no-headers")
        #expect(shown.contains("Ready,SchedulingDisabled"))
        _ = try await kubectl.output("uncordon", node)
        _ = try await kubectl.output("taint", "nodes", node, "dedicated-")
        #expect(fixture.infrastructure.world.nodes["worker-burst-001"]?.taints == [])
        let events = try await kubectl.output("get", "events")
        #expect(events.contains("NodeNotSchedulable"))
        let missing = try await kubectl.run("get", "node", "nobody")
        #expect(missing.errors == "Error from server (NotFound): nodes \"nobody\" not found\n")
        #expect(try await kubectl.output("auth", "can-i", "delete", "nodes").hasPrefix("yes"))
      }
    }
  }

  @Test(arguments: KubernetesProgram.kubectls)
  func drainsPastABudgetThatRefusesForAWhileAndDeletesTheNode(_ program: KubernetesProgram) async throws {
    // Three of four must stay. The world stands still until an eviction was refused, so that one surely is.
    let world = try KubernetesFixture.world(nodes: 2, web: 4, budget: 3)
    let fixture = try KubernetesFixture(world)
    let before = world.pods.values.filter { $0.node == "worker-burst-001" && $0.workload == "web" }.count
    #expect(before >= 2)
    try await fixture.serving { client in
      try await Kubectl.using(program, fixture.face) { kubectl in
        let node = "worker-burst-001"
        let refused = try await kubectl.run("drain", node)
        #expect(refused.status != 0 && refused.errors.contains("DaemonSet"))
        _ = try await kubectl.output("uncordon", node)
        let pacing = Task {
          while !Task.isCancelled {
            if fixture.infrastructure.look({ $0.report.evictionsRefused > 0 }) { fixture.clock.pass(.seconds(1)) }
            // A watch of a second that tells nothing.
            _ = try? await client.send("GET", "/api/v1/namespaces?watch=1&timeoutSeconds=1")
          }
        }
        defer { pacing.cancel() }
        let drained = try await kubectl.run(
          "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=120s")
        #expect(drained.status == 0, "\(drained.errors)\(drained.output)")
        #expect(drained.errors.contains("Cannot evict pod as it would violate the pod's disruption budget."))
        let after = fixture.infrastructure.world
        #expect(after.pods.values.filter { $0.node == "worker-burst-001" }.map(\.workload) == ["agent"])
        #expect(after.report.evictionsRefused > 0 && after.report.podsEvicted == before)
        let deleted = try await kubectl.output("delete", "node", node)
        #expect(deleted == "node \"worker-burst-001\" deleted\n")
        #expect(fixture.infrastructure.world.nodes.keys.map(\.rawValue) == ["worker-burst-002"])
      }
    }
  }

  @Test(arguments: KubernetesProgram.kubectls)
  func watchesUntilItsTimeIsOver(_ program: KubernetesProgram) async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world(), step: .milliseconds(5))
    try await fixture.serving { _ in
      try await Kubectl.using(program, fixture.face) { kubectl in
        async let watched = kubectl.run("get", "nodes", "-w", "--request-timeout=8s")
        // The label may come before the watch or during it: kubectl shows the node either way.
        _ = try await kubectl.output("cordon", "worker-burst-002")
        let result = try await watched
        #expect(result.output.contains("NAME") && result.output.contains("worker-burst-001"))
        #expect(result.output.contains("Ready,SchedulingDisabled"))
      }
    }
  }

  @Test(arguments: KubernetesProgram.kubectls)
  func servesCustomResourcesOnceTheirDefinitionIsThere(_ program: KubernetesProgram) async throws {
    let fixture = try KubernetesFixture(try KubernetesFixture.world(), step: .milliseconds(5))
    try await fixture.serving { _ in
      try await Kubectl.using(program, fixture.face) { kubectl in
        let unknown = try await kubectl.run("get", "workers.poolkeeper.dev")
        #expect(unknown.status != 0 && unknown.errors.contains("doesn't have a resource type"))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("objects-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let definition = folder.appendingPathComponent("crd.json")
        try KubernetesTexts.workerDefinition.write(to: definition, atomically: true, encoding: .utf8)
        let worker = folder.appendingPathComponent("worker.json")
        try KubernetesTexts.worker("worker-burst-001", phase: "Ready")
          .write(to: worker, atomically: true, encoding: .utf8)
        _ = try await kubectl.output("create", "-f", definition.path)
        _ = try await kubectl.output("create", "-f", worker.path)
        let twice = try await kubectl.run("create", "-f", worker.path)
        #expect(twice.errors.contains("AlreadyExists"))
        let list = try await kubectl.output("get", "workers.poolkeeper.dev")
        #expect(list.contains("PHASE") && list.contains("Ready") && list.contains("worker-burst-001"))
        _ = try await kubectl.output(
          "patch", "worker", "worker-burst-001", "--type=merge", "-p", "{\"spec\":{\"phase\":\"Draining\"}}")
        #expect(try await kubectl.output("get", "workers").contains("Draining"))
        _ = try await kubectl.output("delete", "worker", "worker-burst-001")
        #expect(try await kubectl.output("get", "workers").isEmpty)
      }
    }
  }
}

/// Objects that tests send.
enum KubernetesTexts {
  static let workerDefinition = """
    {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
     "metadata": {"name": "workers.poolkeeper.dev"},
     "spec": {"group": "poolkeeper.dev", "scope": "Namespaced",
      "names": {"plural": "workers", "singular": "worker", "kind": "Worker", "listKind": "WorkerList"},
      "versions": [{"name": "v1", "served": true, "storage": true,
       "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
       "additionalPrinterColumns": [{"name": "Phase", "type": "string", "jsonPath": ".spec.phase"}]}]}}
    """

  static func worker(_ name: String, phase: String, version: String? = nil) -> String {
    let version = version.map { ", \"resourceVersion\": \"\($0)\"" } ?? ""
    return """
      {"apiVersion": "poolkeeper.dev/v1", "kind": "Worker", "metadata": {"name": "\(name)", "namespace": "default"\(version)},
       "spec": {"phase": "\(phase)"}}
      """
  }

  static func deployment(_ name: String) -> String {
    """
    {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"\(name)","namespace":"default"},
     "spec":{"replicas":1,"selector":{"matchLabels":{"app":"own"}},
      "template":{"metadata":{"labels":{"app":"own"}},"spec":{
       "containers":[{"name":"own","image":"own:1","volumeMounts":[{"name":"data","mountPath":"/data"}]}],
       "volumes":[{"name":"data","emptyDir":{}}]}}}}
    """
  }
}
