import Exposition
import Foundation
import HTTPTransport
import Kubernetes
import Model
import Testing

@testable import poolkeeper

/// When certificates end, and that each scrape tells it.
@Suite struct CertificateDatesTests {
  private static let first = """
    -----BEGIN CERTIFICATE-----
    MIIBYTCCAQigAwIBAgIBATAKBggqhkjOPQQDAjAQMQ4wDAYDVQQDDAVmaXJzdDAe
    Fw0yNjExMjcwOTUzMzNaFw0zNjExMjQwOTUzMzNaMBAxDjAMBgNVBAMMBWZpcnN0
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKnzG0z+GorARyXexCxopRt6De34L
    vzfmotYbKEt5f2RjvIADD6upa+fuE4TOrNQLfMumQNt7AA8e6vqG2GKTT6NTMFEw
    HQYDVR0OBBYEFNIDpR5k923brFqXGHivOrnWsHqAMB8GA1UdIwQYMBaAFNIDpR5k
    923brFqXGHivOrnWsHqAMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAw
    RAIgab40c7QgatDxPvHnfBY86DsjEAhHSttv0ojx6TZWwp0CIB2gby9V4RA2Oqhi
    Qq8gl6eO9lp0tZ33RpMJLY/6aOV6
    -----END CERTIFICATE-----
    """
  private static let second = """
    -----BEGIN CERTIFICATE-----
    MIIBZTCCAQqgAwIBAgIBAjAKBggqhkjOPQQDAjARMQ8wDQYDVQQDDAZzZWNvbmQw
    HhcNMjYxMTI3MDk1MzMzWhcNNDYxMTIyMDk1MzMzWjARMQ8wDQYDVQQDDAZzZWNv
    bmQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQqfMbTP4aisBHJd7ELGilG3oN7
    fgu/N+ai1hsoS3l/ZGO8gAMPq6lr5+4ThM6s1At8y6ZA23sADx7q+obYYpNPo1Mw
    UTAdBgNVHQ4EFgQU0gOlHmT3bdusWpcYeK86udaweoAwHwYDVR0jBBgwFoAU0gOl
    HmT3bdusWpcYeK86udaweoAwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJ
    ADBGAiEA3jrP3XQwQRVL8gw1kfMu25uIfPou1mxs4UgsB9lECD8CIQCHoAblhbc0
    azYqNAQ1/VyVBJ9SCuRYhYb+XsDrC86yRw==
    -----END CERTIFICATE-----
    """
  private static let firstEnd = Instant(seconds: 2111133213)
  private static let secondEnd = Instant(seconds: 2426493213)

  @Test func ofAChainTheFirstCounts() {
    #expect(CertificateDates.expiry(pem: Self.first) == Self.firstEnd)
    #expect(CertificateDates.expiry(pem: "# a comment\n\(Self.second)\n\(Self.first)\n") == Self.secondEnd)
  }

  @Test func ofAuthoritiesTheLastEndCounts() {
    #expect(CertificateDates.lastExpiry(pem: "\(Self.second)\n\(Self.first)") == Self.secondEnd)
    #expect(CertificateDates.lastExpiry(pem: "\(Self.first)\n\(Self.second)") == Self.secondEnd)
  }

  @Test(arguments: [
    "", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  ])
  func whatIsNoCertificateHasNoEnd(text: String) {
    #expect(CertificateDates.expiry(pem: text) == nil)
    #expect(CertificateDates.lastExpiry(pem: text) == nil)
  }

  @Test func theWayToTheAPIServerIsShownAndReadAnewAtEachScrape() async throws {
    try await Bench.withDirectory { directory in
      let file = directory.appendingPathComponent("client.pem")
      try Data(Self.first.utf8).write(to: file)
      var access = ClusterAccess(
        server: "https://127.0.0.1:6443", trust: .authorities(.bytes(Array(Self.second.utf8))))
      access.identity = ClientIdentity(certificate: .file(file.path), key: .bytes([]))
      let expiries = CertificateExpiries()
      expiries.watch(access)
      func end(_ certificate: String) -> MetricValue? {
        var table = MetricTable()
        expiries.addGauges(to: &table)
        return table.value(of: .certificateExpiry, labels: [certificate])
      }
      #expect(end("kubernetes_client") == .number(Self.firstEnd.seconds))
      #expect(end("kubernetes_authority") == .number(Self.secondEnd.seconds))
      try Data(Self.second.utf8).write(to: file)
      #expect(end("kubernetes_client") == .number(Self.secondEnd.seconds), "it was renewed")
      try FileManager.default.removeItem(at: file)
      #expect(end("kubernetes_client") == nil)
    }
  }
}
