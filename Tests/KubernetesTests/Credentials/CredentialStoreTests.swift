import Foundation
import HTTPTransport
import Model
import Ports
import Testing

@testable import Kubernetes

@Suite struct CredentialStoreTests {
  private let time = LeapingTime()

  private func withDirectory<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory)
  }

  private func failure(of plugin: ExecPlugin, _ time: any TimeSource) async -> KubernetesError? {
    do throws(KubernetesError) {
      _ = try await ExecPluginRunner.run(plugin, time: time)
      return nil
    } catch {
      return error
    }
  }

  private func store(_ bearer: ClusterAccess.Bearer) -> CredentialStore {
    CredentialStore(ClusterAccess(server: "https://x", bearer: bearer), time: time)
  }

  @Test func readsATokensFileAgainEveryMinuteAndWhenItIsRefused() async throws {
    try await withDirectory { directory in
      let file = directory.appending(path: "token")
      try Data("one\n".utf8).write(to: file)
      let store = store(.tokenFile(file.path))
      #expect(try await store.credentials().authorization == Secret("Bearer one"))
      try Data("two".utf8).write(to: file)
      time.advance(by: .seconds(59))
      let old = try await store.credentials()
      #expect(old.authorization == Secret("Bearer one"))
      time.advance(by: .seconds(1))
      #expect(try await store.credentials().authorization == Secret("Bearer two"))
      try Data("three".utf8).write(to: file)
      // What was refused is not what is kept any more.
      #expect(await store.refused(old))
      let kept = try await store.credentials()
      #expect(kept.authorization == Secret("Bearer two"))
      #expect(await store.refused(kept))
      #expect(try await store.credentials().authorization == Secret("Bearer three"))
      try FileManager.default.removeItem(at: file)
      time.advance(by: .seconds(60))
      let error = await #expect(throws: KubernetesError.self) { try await store.credentials() }
      #expect(error?.message.contains(file.path) == true)
    }
  }

  @Test func keepsFixedCredentials() async throws {
    let store = store(.basic(user: "a", password: Secret("b")))
    let credentials = try await store.credentials()
    #expect(credentials.headers.map(\.value) == ["Basic YTpi"])
    #expect(!(await store.refused(credentials)))
    #expect(!"\(credentials)".contains("YTpi"))
  }

  @Test func keepsAPluginsTokenUntilItExpiresOrIsRefused() async throws {
    try await withDirectory { directory in
      let count = directory.appending(path: "count")
      let expiry = time.now().advanced(by: .seconds(3600)).description
      let script = """
        echo x >> "$COUNT"
        case "$KUBERNETES_EXEC_INFO" in *ExecCredential*) ;; *) exit 3 ;; esac
        n=$(wc -l < "$COUNT" | tr -d ' ')
        echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$n'","expirationTimestamp":"\(expiry)"}}'
        """
      var plugin = ExecPlugin(command: "sh")
      plugin.arguments = ["-c", script]
      plugin.environment = [.init(name: "COUNT", value: Secret(count.path))]
      // The clock stands still while the program runs, so that it never takes too long.
      let still = StillTime(time.now())
      let store = CredentialStore(ClusterAccess(server: "https://x", bearer: .exec(plugin)), time: still)
      let first = try await store.credentials()
      #expect(first.authorization == Secret("Bearer t1"))
      #expect(try await store.credentials() == first)
      #expect(await store.refused(first))
      #expect(try await store.credentials().authorization == Secret("Bearer t2"))
      still.advance(by: .seconds(3591))
      #expect(try await store.credentials().authorization == Secret("Bearer t3"))
    }
  }

  @Test func endsAPluginThatTakesTooLong() async throws {
    var plugin = ExecPlugin(command: "sh")
    plugin.arguments = ["-c", "exec sleep 1000 > /dev/null 2>&1"]
    let error = await failure(of: plugin, time)
    #expect(error?.message == "The credential plug-in sh did not answer within 60 s.")
  }

  @Test(arguments: [
    ("exit 7", "ended with status 7"), ("echo hush", "printed no ExecCredential"),
    ("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"old\",\"status\":{\"token\":\"hush\"}}'", "API version"),
    (
      "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'",
      "neither a token nor a certificate"
    ),
    (
      "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"clientKeyData\":\"hush\"}}'",
      "only one of"
    ),
    ("head -c 2000000 /dev/zero", "more than"),
  ])
  func saysWhatIsWrongWithAPluginAndNothingOfItsOutput(script: String, part: String) async {
    var plugin = ExecPlugin(command: "sh")
    plugin.arguments = ["-c", script]
    let error = await failure(of: plugin, StillTime(time.now()))
    #expect(error?.code == .unauthorized)
    #expect(error?.message.contains(part) == true)
    #expect(error?.message.contains("hush") == false)
  }

  @Test func tellsThatAPluginIsNotInstalled() async {
    let error = await failure(of: ExecPlugin(command: "no-such-program-here"), StillTime(time.now()))
    #expect(error?.message.contains("not installed") == true)
  }
}
