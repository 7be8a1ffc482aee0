import Foundation
import Testing

@testable import Talos

@Suite struct TalosConfigurationTests {
  @Test(arguments: [
    ("10.0.0.2", "10.0.0.2", 50_000), ("cp.example.org:50001", "cp.example.org", 50_001),
    ("[fd00::2]", "fd00::2", 50_000),
    ("[fd00::2]:6000", "fd00::2", 6000), ("fd00::2", "fd00::2", 50_000),
  ])
  func readsEndpoint(text: String, host: String, port: Int) throws {
    let endpoint = try #require(TalosEndpoint(text))
    #expect(endpoint.host == host && endpoint.port == port)
  }

  @Test(arguments: ["", "host:", "host:0", "host:70000", "https://host", "a b", "[fd00::2]x"])
  func refusesWhatIsNoEndpoint(text: String) { #expect(TalosEndpoint(text) == nil) }

  @Test func looksForFileInTheKnownOrder() {
    #expect(TalosContext.searchPath(explicit: "/x", environment: ["TALOSCONFIG": "/y"], home: "/h") == ["/x"])
    #expect(TalosContext.searchPath(explicit: nil, environment: ["TALOSCONFIG": "/y"], home: "/h") == ["/y"])
    #expect(
      TalosContext.searchPath(explicit: nil, environment: [:], home: "/h")
        == ["/h/.talos/config", "/var/run/secrets/talos.dev/config"])
  }

  @Test(arguments: [
    ("[", "not a YAML"), ("contexts: {}", "no current context"),
    ("context: a\ncontexts: {b: {}, c: {}}", "it has: b, c"),
    ("context: a\ncontexts: {a: {ca: '%', crt: x, key: y}}", "ca of the context a"),
    ("context: a\ncontexts: {a: {endpoints: ['h:0']}}", "endpoint h:0"),
    ("context: a\ncontexts: {a: {proxy-url: 'http://p'}}", "proxy"),
    ("context: a\ncontexts: {a: {ca: c2VjcmV0, crt: c2VjcmV0, key: c2VjcmV0}}", "not PEM"),
  ])
  func refusesFileWithSentence(text: String, tells: String) {
    let error = #expect(throws: TalosError.self) { try TalosContext(talosconfig: text) }
    #expect(error?.message.contains(tells) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("c2VjcmV0") == false)
  }

  @Test func relabelsTalosKeys() {
    let key = "-----BEGIN ED25519 PRIVATE KEY-----\nabc\n-----END ED25519 PRIVATE KEY-----\n"
    #expect(
      TalosCredentials.relabelled(key) == "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n")
  }

  @Test func readsFingerprintInEitherForm() throws {
    let bytes = (0..<32).map { UInt8($0 * 7 % 256) }
    let base64 = try #require(KeyFingerprint(Data(bytes).base64EncodedString()))
    let hexadecimal = try #require(KeyFingerprint(base64.description))
    #expect(base64 == hexadecimal && base64.bytes == bytes)
    for text in ["", "ab", String(repeating: "zz", count: 32), "AAAA"] { #expect(KeyFingerprint(text) == nil) }
  }
}
