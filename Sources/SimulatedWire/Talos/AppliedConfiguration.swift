internal import Model
internal import Ports
internal import Yams

/// What a machine reads out of a configuration that it is given.
struct AppliedConfiguration {
  var node: NodeConfiguration

  /// - Parameter fallback: the name of a machine that is given none.
  /// - Throws: `GRPCStatus` of code `invalidArgument`, with the words of a validation that failed.
  init(_ text: String, fallback: String) throws {
    let documents: [Node]
    do {
      documents = try Array(Yams.compose_all(yaml: text)).filter { $0.mapping != nil }
    } catch {
      throw Self.invalid("failed to parse config: it is not YAML")
    }
    guard let main = documents.first(where: { $0["kind"] == nil && $0["machine"] != nil }),
      let machine = main["machine"]
    else { throw Self.invalid("the applied machine configuration doesn't contain v1alpha1 config") }
    func document(_ kind: String) -> Node? { documents.first { $0["kind"]?.string == kind } }
    try Self.validate(main, machine, document)
    let name = try Self.hostname(machine, document("HostnameConfig")) ?? fallback
    let labels = (document("KubeNodeConfig")?["labels"] ?? machine["nodeLabels"])?.mapping ?? Node.Mapping([])
    var texts: [String: String] = [:]
    for (key, value) in labels { texts[key.string ?? ""] = value.string ?? "" }
    // The kubelet's own credentials write them, all in one update: one forbidden label, and none is set.
    if texts.keys.contains(where: { !Self.kubeletMaySet($0) }) { texts = [:] }
    let kubelet = document("KubeletConfig")
    node = NodeConfiguration(
      hostname: WorkerName(name), labels: texts,
      taints: try Self.taints(machine, kubelet, document("KubeNodeConfig")))
    let image = (kubelet?["image"] ?? machine["kubelet"]?["image"])?.string
    node.kubernetesVersion = image?.split(separator: "@").first?.split(separator: "/").last?.split(separator: ":")
      .dropFirst().first.map { String($0.trimmingPrefix("v")) }
    node.installImage =
      (document("UnattendedInstallConfig")?["installer"]?["image"] ?? machine["install"]?["image"])?.string
    node.providerID = (kubelet?["extraArgs"] ?? machine["kubelet"]?["extraArgs"])?["provider-id"]?.string
  }

  private static func invalid(_ message: String) -> GRPCStatus { GRPCStatus(.invalidArgument, message) }

  private static func validate(_ main: Node, _ machine: Node, _ document: (String) -> Node?) throws {
    var problems: [String] = []
    let type = machine["type"]?.string ?? ""
    if type != "worker" { problems.append("unsupported machine type: \"\(type)\"") }
    if machine["token"]?.string?.isEmpty != false { problems.append("trustd token is required") }
    if machine["ca"]?["crt"]?.string?.isEmpty != false { problems.append("trusted CA certificate is required") }
    if main["cluster"]?["token"]?.string?.isEmpty != false { problems.append("cluster bootstrap token is required") }
    let endpoint = document("KubeClusterConfig")?["endpoint"] ?? main["cluster"]?["controlPlane"]?["endpoint"]
    if endpoint?.string?.isEmpty != false { problems.append("cluster endpoint is required") }
    if !problems.isEmpty {
      throw invalid(
        "configuration validation failed: \(problems.count) errors occurred: * \(problems.joined(separator: " * "))")
    }
  }

  private static func hostname(_ machine: Node, _ document: Node?) throws -> String? {
    let old = machine["network"]?["hostname"]?.string
    guard let document else { return old }
    let name = document["hostname"]?.string
    if old?.isEmpty == false { throw invalid("static hostname is already set in v1alpha1 config") }
    if name != nil, let auto = document["auto"]?.string, auto != "off" {
      throw invalid("'auto' and 'hostname' cannot be set at the same time")
    }
    return name
  }

  private static func taints(_ machine: Node, _ kubelet: Node?, _ kubeNode: Node?) throws -> [Taint] {
    var taints: [Taint] = []
    for (key, value) in kubeNode?["taints"]?.mapping ?? Node.Mapping([]) {
      let parts = (value.string ?? "").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let effect = parts.last.flatMap({ TaintEffect(rawValue: String($0)) }) else {
        throw invalid("invalid taint effect: \"\(value.string ?? "")\"")
      }
      taints.append(Taint(key: key.string ?? "", value: parts.count == 2 ? String(parts[0]) : "", effect: effect))
    }
    let registered =
      kubelet?["config"]?["registerWithTaints"] ?? machine["kubelet"]?["extraConfig"]?["registerWithTaints"]
    for entry in registered?.sequence.map(Array.init) ?? [] {
      guard let effect = entry["effect"]?.string.flatMap({ TaintEffect(rawValue: $0) }) else {
        throw invalid("invalid taint effect: \"\(entry["effect"]?.string ?? "")\"")
      }
      taints.append(Taint(key: entry["key"]?.string ?? "", value: entry["value"]?.string ?? "", effect: effect))
    }
    return taints
  }

  /// Source: Kubernetes, NodeRestriction.
  private static func kubeletMaySet(_ key: String) -> Bool {
    guard let slash = key.firstIndex(of: "/") else { return true }
    let domain = String(key[..<slash])
    func isWithin(_ parent: String) -> Bool { domain == parent || domain.hasSuffix("." + parent) }
    if isWithin("node-restriction.kubernetes.io") { return false }
    guard isWithin("kubernetes.io") || isWithin("k8s.io") else { return true }
    let own = ["kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch"]
    let topology = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"]
    return own.contains(key) || topology.contains(key) || isWithin("kubelet.kubernetes.io")
      || isWithin("node.kubernetes.io")
  }
}
