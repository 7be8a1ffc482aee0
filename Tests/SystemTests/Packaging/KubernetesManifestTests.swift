import Foundation
import Testing

@testable import poolkeeper

/// The manifests that we ship, in the hands of kubectl, a schema of Kubernetes, and the simulated cluster.
@Suite struct KubernetesManifestTests {
  private static let base = Packaging.path("config/kubernetes/base")
  private static let overlay = Packaging.path("config/kubernetes/overlays/high-availability")

  private static func rendered(_ kubectl: String, _ folder: String) async throws -> String {
    let outcome = try await Packaging.run(kubectl, ["kustomize", folder])
    try #require(outcome.code == 0, "\(outcome.text)")
    return outcome.text
  }

  @Test(.timeLimit(.minutes(5)), arguments: ["1.31", "1.36"])
  func areValidByTheStrictSchema(version: String) async throws {
    guard let kubectl = Packaging.tool("kubectl"), let validate = Packaging.pythonTool("kubernetes-validate") else {
      return
    }
    try await Bench.withDirectory { directory in
      for folder in [Self.base, Self.overlay] {
        let file = directory.appendingPathComponent("rendered.yaml")
        try await Self.rendered(kubectl, folder).write(to: file, atomically: true, encoding: .utf8)
        let outcome = try await Packaging.run(validate, ["--strict", "-k", version, file.path])
        #expect(outcome.code == 0, "\(outcome.text)")
        #expect(outcome.text.contains("passed for resource deployment/poolkeeper"), "\(outcome.text)")
      }
      let secrets = Packaging.path("config/kubernetes/secrets.example.yaml")
      let outcome = try await Packaging.run(validate, ["--strict", "-k", version, secrets])
      #expect(outcome.code == 0, "\(outcome.text)")
    }
  }

  @Test func theMonitorJoinsAnInstallation() async throws {
    guard let kubectl = Packaging.tool("kubectl") else { return }
    try await Bench.withDirectory { directory in
      // kustomize takes no folders by absolute paths.
      try FileManager.default.copyItem(
        atPath: Packaging.path("config/kubernetes"), toPath: directory.appendingPathComponent("kubernetes").path)
      let own = directory.appendingPathComponent("own")
      try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
      try Data(
        """
        resources: [../kubernetes/base]
        components: [../kubernetes/components/service-monitor]
        images: [{name: poolkeeper, newName: registry.example.com/poolkeeper, newTag: "7"}]
        """.utf8
      ).write(to: own.appendingPathComponent("kustomization.yaml"))
      let text = try await Self.rendered(kubectl, own.path)
      #expect(text.contains("kind: ServiceMonitor"))
      #expect(text.contains("image: registry.example.com/poolkeeper:7\n"))
    }
  }

  @Test(.timeLimit(.minutes(5))) func applyToAClusterAndFitTogether() async throws {
    guard let kubectl = Packaging.tool("kubectl") else { return }
    try await Bench.withDirectory { directory in
      let world = try RunningProgram(
        Bench.poolkeeper, ["simulate", "world", "--data", directory.path, "--scenario", "quiet"])
      try await Bench.eventually("the simulator's start") {
        try #require(world.isRunning, "\(world.text)")
        return world.text.contains("\nready\n") ? true : nil
      }
      let cluster = ManifestCluster(
        kubectl: kubectl, kubeconfig: directory.appendingPathComponent("kubeconfig").path)
      let first = try await cluster.run("apply", "-k", Self.base)
      #expect(first.contains("deployment.apps/poolkeeper created"))
      #expect(try await cluster.run("apply", "-k", Self.base).contains("deployment.apps/poolkeeper unchanged"))
      try await cluster.run("apply", "-f", Packaging.path("config/kubernetes/secrets.example.yaml"))
      try await cluster.expectEverythingThatIsNamed()
      try await cluster.expectRestrictedPods()

      try await cluster.run("apply", "-k", Self.overlay, "--dry-run=server")
      try await cluster.run("apply", "-k", Self.overlay)
      let replicas = try await cluster.run(
        "get", "deployment", "poolkeeper", "-n", "poolkeeper", "-o",
        "jsonpath={.spec.replicas} {.spec.template.spec.affinity.podAntiAffinity"
          + ".requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey}")
      #expect(replicas == "2 kubernetes.io/hostname")
      world.kill()
    }
  }

  @Test func theConfigurationIsTheExamplesWithThePlacesOfAPod() throws {
    func object(_ path: String) throws -> [String: Any] {
      let data = try Data(contentsOf: Bench.root.appendingPathComponent(path))
      return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
    var example = try object("config/worker-pools.json")
    var pod = try object("config/kubernetes/base/worker-pools.json")
    let own = try #require(pod["poolkeeper"] as? [String: Any])
    #expect(own["mode"] as? String == "observe")
    for key in ["$schema", "proxmox_integration", "poolkeeper"] {
      example[key] = nil
      pod[key] = nil
    }
    #expect(NSDictionary(dictionary: example) == NSDictionary(dictionary: pod))
  }

  @Test func theConfigurationHasNoErrorOnceItsSecretsAreThere() async throws {
    try await Bench.withDirectory { directory in
      let text = try Packaging.text("config/kubernetes/base/worker-pools.json")
        .replacing("/run/poolkeeper", with: directory.path)
      let file = directory.appendingPathComponent("pools.json")
      try text.write(to: file, atomically: true, encoding: .utf8)
      let credentials = directory.appendingPathComponent("credentials")
      try FileManager.default.createDirectory(at: credentials, withIntermediateDirectories: true)
      let entry = #"[{"name":"operator","role":"admin","token_sha256":"\#(String(repeating: "0a", count: 32))"}]"#
      try Data(entry.utf8).write(to: credentials.appendingPathComponent("access.json"))
      try Data("00000000-0000-0000-0000-000000000000\n".utf8).write(
        to: credentials.appendingPathComponent("proxmox-token"))
      let outcome = try await Packaging.run(
        Bench.poolkeeper, ["check", file.path],
        environment: [
          "PROXMOX_URL": "https://proxmox.example.com:8006", "PROXMOX_TOKEN_ID": "poolkeeper@pve!poolkeeper",
        ])
      #expect(outcome.code == 0, "\(outcome.text)")
    }
  }
}

/// A cluster that manifests were applied to.
struct ManifestCluster {
  var kubectl: String
  var kubeconfig: String

