import Foundation
import HTTPTransport
import Testing

@testable import Kubernetes

@Suite struct KubeconfigTests {
  private func config(cluster: String, user: String = "{}", more: String = "") -> String {
    """
    apiVersion: v1
    kind: Config
    current-context: main
    contexts: [{name: main, context: {cluster: c, user: u, namespace: shop}}\(more)]
    clusters: [{name: c, cluster: \(cluster)}]
    users: [{name: u, user: \(user)}]
    """
  }

  private func access(
    cluster: String = "{server: 'https://10.0.0.1:6443'}", user: String = "{}",
    pin: CertificateFingerprint? = nil
  ) throws -> ClusterAccess {
    try Kubeconfig(texts: [("/etc/k/config", config(cluster: cluster, user: user))]).access(pinnedTo: pin)
  }

  @Test func readsCertificatesAndPrefersDataToFiles() throws {
    let data = Data("PEM".utf8).base64EncodedString()
    let access = try access(
      cluster: """
        {server: 'https://10.0.0.1:6443/', certificate-authority: ca.crt, tls-server-name: kube}
        """,
      user: "{client-certificate: /abs.crt, client-certificate-data: \(data), client-key: sub/key.pem}")
    #expect(access.server == "https://10.0.0.1:6443")
    #expect(access.trust == .authorities(.file("/etc/k/ca.crt")))
    #expect(access.serverName == "kube")
    #expect(access.namespace == "shop")
    #expect(
      access.identity
        == ClientIdentity(certificate: .bytes(Array("PEM".utf8)), key: .file("/etc/k/sub/key.pem")))
    #expect(access.bearer == .none)
  }

  @Test(arguments: [
    ("{token: abc}", ClusterAccess.Bearer.token(Secret("abc"))),
    ("{token: abc, tokenFile: t}", .tokenFile("/etc/k/t")),
    ("{username: a, password: b}", .basic(user: "a", password: Secret("b"))),
  ])
  func readsTokensAndPasswords(user: String, expected: ClusterAccess.Bearer) throws {
    #expect(try access(user: user).bearer == expected)
  }

  @Test func readsPlugins() throws {
    let access = try access(
      user: """
        {exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/login, args: [get, token],
          env: [{name: A, value: secret-b}], interactiveMode: Never, provideClusterInfo: true}}
        """)
    guard case .exec(let plugin) = access.bearer else { throw CancellationError() }
    #expect(plugin.command == "/etc/k/bin/login")
    #expect(plugin.arguments == ["get", "token"])
    #expect(plugin.environment.map(\.name) == ["A"])
    #expect(!"\(plugin)".contains("secret-b"))
    #expect(
      String(decoding: plugin.information, as: UTF8.self)
        == #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false,"cluster":{"server":"https://10.0.0.1:6443"}}}"#
    )
  }

  @Test func actsAsSomebodyElse() throws {
    let access = try access(user: "{as: jane, as-groups: [dev, ops], as-user-extra: {scope: [x]}}")
    #expect(
      access.impersonation == [
        HTTPHeader("Impersonate-User", "jane"), HTTPHeader("Impersonate-Group", "dev"),
        HTTPHeader("Impersonate-Group", "ops"), HTTPHeader("Impersonate-Extra-scope", "x"),
      ])
  }

  @Test func firstDefinitionOfSeveralFilesWins() throws {
    let first = "clusters: [{name: c, cluster: {server: 'https://first'}}]"
    let second = config(cluster: "{server: 'https://second'}", user: "{token: t}")
    let config = try Kubeconfig(texts: [("/a/one", first), ("/b/two", second), ("/c/three", "")])
    #expect(try config.access().server == "https://first")
    #expect(try config.access().bearer == .token(Secret("t")))
  }

  @Test(arguments: [
    ("{server: 'https://x', insecure-skip-tls-verify: true}", "{}", "pin the SHA-256 fingerprint"),
    ("{server: 'https://x', proxy-url: 'http://p'}", "{}", "proxy-url"),
    ("{}", "{}", "has no server"), ("{server: 'ftp://x'}", "{}", "has no server"),
    ("{server: 'https://x', certificate-authority-data: '***'}", "{}", "no base64"),
    ("{server: 'https://x'}", "{client-key: k}", "needs both"),
    ("{server: 'https://x'}", "{auth-provider: {name: gcp}}", "auth-provider"),
    ("{server: 'https://x'}", "{as-groups: [a]}", "without as"),
    ("{server: 'https://x'}", "{exec: {apiVersion: v9, command: a}}", "apiVersion"),
    ("{server: 'https://x'}", "{exec: {apiVersion: client.authentication.k8s.io/v1}}", "no command"),
    (
      "{server: 'https://x'}",
      "{exec: {apiVersion: client.authentication.k8s.io/v1, command: a, interactiveMode: Always}}", "terminal"
    ),
  ])
  func saysWhatToChange(cluster: String, user: String, part: String) {
    let error = #expect(throws: KubernetesError.self) { try access(cluster: cluster, user: user) }
    #expect(error?.code == .invalid)
    #expect(error?.message.contains(part) == true)
    #expect(error?.message.hasSuffix(".") == true)
  }

  @Test func takesAPinInPlaceOfVerification() throws {
    let pin = try #require(CertificateFingerprint(String(repeating: "ab", count: 32)))
    let access = try access(cluster: "{server: 'https://x', insecure-skip-tls-verify: true}", pin: pin)
    #expect(access.trust == .fingerprint(pin))
  }

  @Test func tellsWhatIsMissing() throws {
    let text = config(cluster: "{server: 'https://x'}", more: ", {name: odd, context: {cluster: no, user: u}}")
    let config = try Kubeconfig(texts: [("c", text)])
    let context = #expect(throws: KubernetesError.self) { try config.access(context: "other") }
    #expect(context?.message == "The kubeconfig has no context other; it has main, odd.")
    let cluster = #expect(throws: KubernetesError.self) { try config.access(context: "odd") }
    #expect(cluster?.message.contains("which the kubeconfig lacks") == true)
    let file = #expect(throws: KubernetesError.self) { try Kubeconfig(paths: ["/nowhere/at/all"]) }
    #expect(file?.message.contains("/nowhere/at/all") == true)
    let yaml = #expect(throws: KubernetesError.self) { try Kubeconfig(texts: [("c", "a: [token: hush")]) }
    #expect(yaml?.message.contains("hush") == false)
    #expect(Kubeconfig.standardPaths(environment: ["KUBECONFIG": "a:b", "HOME": "/h"]) == ["a", "b"])
    #expect(Kubeconfig.standardPaths(environment: ["HOME": "/h"]) == ["/h/.kube/config"])
  }

  @Test func readsAPodsOwnAccount() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "account-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
    let missing = #expect(throws: KubernetesError.self) {
      try ClusterAccess.inCluster(environment: environment, directory: directory.path)
    }
    #expect(missing?.message.contains("token") == true)
    for (name, text) in [("token", "t"), ("ca.crt", "c"), ("namespace", "here\n")] {
      try Data(text.utf8).write(to: directory.appending(path: name))
    }
    let access = try ClusterAccess.inCluster(environment: environment, directory: directory.path)
    #expect(access.server == "https://[fd00::1]:443")
    #expect(access.bearer == .tokenFile(directory.appending(path: "token").path))
    #expect(access.namespace == "here")
    let outside = #expect(throws: KubernetesError.self) { try ClusterAccess.inCluster(environment: [:]) }
    #expect(outside?.message.contains("kubeconfig") == true)
  }
}
