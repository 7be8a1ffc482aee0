import Foundation
public import HTTPTransport
import Yams

extension Kubeconfig {
  /// What a context says: the cluster's server and the user's credentials.
  /// - Parameters:
  ///   - context: its name; `nil` for the current one.
  ///   - fingerprint: of the server's certificate; takes the place of authorities.
  /// - Throws: `KubernetesError` with code `invalid` and a sentence that says what to change.
  public func access(
    context name: String? = nil, pinnedTo fingerprint: CertificateFingerprint? = nil
  ) throws(KubernetesError) -> ClusterAccess {
    guard let name = name ?? currentContext else {
      throw KubernetesError(
        .invalid, "The kubeconfig has no current context; choose one with `kubectl config use-context NAME`.")
    }
    guard let context = contexts[name] else {
      throw KubernetesError(
        .invalid, "The kubeconfig has no context \(name); it has \(Self.listed(contexts.keys)).")
    }
    guard let clusterName = context.text("cluster"), let cluster = clusters[clusterName] else {
      throw KubernetesError(
        .invalid,
        "Context \(name) names the cluster \(context.text("cluster") ?? "(none)"), which the kubeconfig lacks.")
    }
    var access = ClusterAccess(
      server: try server(of: cluster, clusterName), trust: try trust(of: cluster, clusterName, fingerprint))
    access.serverName = cluster.text("tls-server-name")
    access.namespace = context.text("namespace")
    if let userName = context.text("user") {
      guard let user = users[userName] else {
        throw KubernetesError(.invalid, "Context \(name) names the user \(userName), which the kubeconfig lacks.")
      }
      access.identity = try identity(of: user, userName)
      access.bearer = try bearer(of: user, userName, cluster: cluster)
      access.impersonation = try impersonation(of: user, userName)
    }
    return access
  }

  private static func listed(_ names: some Collection<String>) -> String {
    names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
  }

  private func server(of cluster: Entry, _ name: String) throws(KubernetesError) -> String {
    guard let server = cluster.text("server"), server.hasPrefix("https://") || server.hasPrefix("http://") else {
      throw KubernetesError(.invalid, "Cluster \(name) of the kubeconfig has no server such as https://10.0.0.1:6443.")
    }
    if cluster.text("proxy-url") != nil {
      throw KubernetesError(
        .invalid,
        "Cluster \(name) of the kubeconfig has a proxy-url, which is not supported; give an address that is reached directly."
      )
    }
    return server
  }

  private func trust(
    of cluster: Entry, _ name: String, _ fingerprint: CertificateFingerprint?
  ) throws(KubernetesError) -> ServerTrust {
    if let fingerprint { return .fingerprint(fingerprint) }
    if cluster.flag("insecure-skip-tls-verify") {
      throw KubernetesError(
        .invalid,
        "Cluster \(name) of the kubeconfig has insecure-skip-tls-verify, with which anybody could pose as the API server: "
          + "name certificate-authority instead, or pin the SHA-256 fingerprint of the server's certificate.")
    }
    let pem = try pem(cluster, "certificate-authority", "cluster \(name)")
    return pem.map { .authorities($0) } ?? .system
  }

