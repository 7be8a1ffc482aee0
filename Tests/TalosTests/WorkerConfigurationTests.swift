import Foundation
import Model
import Ports
import Testing
import Yams

@testable import Talos

@Suite struct WorkerConfigurationTests {
  private static let startUp = Taint(key: "poolkeeper.dev/startup", value: "true", effect: .noSchedule)

  private static func node(_ change: (inout NodeConfiguration) -> Void = { _ in }) -> NodeConfiguration {
    var node = NodeConfiguration(
      hostname: "worker-burst-017",
      labels: ["node-pool": "burst", "ttl": "1790000000", "node-role.kubernetes.io/worker": ""],
      taints: [startUp, Taint(key: "spot", effect: .noExecute)])
    node.kubernetesVersion = "1.36.3"
    node.installImage = "factory.example.org/installer/abc:v1.13.9"
    node.providerID = "proxmox://prod/217"
    change(&node)
    return node
  }

  private static func documents(_ yaml: String) throws -> [Node] {
    try Array(Yams.compose_all(yaml: yaml))
  }

  @Test func putsWorkersOwnIntoTheOldFields() throws {
    let patch = try WorkerConfiguration(yaml: WorkerFiles.classic).patched(for: Self.node())
    let machine = try #require(try Self.documents(patch.yaml).first?["machine"])
    #expect(machine["network"]?["hostname"]?.string == "worker-burst-017")
    #expect(machine["nodeLabels"]?["node-pool"]?.string == "burst")
    #expect(machine["nodeLabels"]?["example.org/rack"]?.string == "17")
    #expect(machine["nodeLabels"]?["node-role.kubernetes.io/worker"] == nil)
    #expect(patch.labelsForKubernetes == ["node-role.kubernetes.io/worker": ""])
    #expect(machine["kubelet"]?["image"]?.string == "ghcr.io/siderolabs/kubelet:v1.36.3")
    #expect(machine["kubelet"]?["extraArgs"]?["provider-id"]?.string == "proxmox://prod/217")
    #expect(machine["install"]?["image"]?.string == "factory.example.org/installer/abc:v1.13.9")
    let taints = machine["kubelet"]?["extraConfig"]?["registerWithTaints"]
    #expect(taints?[0]?["key"]?.string == "poolkeeper.dev/startup" && taints?[0]?["value"]?.string == "true")
    #expect(taints?[1]?["key"]?.string == "spot" && taints?[1]?["value"] == nil)
  }

  @Test func leavesEverythingElseAsItMeans() throws {
    let patch = try WorkerConfiguration(yaml: WorkerFiles.classic).patched(for: Self.node())
    var before = try #require(try Self.documents(WorkerFiles.classic).first)
    var after = try #require(try Self.documents(patch.yaml).first)
    let touched = [
      ["machine", "network", "hostname"], ["machine", "nodeLabels"], ["machine", "kubelet", "image"],
      ["machine", "kubelet", "extraArgs"], ["machine", "kubelet", "extraConfig"], ["machine", "install", "image"],
    ]
    for path in touched {
      Self.remove(path[...], from: &before)
      Self.remove(path[...], from: &after)
    }
    #expect(before == after)
    // A quoted number stays a text, an octal number a number, nothing stays nothing.
    #expect(patch.yaml.contains("vm.nr_hugepages: '0010'"))
    #expect(patch.yaml.contains("net.core.somaxconn: \"65535\""))
    #expect(patch.yaml.contains("kernel.older: 017") && patch.yaml.contains("permissions: 0o644"))
    #expect(patch.yaml.contains("version: 1.10") && patch.yaml.contains("mirrors: ~"))
  }

  private static func remove(_ path: ArraySlice<String>, from node: inout Node) {
    guard let key = path.first, var mapping = node.mapping else { return }
    if path.count == 1 {
      mapping[Node(key)] = nil
    } else if var child = mapping[Node(key)] {
      remove(path.dropFirst(), from: &child)
      mapping[Node(key)] = child
    }
    node = .mapping(mapping)
  }

