/// What the server says of itself: versions, groups, kinds, and as much of an OpenAPI schema as kubectl needs.
extension KubernetesAPI {
  /// Answers for paths that lead to no object; `nil` when there is nothing.
  func discovery(_ request: APIRequest, port: Int) -> APIResponse? {
    let path = request.path
    let kinds = ResourceKind.builtIn + withState { $0.customKinds }
    switch (path.first, path.count) {
    case ("healthz", _), ("livez", _), ("readyz", _): return .text("ok")
    case ("version", 1): return .json(Self.version)
    case ("api", 1):
      return aggregated(request, kinds.filter { $0.group.isEmpty })
        ?? .json([
          "kind": "APIVersions", "versions": ["v1"],
          "serverAddressByClientCIDRs": [
            ["clientCIDR": "0.0.0.0/0", "serverAddress": .text("127.0.0.1:\(port)")]
          ],
        ])
    case ("apis", 1):
      let others = kinds.filter { !$0.group.isEmpty }
      return aggregated(request, others)
        ?? .json([
          "kind": "APIGroupList", "apiVersion": "v1",
          "groups": .list(Self.groups(others).map { Self.group($0, others) }),
        ])
    case ("apis", 2):
      guard Self.groups(kinds).contains(path[1]) else { return nil }
      var group = Self.group(path[1], kinds)
      group["kind"] = "APIGroup"
      group["apiVersion"] = "v1"
      return .json(group)
    case ("api", 2): return Self.resources("", path[1], kinds)
    case ("apis", 3): return Self.resources(path[1], path[2], kinds)
    case ("openapi", _): return openAPI(request, kinds)
    case (nil, 0): return .json(["paths": ["/api", "/apis", "/healthz", "/openapi/v3", "/version"]])
    default: return nil
    }
  }

  private static var version: ManifestValue {
    [
      "major": "1", "minor": "36", "gitVersion": .text(NodeManifest.kubernetesVersion), "gitCommit": "simulated",
      "gitTreeState": "clean", "buildDate": "2026-06-10T00:00:00Z", "goVersion": "none", "compiler": "swift",
      "platform": "linux/amd64",
    ]
  }

  private static func groups(_ kinds: [ResourceKind]) -> [String] {
    kinds.reduce(into: []) { if !$0.contains($1.group) { $0.append($1.group) } }
  }

  private static func versions(_ group: String, _ kinds: [ResourceKind]) -> [String] {
    kinds.reduce(into: []) { if $1.group == group, !$0.contains($1.version) { $0.append($1.version) } }
  }

  private static func group(_ name: String, _ kinds: [ResourceKind]) -> ManifestValue {
    let versions = versions(name, kinds).map { version -> ManifestValue in
      ["groupVersion": .text("\(name)/\(version)"), "version": .text(version)]
    }
    return ["name": .text(name), "versions": .list(versions), "preferredVersion": versions.first ?? .null]
  }

  private static func resources(_ group: String, _ version: String, _ kinds: [ResourceKind]) -> APIResponse? {
    let served = kinds.filter { $0.group == group && $0.version == version }
    guard let first = served.first else { return nil }
    var list: [ManifestValue] = []
    for kind in served {
      list.append(
        .fields([
          "name": .text(kind.plural), "singularName": .text(kind.singular), "namespaced": .bool(kind.namespaced),
          "kind": .text(kind.kind), "verbs": .list(kind.verbs.map { .text($0) }),
          "shortNames": kind.shortNames.isEmpty ? nil : .list(kind.shortNames.map { .text($0) }),
        ]))
      for (name, subKind) in kind.subresources.sorted(by: { $0.key < $1.key }) {
        list.append(
          .fields([
            "name": .text("\(kind.plural)/\(name)"), "singularName": "", "namespaced": .bool(kind.namespaced),
            "group": name == "eviction" ? "policy" : nil, "version": name == "eviction" ? "v1" : nil,
            "kind": .text(subKind), "verbs": name == "eviction" ? ["create"] : ["get", "patch", "update"],
          ]))
      }
    }
    return .json([
      "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .text(first.apiVersion), "resources": .list(list),
    ])
  }