  /// `KEY-data` wins over the file that `KEY` names.
  private func pem(_ entry: Entry, _ key: String, _ owner: String) throws(KubernetesError) -> PEMSource? {
    if let text = entry.text(key + "-data") {
      guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters), !data.isEmpty else {
        throw KubernetesError(.invalid, "\(key)-data of \(owner) in the kubeconfig is no base64.")
      }
      return .bytes([UInt8](data))
    }
    return entry.path(key).map { .file($0) }
  }

  private func identity(of user: Entry, _ name: String) throws(KubernetesError) -> ClientIdentity? {
    let certificate = try pem(user, "client-certificate", "user \(name)")
    let key = try pem(user, "client-key", "user \(name)")
    switch (certificate, key) {
    case (nil, nil): return nil
    case (let certificate?, let key?): return ClientIdentity(certificate: certificate, key: key)
    default:
      throw KubernetesError(
        .invalid, "User \(name) of the kubeconfig has only one of client-certificate and client-key; it needs both.")
    }
  }

  private func bearer(
    of user: Entry, _ name: String, cluster: Entry
  ) throws(KubernetesError) -> ClusterAccess.Bearer {
    if user.body["exec"]?.mapping != nil { return .exec(try execPlugin(of: user, name, cluster)) }
    if user.body["auth-provider"]?.mapping != nil {
      throw KubernetesError(
        .invalid,
        "User \(name) of the kubeconfig has an auth-provider, which Kubernetes has removed; use exec or a token.")
    }
    // With client-go a file wins over the token beside it.
    if let path = user.path("tokenFile") { return .tokenFile(path) }
    if let token = user.text("token") { return .token(Secret(token)) }
    if let login = user.text("username") {
      return .basic(user: login, password: Secret(user.text("password") ?? ""))
    }
    return .none
  }

  private func execPlugin(
    of user: Entry, _ name: String, _ cluster: Entry
  ) throws(KubernetesError) -> ExecPlugin {
    let exec = Entry(body: user.body["exec"] ?? Node(""), directory: user.directory)
    guard let command = exec.text("command") else {
      throw KubernetesError(.invalid, "exec of user \(name) in the kubeconfig has no command.")
    }
    let version = exec.text("apiVersion") ?? ""
    guard ExecPlugin.versions.contains(version) else {
      throw KubernetesError(
        .invalid,
        "exec of user \(name) in the kubeconfig has apiVersion \"\(version)\"; \(ExecPlugin.versions[0]) is supported.")
    }
    if exec.text("interactiveMode") == "Always" {
      throw KubernetesError(
        .invalid,
        "exec of user \(name) in the kubeconfig wants a terminal (interactiveMode: Always); there is none here.")
    }
    var plugin = ExecPlugin(command: command.contains("/") ? exec.absolute(command) : command, version: version)
    plugin.arguments = (exec.body["args"]?.sequence ?? []).compactMap(\.string)
    for variable in exec.body["env"]?.sequence ?? [] {
      guard let key = variable["name"]?.string, let value = variable["value"]?.string else { continue }
      plugin.environment.append(.init(name: key, value: Secret(value)))
    }
    if exec.flag("provideClusterInfo") {
      plugin.cluster = .init(
        server: cluster.text("server") ?? "", serverName: cluster.text("tls-server-name"),
        authorities: try authorityBytes(cluster))
    }
    return plugin
  }

  private func authorityBytes(_ cluster: Entry) throws(KubernetesError) -> [UInt8]? {
    switch try pem(cluster, "certificate-authority", "the cluster") {
    case .bytes(let bytes): bytes
    case .file(let path): FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    case nil: nil
    }
  }

  private func impersonation(of user: Entry, _ name: String) throws(KubernetesError) -> [HTTPHeader] {
    var headers: [HTTPHeader] = []
    if let login = user.text("as") { headers.append(HTTPHeader("Impersonate-User", login)) }
    if let uid = user.text("as-uid") { headers.append(HTTPHeader("Impersonate-Uid", uid)) }
    for group in user.body["as-groups"]?.sequence ?? [] {
      if let group = group.string { headers.append(HTTPHeader("Impersonate-Group", group)) }
    }
    for (key, values) in user.body["as-user-extra"]?.mapping ?? [:] {
      for value in values.sequence ?? [] {
        guard let key = key.string, let value = value.string else { continue }
        headers.append(HTTPHeader("Impersonate-Extra-" + ResourcePath.encoded(key), value))
      }
    }
    if !headers.isEmpty, user.text("as") == nil {
      throw KubernetesError(
        .invalid, "User \(name) of the kubeconfig has as-groups, as-uid or as-user-extra without as.")
    }
    return headers
  }
}