  @Test func touchesOnlyTheDocumentsThatItMust() throws {
    let patch = try WorkerConfiguration(yaml: WorkerFiles.documents).patched(for: Self.node())
    let before = WorkerFiles.documents.components(separatedBy: "\n---\n")
    let after = patch.yaml.components(separatedBy: "\n---\n")
    try #require(before.count == after.count)
    for (index, name) in ["main", "cluster", "ca", "kubelet", "node", "install", "hostname", "link"].enumerated() {
      #expect((before[index] == after[index]) == ["main", "cluster", "ca", "link"].contains(name), "\(name)")
    }
    let documents = try Self.documents(patch.yaml)
    func kind(_ kind: String) -> Node? { documents.first { $0["kind"]?.string == kind } }
    #expect(kind("HostnameConfig")?["auto"]?.string == "off")
    #expect(kind("HostnameConfig")?["hostname"]?.string == "worker-burst-017")
    #expect(kind("KubeNodeConfig")?["labels"]?["node-pool"]?.string == "burst")
    #expect(kind("KubeNodeConfig")?["taints"]?["poolkeeper.dev/startup"]?.string == "true:NoSchedule")
    #expect(kind("KubeNodeConfig")?["taints"]?["spot"]?.string == "NoExecute")
    #expect(kind("KubeNodeConfig")?["taints"]?["example.org/kept"]?.string == "yes:NoExecute")
    #expect(kind("KubeletConfig")?["image"]?.string == "registry.example.org:5000/kubelet:v1.36.3")
    #expect(kind("KubeletConfig")?["extraArgs"]?["provider-id"]?.string == "proxmox://prod/217")
    #expect(kind("UnattendedInstallConfig")?["installer"]?["image"]?.string?.hasSuffix("abc:v1.13.9") == true)
  }

  @Test(arguments: [WorkerFiles.classic, WorkerFiles.documents])
  func patchesTwiceAsOnce(yaml: String) throws {
    let once = try WorkerConfiguration(yaml: yaml).patched(for: Self.node()).yaml
    #expect(try WorkerConfiguration(yaml: once).patched(for: Self.node()).yaml == once)
    let another = Self.node { $0.hostname = "worker-burst-018" }
    let direct = try WorkerConfiguration(yaml: yaml).patched(for: another).yaml
    #expect(try WorkerConfiguration(yaml: once).patched(for: another).yaml == direct)
  }

  @Test func leavesTheFileItselfWhenNothingIsNew() throws {
    let once = try WorkerConfiguration(yaml: WorkerFiles.classic).patched(for: Self.node()).yaml
    let again = try WorkerConfiguration(yaml: "# kept\n" + once).patched(for: Self.node()).yaml
    #expect(again == "# kept\n" + once)
  }

  @Test func movesHostnameToItsDocument() throws {
    let yaml =
      WorkerFiles.classic.replacingOccurrences(of: "network: {}", with: "network: {hostname: old}")
      + "---\napiVersion: v1alpha1\nkind: HostnameConfig\nauto: stable\n"
    let documents = try Self.documents(WorkerConfiguration(yaml: yaml).patched(for: Self.node()).yaml)
    #expect(documents[0]["machine"]?["network"]?["hostname"] == nil)
    #expect(documents[1]["hostname"]?.string == "worker-burst-017" && documents[1]["auto"]?.string == "off")
  }