  /// All groups with their kinds at once, for clients that ask for this form.
  private func aggregated(_ request: APIRequest, _ kinds: [ResourceKind]) -> APIResponse? {
    let forms = request.accept.split(separator: ",").map { $0.filter { $0 != " " } }
    guard let form = forms.first(where: { $0.contains("as=APIGroupDiscoveryList") }) else { return nil }
    let version = form.contains("v=v2beta1") ? "v2beta1" : "v2"
    let items = Self.groups(kinds).map { group -> ManifestValue in
      .fields([
        "metadata": .fields(["name": group.isEmpty ? nil : .text(group), "creationTimestamp": .null]),
        "versions": .list(
          Self.versions(group, kinds).map { version in
            [
              "version": .text(version), "freshness": "Current",
              "resources": .list(
                kinds.filter { $0.group == group && $0.version == version }.map(Self.aggregatedKind)),
            ]
          }),
      ])
    }
    let body: ManifestValue = [
      "kind": "APIGroupDiscoveryList", "apiVersion": .text("apidiscovery.k8s.io/\(version)"), "metadata": .empty,
      "items": .list(items),
    ]
    return .whole(
      status: 200, contentType: "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList",
      body: body.json)
  }

  private static func aggregatedKind(_ kind: ResourceKind) -> ManifestValue {
    func response(_ name: String) -> ManifestValue {
      ["group": .text(kind.group), "version": .text(kind.version), "kind": .text(name)]
    }
    let subresources = kind.subresources.sorted { $0.key < $1.key }.map { name, subKind -> ManifestValue in
      [
        "subresource": .text(name),
        "responseKind": name == "eviction"
          ? ["group": "policy", "version": "v1", "kind": "Eviction"] : response(subKind),
        "verbs": name == "eviction" ? ["create"] : ["get", "patch", "update"],
      ]
    }
    return .fields([
      "resource": .text(kind.plural), "responseKind": response(kind.kind),
      "scope": kind.namespaced ? "Namespaced" : "Cluster", "singularResource": .text(kind.singular),
      "verbs": .list(kind.verbs.map { .text($0) }),
      "shortNames": kind.shortNames.isEmpty ? nil : .list(kind.shortNames.map { .text($0) }),
      "subresources": subresources.isEmpty ? nil : .list(subresources),
    ])
  }

  // MARK: - OpenAPI

  /// The schema says nothing but that fields are checked by the server, which is what kubectl looks for before it sends
  /// an object.
  private func openAPI(_ request: APIRequest, _ kinds: [ResourceKind]) -> APIResponse? {
    let path = request.path
    if path == ["openapi", "v2"] {
      // An empty document in protobuf has no bytes; the only client that asks for it wants it so.
      if request.accept.contains("protobuf") {
        return .whole(
          status: 200, contentType: "application/com.github.proto-openapi.spec.v2.v1.0+protobuf", body: [])
      }
      return .json(["swagger": "2.0", "info": ["title": "Kubernetes", "version": "simulated"], "paths": .empty])
    }
    guard path.count >= 2, path[1] == "v3" else { return nil }
    let names = kinds.reduce(into: [String]()) { names, kind in
      let name = (kind.group.isEmpty ? "api/" : "apis/") + kind.apiVersion
      if !names.contains(name) { names.append(name) }
    }
    if path.count == 2 {
      let paths = names.map {
        (key: $0, value: ManifestValue.fields(["serverRelativeURL": .text("/openapi/v3/\($0)")]))
      }
      return .json(["paths": .object(.init(distinct: paths))])
    }
    let name = path[2...].joined(separator: "/")
    guard names.contains(name) else { return nil }
    let served = kinds.filter { (($0.group.isEmpty ? "api/" : "apis/") + $0.apiVersion) == name }
    let paths = served.map { kind -> (key: String, value: ManifestValue) in
      let gvk: ManifestValue = [
        "group": .text(kind.group), "version": .text(kind.version), "kind": .text(kind.kind),
      ]
      let parameter: ManifestValue = ["name": "fieldValidation", "in": "query", "schema": ["type": "string"]]
      return (
        "/\(name)/\(kind.namespaced ? "namespaces/{namespace}/" : "")\(kind.plural)/{name}",
        [
          "patch": [
            "x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": gvk, "parameters": [parameter],
            "responses": ["200": ["description": "OK"]],
          ]
        ]
      )
    }
    return .json([
      "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "simulated"],
      "paths": .object(.init(distinct: paths)), "components": ["schemas": .empty],
    ])
  }
}
