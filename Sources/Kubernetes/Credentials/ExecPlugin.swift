/// A program that hands out credentials. Source: Kubernetes, client-go credential plugins.
public struct ExecPlugin: Sendable, Hashable {
  /// The API versions that are spoken; the first is the current one.
  public static let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

  /// A variable of the program's environment.
  public struct Variable: Sendable, Hashable {
    public var name: String
    public var value: Secret
  }

  /// What a plug-in may be told of the cluster.
  public struct Cluster: Sendable, Hashable {
    public var server: String
    public var serverName: String?
    /// In PEM form.
    public var authorities: [UInt8]?
  }

  /// A name to be looked for in `PATH`, or an absolute path.
  public var command: String
  public var version: String
  public var arguments: [String] = []
  public var environment: [Variable] = []
  /// `nil`: the plug-in does not ask for it.
  public var cluster: Cluster?

  /// A plug-in without arguments.
  public init(command: String, version: String = ExecPlugin.versions[0]) {
    self.command = command
    self.version = version
  }

  /// What the program finds in `KUBERNETES_EXEC_INFO`.
  var information: [UInt8] {
    var spec: [(String, JSONValue?)] = [("interactive", false)]
    if let cluster {
      spec.append(
        (
          "cluster",
          .members([
            ("server", .text(cluster.server)), ("tls-server-name", cluster.serverName.map { .text($0) }),
            ("certificate-authority-data", cluster.authorities.map { .text(Base64.text($0)) }),
          ])
        ))
    }
    return JSONValue.members([
      ("apiVersion", .text(version)), ("kind", "ExecCredential"), ("spec", .members(spec)),
    ]).bytes
  }
}
