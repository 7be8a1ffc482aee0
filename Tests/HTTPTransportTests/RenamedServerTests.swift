import Testing

@testable import HTTPTransport

@Suite struct RenamedServerTests {
  @Test(arguments: [
    ("https://10.0.0.1:6443/api?x=y", "https://name:6443/api?x=y", "::10.0.0.1:6443", "10.0.0.1:6443"),
    ("https://host/a", "https://name/a", "::host:443", "host"),
    ("http://host", "http://name", "::host:80", "host"),
    ("https://[fd00::1]:6443/", "https://name:6443/", "::[fd00::1]:6443", "[fd00::1]:6443"),
    ("https://[fd00::1]", "https://name", "::[fd00::1]:443", "[fd00::1]"),
    ("https://user@host:1/", "https://name:1/", "::host:1", "host:1"),
  ])
  func namesTheServerAndKeepsTheWay(url: String, renamed: String, connectTo: String, host: String) throws {
    let server = try #require(RenamedServer(url: url, serverName: "name"))
    #expect(server.url == renamed)
    #expect(server.connectTo == connectTo)
    #expect(server.hostHeader == host)
  }

  @Test(arguments: ["nothing", "https://", "https:///path"])
  func leavesAloneWhatHasNoHost(url: String) { #expect(RenamedServer(url: url, serverName: "name") == nil) }
}