  @Test func addsTaintsToTheFlagThatWouldHideThem() throws {
    let yaml = WorkerFiles.classic.replacingOccurrences(
      of: "feature-gates: \"A=true\"", with: "register-with-taints: kept=1:NoSchedule,spot=:NoExecute")
    let machine = try Self.documents(WorkerConfiguration(yaml: yaml).patched(for: Self.node()).yaml)[0]["machine"]
    #expect(
      machine?["kubelet"]?["extraArgs"]?["register-with-taints"]?.string
        == "kept=1:NoSchedule,poolkeeper.dev/startup=true:NoSchedule,spot=:NoExecute")
    #expect(machine?["kubelet"]?["extraConfig"] == nil)
  }

  @Test(arguments: [
    ("type: worker", "type: controlplane", "machine.type controlplane"),
    ("type: worker", "type: init", "machine.type init"),
    (
      "  token: abcdef.0123456789abcdef\n  ca:\n    crt: Y2VydGlmaWNhdGU=\n    key: \"\"\n  certSANs", "  certSANs",
      "machine.token"
    ),
    ("key: \"\"\n  certSANs", "key: c2VjcmV0\n  certSANs", "machine.ca.key"),
    ("  discovery:", "  etcd: {}\n  discovery:", "cluster.etcd"),
    ("    endpoint: https://10.0.0.1:6443", "    localAPIServerPort: 6443", "endpoint"),
    ("version: v1alpha1 # the schema", "apiVersion: v1\nkind: Pod", "version: v1alpha1"),
    ("debug: false", "debug: [", "line"),
    ("debug: false", "persist: false", "twice"),
  ])
  func refusesFileThatIsNoWorkers(what: String, with: String, tells: String) throws {
    let yaml = WorkerFiles.classic.replacingOccurrences(of: what, with: with)
    try #require(yaml != WorkerFiles.classic)
    let error = #expect(throws: TalosError.self) { try WorkerConfiguration(yaml: yaml) }
    #expect(error?.message.contains(tells) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("0123456789abcdef") == false)
    #expect(error?.code == .workerConfiguration)
  }

  @Test func refusesWhatItCannotPutIn() throws {
    let documents = try WorkerConfiguration(yaml: WorkerFiles.documents)
    let twice = Self.node { $0.taints = [Self.startUp, Taint(key: Self.startUp.key, effect: .noExecute)] }
    #expect(throws: TalosError.self) { try documents.patched(for: twice) }
    #expect(throws: TalosError.self) { try documents.patched(for: Self.node { $0.kubernetesVersion = "newest" }) }
    #expect(throws: TalosError.self) {
      try documents.patched(for: Self.node { $0.hostname = WorkerName(String(repeating: "w", count: 64)) })
    }
    let both = WorkerFiles.documents.replacingOccurrences(
      of: "  install:", with: "  nodeLabels: {a: b}\n  install:")
    #expect(throws: TalosError.self) { try WorkerConfiguration(yaml: both).patched(for: Self.node()) }
    let merged = WorkerFiles.classic.replacingOccurrences(
      of: "    extraArgs:\n", with: "    extraArgs:\n      <<: {x: y}\n")
    #expect(throws: TalosError.self) { try WorkerConfiguration(yaml: merged).patched(for: Self.node()) }
  }

  @Test func tellsNoSecretOfItself() throws {
    let configuration = try WorkerConfiguration(yaml: WorkerFiles.classic)
    let patch = try configuration.patched(for: Self.node())
    for text in ["\(configuration)", "\(patch)", String(reflecting: configuration), "\([patch])"] {
      #expect(!text.contains("0123456789abcdef"))
    }
  }

  @Test(arguments: [
    ("ghcr.io/siderolabs/kubelet:v1.35.0", "ghcr.io/siderolabs/kubelet"),
    ("registry:5000/kubelet", "registry:5000/kubelet"), ("registry:5000/kubelet:v1@sha256:ab", "registry:5000/kubelet"),
    ("kubelet@sha256:ab", "kubelet"),
  ])
  func findsRepositoryOfImage(image: String, repository: String) {
    #expect(ConfigurationPatching.repository(of: image) == repository)
  }

  @Test(arguments: [
    ("ttl", true), ("example.org/a", true), ("node-role.kubernetes.io/worker", false), ("kubernetes.io/hostname", true),
    ("topology.kubernetes.io/zone", true), ("topology.kubernetes.io/rack", false), ("node.kubernetes.io/pool", true),
    ("x.node.kubernetes.io/pool", true), ("node-restriction.kubernetes.io/a", false), ("k8s.io/a", false),
    ("evilkubernetes.io/a", true), ("failure-domain.beta.kubernetes.io/zone", true),
  ])
  func knowsWhatKubeletMaySet(label: String, isAllowed: Bool) {
    #expect(NodeRestriction.allows(label: label) == isAllowed)
  }
}
