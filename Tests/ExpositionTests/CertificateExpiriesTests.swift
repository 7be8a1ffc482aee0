import Exposition
import Model
import Synchronization
import Testing

@Suite struct CertificateExpiriesTests {
  private func value(_ expiries: CertificateExpiries, _ certificate: String) -> MetricValue? {
    var table = MetricTable()
    expiries.addGauges(to: &table)
    return table.value(of: .certificateExpiry, labels: [certificate])
  }

  @Test func asksAtEachScrape() {
    let expiries = CertificateExpiries()
    let box = ExpiryBox()
    expiries.watch("server") { box.value.withLock { $0 } }
    #expect(value(expiries, "server") == .number(1000))
    box.value.withLock { $0 = Instant(seconds: 2000) }
    #expect(value(expiries, "server") == .number(2000), "it was read anew meanwhile")
    box.value.withLock { $0 = nil }
    #expect(value(expiries, "server") == nil, "what is not known is not shown")
  }

  @Test func theLastToBeWatchedUnderANameIsShown() {
    let expiries = CertificateExpiries()
    expiries.watch("server") { Instant(seconds: 1) }
    expiries.watch("talos_client") { Instant(seconds: 2) }
    expiries.watch("server") { Instant(seconds: 3) }
    #expect(value(expiries, "server") == .number(3))
    #expect(value(expiries, "talos_client") == .number(2))
    #expect(value(expiries, "kubernetes_client") == nil)
  }
}

/// An expiry that changes, as a file's does when it is written anew.
private final class ExpiryBox: Sendable {
  let value = Mutex<Instant?>(Instant(seconds: 1000))
}