  @discardableResult
  func run(_ arguments: String...) async throws -> String {
    let outcome = try await Packaging.run(kubectl, arguments, environment: ["KUBECONFIG": kubeconfig])
    #expect(outcome.code == 0, "kubectl \(arguments.joined(separator: " ")): \(outcome.text)")
    return outcome.text
  }

  private func object(_ arguments: String...) async throws -> [String: Any] {
    let outcome = try await Packaging.run(
      kubectl, ["get", "-n", "poolkeeper", "-o", "json"] + arguments, environment: ["KUBECONFIG": kubeconfig])
    let parsed = try? JSONSerialization.jsonObject(with: Data(outcome.text.utf8)) as? [String: Any]
    return try #require(parsed, "kubectl get \(arguments.joined(separator: " ")): \(outcome.text)")
  }

  private func pod() async throws -> [String: Any] {
    let deployment = try await object("deployment", "poolkeeper")
    let template = (deployment["spec"] as? [String: Any])?["template"] as? [String: Any]
    return try #require(template?["spec"] as? [String: Any])
  }

  /// What the pod names is there: secrets, configuration, account, class; and files that its configuration names are keys
  /// of what is mounted where they are looked for.
  func expectEverythingThatIsNamed() async throws {
    let pod = try await pod()
    let container = try #require((pod["containers"] as? [[String: Any]])?.first)
    _ = try await object("serviceaccount", try #require(pod["serviceAccountName"] as? String))
    _ = try await object("priorityclass", try #require(pod["priorityClassName"] as? String))
    for source in container["envFrom"] as? [[String: Any]] ?? [] {
      _ = try await object("secret", try #require((source["secretRef"] as? [String: Any])?["name"] as? String))
    }
    var keys: [String: Set<String>] = [:]
    var configuration = ""
    for volume in pod["volumes"] as? [[String: Any]] ?? [] {
      let name = try #require(volume["name"] as? String)
      if let secret = (volume["secret"] as? [String: Any])?["secretName"] as? String {
        keys[name] = Set((try await object("secret", secret)["data"] as? [String: Any] ?? [:]).keys)
      } else if let map = (volume["configMap"] as? [String: Any])?["name"] as? String {
        let data = try await object("configmap", map)["data"] as? [String: String] ?? [:]
        keys[name] = Set(data.keys)
        configuration += data.values.sorted().joined()
      }
    }
    var mounts: [String: String] = [:]
    for mount in container["volumeMounts"] as? [[String: Any]] ?? [] {
      mounts[try #require(mount["mountPath"] as? String)] = mount["name"] as? String
    }
    var files = configuration.matches(of: /"(\/run\/poolkeeper\/[^"]*)"/).map { String($0.1) }
    #expect(files.count == 6, "\(files)")
    let arguments = try #require(container["args"] as? [String])
    files += arguments.filter { $0.hasSuffix(".json") }
    for file in files {
      let (folder, key) = ((file as NSString).deletingLastPathComponent, (file as NSString).lastPathComponent)
      let volume = mounts[folder]
      #expect(keys[volume ?? ""]?.contains(key) == true, "\(file) is no key of what is mounted")
    }
    #expect(arguments.contains { mounts[$0] == "data" })
  }

  /// What the restricted profile of pod security asks for, and a probe at each of the two places.
  func expectRestrictedPods() async throws {
    let pod = try await pod()
    let security = try #require(pod["securityContext"] as? [String: Any])
    #expect(security["runAsNonRoot"] as? Bool == true)
    #expect((security["seccompProfile"] as? [String: Any])?["type"] as? String == "RuntimeDefault")
    let container = try #require((pod["containers"] as? [[String: Any]])?.first)
    let own = try #require(container["securityContext"] as? [String: Any])
    #expect(own["allowPrivilegeEscalation"] as? Bool == false)
    #expect(own["readOnlyRootFilesystem"] as? Bool == true)
    #expect((own["capabilities"] as? [String: Any])?["drop"] as? [String] == ["ALL"])
    for (probe, path) in [("livenessProbe", "/-/healthy"), ("readinessProbe", "/-/ready")] {
      let get = (container[probe] as? [String: Any])?["httpGet"] as? [String: Any]
      #expect(get?["path"] as? String == path && get?["scheme"] as? String == "HTTPS")
    }
    let namespace = try await object("namespace", "poolkeeper")
    let labels = (namespace["metadata"] as? [String: Any])?["labels"] as? [String: String]
    #expect(labels?["pod-security.kubernetes.io/enforce"] == "restricted")
  }
}
