public import Model
import Synchronization

/// When the certificates end that the program uses: whoever has one says so here, and each scrape asks.
///
/// Known names are `server` (the program's own), `talos_client` and `talos_authority` (of the talosconfig),
/// `kubernetes_client` and `kubernetes_authority` (of the kubeconfig or the service account). Every call may come from any
/// thread.
public final class CertificateExpiries: Sendable {
  private let sources = Mutex<[String: @Sendable () -> Instant?]>([:])

  /// Nothing is watched yet.
  public init() {}

  /// Has a certificate shown from now on, in the place of an earlier one of that name.
  /// - Parameters:
  ///   - certificate: the value of the metric's label `certificate`.
  ///   - expiry: asked at each scrape, so that a certificate that is read anew is seen; `nil` while it is not known.
  public func watch(_ certificate: String, _ expiry: @escaping @Sendable () -> Instant?) {
    sources.withLock { $0[certificate] = expiry }
  }

  /// The metric's values of this instant, added to a scrape's table.
  public func addGauges(to table: inout MetricTable) {
    for (certificate, expiry) in sources.withLock({ $0 }) {
      guard let instant = expiry() else { continue }
      table.set(.certificateExpiry, instant.seconds, labels: [certificate])
    }
  }
}
