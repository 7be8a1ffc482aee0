import Foundation
import HTTPTransport
import Model
import SimulatedWire
import Testing

@testable import API

/// The server over TLS, with certificates that the test makes.
@Suite struct ServerTLSTests {
  /// Files of one server's certificate and key, signed by an authority.
  private struct Place {
    let directory: String
    let mint: CertificateMint
    var files: ServerTLS.Files { ServerTLS.Files(certificate: directory + "/cert.pem", key: directory + "/key.pem") }

    func write(_ minted: MintedCertificate) throws { try write(minted.certificate, minted.key) }

    func write(_ certificate: String, _ key: String) throws {
      try certificate.write(toFile: files.certificate, atomically: true, encoding: .utf8)
      try key.write(toFile: files.key, atomically: true, encoding: .utf8)
    }

    func writeAuthority() throws -> String {
      try mint.authority.certificate.write(toFile: directory + "/ca.pem", atomically: true, encoding: .utf8)
      return directory + "/ca.pem"
    }
  }

  private static func withPlace<Value>(_ body: (Place) async throws -> Value) async throws -> Value {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try await body(Place(directory: url.path, mint: try CertificateMint(name: "test", algorithm: .p256)))
  }

  private static func client(_ mint: CertificateMint, _ identity: MintedCertificate? = nil) -> HTTPClient {
    var configuration = HTTPClientConfiguration()
    configuration.trust = .authorities(.bytes(Array(mint.authority.certificate.utf8)))
    configuration.identity = identity.map {
      ClientIdentity(certificate: .bytes(Array($0.certificate.utf8)), key: .bytes(Array($0.key.utf8)))
    }
    return HTTPClient(configuration)
  }

  private static func get(
    _ client: HTTPClient, _ port: Int, _ path: String = "/-/healthy", token: String? = nil
  ) async throws -> HTTPResponse {
    let headers = token.map { [HTTPHeader("Authorization", "Bearer \($0)")] } ?? []
    return try await client.send(
      HTTPRequest("GET", "https://127.0.0.1:\(port)\(path)", headers: headers), deadline: .seconds(60))
  }

  @Test func takesAnotherCertificateForNewConnectionsWhileOldOnesGoOn() async throws {
    try await Self.withPlace { place in
      try place.write(try place.mint.server("first", names: ["127.0.0.1"]))
      let tls = try ServerTLS(place.files)
      var fixture = ServerFixture()
      fixture.parts.tls = tls
      let other = try CertificateMint(name: "other", algorithm: .p256)
      try await fixture.serve { port in
        let old = Self.client(place.mint)
        #expect(try await Self.get(old, port).status == 200)
        try place.write(try other.server("second", names: ["127.0.0.1"]))
        try tls.reload()
        // The client that is there keeps its connection: a new one would meet a stranger.
        for _ in 0..<3 { #expect(try await Self.get(old, port).status == 200) }
        #expect(try await Self.get(Self.client(other), port).status == 200)
        await #expect(throws: HTTPTransportError.self) { try await Self.get(Self.client(place.mint), port) }
        await old.shutdown()
      }
    }
  }

  @Test func keepsWhatItHasWhenTheNewPairIsBroken() async throws {
    try await Self.withPlace { place in
      let first = try place.mint.server("first", names: ["127.0.0.1"])
      try place.write(first)
      let tls = try ServerTLS(place.files)
      let expiry = tls.expiry
      #expect(expiry > Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
      var fixture = ServerFixture()
      fixture.parts.tls = tls
      try await fixture.serve { port in
        let second = try place.mint.server("second", names: ["127.0.0.1"])
        let broken: [(certificate: String, key: String, sentence: String)] = [
          (second.certificate, first.key, "is not the key of the certificate in"),
          ("no PEM", second.key, "cert.pem holds no certificate in PEM form."),
          (second.certificate, "no PEM", "key.pem holds no private key in PEM form"), ("", "", "holds no certificate"),
        ]
        for (certificate, key, sentence) in broken {
          try place.write(certificate, key)
          let fault = #expect(throws: ServerTLS.Fault.self) { try tls.reload() }
          #expect(fault?.description.contains(sentence) == true, "\(fault?.description ?? "")")
          #expect(fault?.description.contains(first.key.prefix(60)) == false)
        }
        try FileManager.default.removeItem(atPath: place.files.key)
        #expect(throws: ServerTLS.Fault.self) { try tls.reload() }
        #expect(tls.expiry == expiry)
        #expect(try await Self.get(Self.client(place.mint), port).status == 200)
      }
    }
  }

  @Test func knowsClientsByTheirCertificates() async throws {
    try await Self.withPlace { place in
      try place.write(try place.mint.server("server", names: ["127.0.0.1"]))
      var files = place.files
      files.clientAuthorities = try place.writeAuthority()
      var fixture = ServerFixture()
      fixture.parts.tls = try ServerTLS(files)
      let tokens = fixture.require(
        ["root": .admin],
        more: [
          AccessEntry(name: "grafana", role: .read, proof: .certificate("grafana.example")),
          AccessEntry(name: "prom", role: .ingest, proof: .certificate("prometheus")),
        ])
      try await fixture.serve { port in
        let grafana = Self.client(place.mint, try place.mint.client("grafana.example", organization: "o"))
        #expect(try await Self.get(grafana, port, "/api/v1/pools").status == 200)
        // What a request says of itself counts more than its connection.
        #expect(try await Self.get(grafana, port, "/api/v1/audit").status == 403)
        #expect(try await Self.get(grafana, port, "/api/v1/audit", token: tokens["root"]).status == 200)
        let prometheus = Self.client(place.mint, try place.mint.client("prometheus", organization: "o"))
        #expect(try await Self.get(prometheus, port, "/api/v1/pools").status == 403)
        var write = HTTPRequest(
          "POST", "https://127.0.0.1:\(port)/api/v1/write",
          headers: [HTTPHeader("Content-Type", "application/x-protobuf"), HTTPHeader("Content-Encoding", "snappy")],
          body: WireBytes.body(1, at: Samples.now.milliseconds))
        write.isRepeatable = true
        #expect(try await prometheus.send(write, deadline: .seconds(60)).status == 204)
        // A name that nobody has configured is no name, and neither is a certificate of another authority.
        let stranger = Self.client(place.mint, try place.mint.client("stranger", organization: "o"))
        #expect(try await Self.get(stranger, port, "/api/v1/pools").status == 401)
        #expect(try await Self.get(Self.client(place.mint), port, "/api/v1/pools").status == 401)
        let forger = try CertificateMint(name: "forger", algorithm: .p256)
        let forged = Self.client(place.mint, try forger.client("grafana.example", organization: "o"))
        await #expect(throws: HTTPTransportError.self) { try await Self.get(forged, port, "/api/v1/pools") }
        let plain = HTTPClient()
        await #expect(throws: HTTPTransportError.self) {
          try await plain.send(HTTPRequest("GET", "http://127.0.0.1:\(port)/-/healthy"), deadline: .seconds(60))
        }
      }
    }
  }

  @Test func readsNamesOfACertificateInTheirOrder() throws {
    let mint = try CertificateMint(name: "test", algorithm: .p256)
    let pem = try mint.server("common", names: ["one.example", "127.0.0.1", "two.example"]).certificate
    let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
    let der = try #require(Data(base64Encoded: body))
    #expect(CertificateNames.names(der: [UInt8](der)) == ["common", "one.example", "two.example"])
    #expect(CertificateNames.names(der: [1, 2, 3]).isEmpty)
  }
}
