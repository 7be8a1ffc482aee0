import Foundation
import HTTPTransport
import Testing

@Suite(.enabled(if: SecureServer.isAvailable, "needs python3 and openssl for a server with TLS"))
struct HTTPClientTrustTests {
  private func client(_ trust: ServerTrust, identity: ClientIdentity? = nil) -> HTTPClient {
    var configuration = HTTPClientConfiguration()
    configuration.trust = trust
    configuration.identity = identity
    return HTTPClient(configuration)
  }

  private func fetch(_ server: SecureServer, _ client: HTTPClient) async throws(HTTPTransportError) -> String {
    let response = try await client.send(HTTPRequest("GET", server.url), deadline: .seconds(600))
    return String(decoding: response.body, as: UTF8.self)
  }

  @Test func refusesAServerThatNobodyVouchesFor() async throws {
    let server = try SecureServer()
    let error = await #expect(throws: HTTPTransportError.self) { try await fetch(server, client(.system)) }
    #expect(error?.code == .untrusted)
    #expect(error?.mayHaveBeenSent == false)
  }

  @Test func acceptsAServerThatTheGivenAuthoritiesVouchFor() async throws {
    let server = try SecureServer()
    _ = try await fetch(server, client(.authorities(.bytes(server.certificate))))
    let error = await #expect(throws: HTTPTransportError.self) {
      try await fetch(server, client(.authorities(.bytes(server.clientCertificate))))
    }
    #expect(error?.code == .untrusted)
  }

  @Test func looksForTheServersOtherNameWhereOneIsGiven() async throws {
    let server = try SecureServer()
    var configuration = HTTPClientConfiguration()
    configuration.trust = .authorities(.bytes(server.certificate))
    configuration.serverName = "keeper.test"
    _ = try await fetch(server, HTTPClient(configuration))
    configuration.serverName = "other.test"
    let error = await #expect(throws: HTTPTransportError.self) { try await fetch(server, HTTPClient(configuration)) }
    #expect(error?.code == .untrusted)
  }

  @Test func acceptsThePinnedCertificateAlsoOnAKeptConnection() async throws {
    let server = try SecureServer()
    let client = client(.fingerprint(try #require(CertificateFingerprint(server.fingerprint))))
    let first = try await fetch(server, client)
    #expect(try await fetch(server, client) == first, "the second request made a connection of its own")
    await client.shutdown()
  }

  @Test func refusesAnotherCertificateThanThePinnedOneEachTime() async throws {
    let server = try SecureServer()
    let client = client(.fingerprint(try #require(CertificateFingerprint(String(repeating: "00", count: 32)))))
    for _ in 1...3 {
      let error = await #expect(throws: HTTPTransportError.self) { try await fetch(server, client) }
      #expect(error?.code == .untrusted)
      #expect(error?.mayHaveBeenSent == false)
    }
    await client.shutdown()
  }

  @Test func aPinRefusesPlainHTTP() async throws {
    let server = try LoopbackServer { _ in .answer(answer()) }
    defer { server.stop() }
    let client = client(.fingerprint(try #require(CertificateFingerprint(String(repeating: "00", count: 32)))))
    let error = await #expect(throws: HTTPTransportError.self) {
      try await client.send(HTTPRequest("GET", server.url), deadline: .seconds(600))
    }
    #expect(error?.code == .untrusted)
    #expect(server.requests == 0)
    await client.shutdown()
  }

  @Test func showsItsOwnCertificate() async throws {
    let server = try SecureServer(requiresClientCertificate: true)
    let trust = ServerTrust.authorities(.bytes(server.certificate))
    let identity = ClientIdentity(certificate: .bytes(server.clientCertificate), key: .bytes(server.clientKey))
    #expect(try await fetch(server, client(trust, identity: identity)).hasSuffix(" keeper"))
    await #expect(throws: HTTPTransportError.self) { try await fetch(server, client(trust)) }
  }
}
