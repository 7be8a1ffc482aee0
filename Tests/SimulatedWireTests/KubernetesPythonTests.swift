import Foundation
import Model
import SimulatedWire
import Simulator
import Testing

struct KubernetesPythonTests {
  /// What the Python client is to do; it prints what it found.
  private static let script = """
    import sys
    from kubernetes import client, config, watch
    from kubernetes.client.rest import ApiException

    config.load_kube_config(config_file=sys.argv[1])
    core = client.CoreV1Api()
    nodes = core.list_node(label_selector="node-pool=burst")
    print("nodes", [node.metadata.name for node in nodes.items])
    print("ready", [c.status for c in nodes.items[0].status.conditions if c.type == "Ready"])
    first = core.list_pod_for_all_namespaces(limit=2)
    second = core.list_pod_for_all_namespaces(limit=2, _continue=first.metadata._continue)
    print("pages", len(first.items), first.metadata.remaining_item_count, len(second.items))

    core.patch_node("worker-burst-001", {"metadata": {"labels": {"seen-by": "python"}}})
    seen = 0
    for event in watch.Watch().stream(core.list_node, resource_version=nodes.metadata.resource_version, timeout_seconds=5):
        print("watched", event["type"], event["object"].metadata.labels["seen-by"])
        break

    pod = core.list_namespaced_pod("default", label_selector="app=web").items[0]
    wrong = client.V1Eviction(
        metadata=client.V1ObjectMeta(name=pod.metadata.name, namespace="default"),
        delete_options=client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="another")))
    try:
        core.create_namespaced_pod_eviction(pod.metadata.name, "default", wrong)
    except ApiException as error:
        print("precondition", error.status)
    eviction = client.V1Eviction(metadata=client.V1ObjectMeta(name=pod.metadata.name, namespace="default"))
    core.create_namespaced_pod_eviction(pod.metadata.name, "default", eviction)
    print("terminating", core.read_namespaced_pod(pod.metadata.name, "default").metadata.deletion_timestamp is not None)

    leases = client.CoordinationV1Api()
    lease = leases.create_namespaced_lease("kube-system", client.V1Lease(
        metadata=client.V1ObjectMeta(name="leader"),
        spec=client.V1LeaseSpec(holder_identity="one", lease_duration_seconds=15)))
    stale = lease.metadata.resource_version
    lease.spec.holder_identity = "two"
    lease = leases.replace_namespaced_lease("leader", "kube-system", lease)
    print("holder", lease.spec.holder_identity, lease.metadata.resource_version != stale)
    lease.metadata.resource_version = stale
    try:
        leases.replace_namespaced_lease("leader", "kube-system", lease)
    except ApiException as error:
        print("stale", error.status, error.reason)

    import json
    client.ApiextensionsV1Api().create_custom_resource_definition(json.loads(open(sys.argv[2]).read()))
    custom = client.CustomObjectsApi()
    place = dict(group="poolkeeper.dev", version="v1", namespace="default", plural="workers")
    custom.create_namespaced_custom_object(body=json.loads(open(sys.argv[3]).read()), **place)
    custom.patch_namespaced_custom_object(name="w1", body={"spec": {"phase": "Draining"}}, **place)
    print("custom", custom.list_namespaced_custom_object(**place)["items"][0]["spec"]["phase"])
    custom.delete_namespaced_custom_object(name="w1", **place)
    print("left", custom.list_namespaced_custom_object(**place)["items"])
    """

  @Test func drivesTheCluster() async throws {
    let python = try #require(
      KubernetesProgram.python,
      "There is no .build/python with the Python client: run scripts/install-packages.sh --test.")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("python-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let fixture = try KubernetesFixture(try KubernetesFixture.world(), step: .milliseconds(1))
    let result = try await fixture.serving { _ in
      let files = ["script.py", "kubeconfig", "definition.json", "worker.json"].map {
        folder.appendingPathComponent($0)
      }
      let texts = [
        Self.script, fixture.face.kubeconfig(), KubernetesTexts.workerDefinition,
        KubernetesTexts.worker("w1", phase: "Ready"),
      ]
      for (file, text) in zip(files, texts) { try text.write(to: file, atomically: true, encoding: .utf8) }
      return try await python.run([files[0].path, files[1].path, files[2].path, files[3].path])
    }
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output.split(separator: "\n").map(String.init) == [
        "nodes ['worker-burst-001', 'worker-burst-002']", "ready ['True']", "pages 2 3 2", "watched MODIFIED python",
        "precondition 409", "terminating True", "holder two True", "stale 409 Conflict", "custom Draining", "left []",
      ])
    #expect(fixture.infrastructure.world.nodes["worker-burst-001"]?.labels["seen-by"] == "python")
  }
}
