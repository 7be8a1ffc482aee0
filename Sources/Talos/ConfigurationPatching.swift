internal import Model
internal import Yams

/// The changes that make the operator's configuration one worker's own. Each finds out by the documents that are there
/// whether the old fields of the main document or the newer documents (Talos 1.12 and 1.14) hold the setting.
struct ConfigurationPatching {
  private var documents: [ConfigurationDocument]

  init(documents: [ConfigurationDocument]) { self.documents = documents }

  /// All documents; those without a change with their own bytes.
  func text() throws -> String {
    var text = ""
    for document in documents {
      if !text.isEmpty {
        if !text.hasSuffix("\n") { text += "\n" }
        text += "---\n"
      }
      text += try document.rendered()
    }
    return text
  }

  private func index(of kind: String) -> Int? { documents.firstIndex { $0.kind == kind } }

  /// There is exactly one: `WorkerConfiguration` has checked it.
  private var main: Int { documents.firstIndex(where: \.isMain) ?? 0 }

  /// A HostnameConfig and machine.network.hostname exclude each other, and a hostname excludes automatic ones.
  mutating func setHostname(_ name: String) throws {
    guard name.count <= 63, !name.isEmpty else {
      throw WorkerConfiguration.refusal("cannot be given the hostname \(name): 1 to 63 characters are allowed")
    }
    guard let index = index(of: "HostnameConfig") else {
      return try documents[main].set(["machine", "network", "hostname"], .text(name))
    }
    try documents[index].set(["auto"], .word("off"))
    try documents[index].set(["hostname"], .text(name))
    try documents[main].remove(["machine", "network", "hostname"])
  }

  mutating func setLabels(_ labels: [(key: String, value: String)]) throws {
    let (index, path) = try place(
      kind: "KubeNodeConfig", ["labels"], or: ["machine", "nodeLabels"])
    for label in labels { try documents[index].set(path + [label.key], .text(label.value)) }
  }

  /// Taints can be set only when a node registers. Up to 1.13 that is the kubelet's own setting; where there is a
  /// KubeNodeConfig (1.14), its `taints`.
  mutating func setTaints(_ taints: [Taint]) throws {
    if taints.isEmpty { return }
    if let index = index(of: "KubeNodeConfig") {
      guard Set(taints.map(\.key)).count == taints.count else {
        throw WorkerConfiguration.refusal(
          "has a KubeNodeConfig, which holds one taint for a key; two with the same key were asked for")
      }
      for taint in taints {
        let text = taint.value.isEmpty ? taint.effect.rawValue : "\(taint.value):\(taint.effect.rawValue)"
        try documents[index].set(["taints", taint.key], .text(text))
      }
      return
    }
    let (index, kubelet) = kubelet
    let argument = kubelet + ["extraArgs", "register-with-taints"]
    if let flag = documents[index][argument]?.string {
      // The flag would win over the kubelet's file, so that ours go there too.
      var texts = flag.split(separator: ",").map(String.init)
      for taint in taints {
        let text = "\(taint.key)=\(taint.value):\(taint.effect.rawValue)"
        texts.removeAll { Self.names($0, taint) }
        texts.append(text)
      }
      return try documents[index].set(argument, .text(texts.joined(separator: ",")))
    }
    let path = kubelet + [documents[index].kind == "KubeletConfig" ? "config" : "extraConfig", "registerWithTaints"]
    var list = documents[index][path]?.sequence.map(Array.init) ?? []
    for taint in taints {
      let entry = Node.taint(taint)
      if let same = list.firstIndex(where: { $0.isTaint(taint.key, taint.effect.rawValue) }) {
        if list[same]["value"]?.string ?? "" != taint.value { list[same] = entry }
      } else {
        list.append(entry)
      }
    }
    try documents[index].set(path, .sequence(Node.Sequence(list)))
  }

  /// Whether `key=value:Effect` or `key:Effect` is of this taint's key and effect.
  private static func names(_ text: String, _ taint: Taint) -> Bool {
    text.hasSuffix(":" + taint.effect.rawValue)
      && text.prefix { $0 != "=" && $0 != ":" } == taint.key[...]
  }

  /// The kubelet's image decides the Kubernetes version; its repository stays the operator's.
  mutating func setKubernetesVersion(_ version: String) throws {
    let number = version.hasPrefix("v") ? String(version.dropFirst()) : version
    guard number.first?.isNumber == true, number.allSatisfy({ $0.isLetter || $0.isNumber || ".-".contains($0) }) else {
      throw WorkerConfiguration.refusal("cannot be given the Kubernetes version \(version); write it as 1.36.3")
    }
    let (index, kubelet) = kubelet
    let image = documents[index][kubelet + ["image"]]?.string ?? ""
    let repository = image.isEmpty ? "ghcr.io/siderolabs/kubelet" : Self.repository(of: image)
    let wanted = "\(repository):v\(number)"
    let isSame = image == wanted || image.hasPrefix(wanted + "@")
    if !isSame { try documents[index].set(kubelet + ["image"], .text(wanted)) }
  }

  /// An image's name without tag and digest; a port of the registry is none of them.
  static func repository(of image: String) -> String {
    let name = image.prefix { $0 != "@" }
    guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return String(name) }
    return String(name[..<colon])
  }

  mutating func setInstallImage(_ image: String) throws {
    if let index = index(of: "UnattendedInstallConfig") {
      try documents[index].set(["installer", "image"], .text(image))
    } else {
      try documents[main].set(["machine", "install", "image"], .text(image))
    }
  }

  mutating func setProviderID(_ id: String) throws {
    let (index, kubelet) = kubelet
    try documents[index].set(kubelet + ["extraArgs", "provider-id"], .text(id))
  }

  /// Where the kubelet's settings are.
  private var kubelet: (index: Int, path: [String]) {
    if let index = index(of: "KubeletConfig") { return (index, []) }
    return (main, ["machine", "kubelet"])
  }

  /// The newer document if it is there, else the old field; both at once are what Talos refuses.
  private func place(kind: String, _ path: [String], or old: [String]) throws -> (index: Int, path: [String]) {
    guard let index = index(of: kind) else { return (main, old) }
    if documents[main][old] != nil {
      throw WorkerConfiguration.refusal("has both a \(kind) and \(old.joined(separator: ".")); keep one of them")
    }
    return (index, path)
  }
}

extension Node {
  /// A text that stays one whatever it looks like: `"17"`, `"yes"`, `"0x1"`.
  static func text(_ text: String) -> Node { .scalar(Scalar(text, Tag(.str), .doubleQuoted)) }

  /// A word that only its reader gives a meaning. `off` is a text to Talos, and a Boolean to old readers, so quoted too.
  static func word(_ word: String) -> Node { .text(word) }

  static func taint(_ taint: Taint) -> Node {
    var pairs: [(Node, Node)] = [(Node("key"), .text(taint.key))]
    if !taint.value.isEmpty { pairs.append((Node("value"), .text(taint.value))) }
    pairs.append((Node("effect"), .text(taint.effect.rawValue)))
    return .mapping(Mapping(pairs))
  }

  func isTaint(_ key: String, _ effect: String) -> Bool {
    self["key"]?.string == key && self["effect"]?.string == effect
  }
}
