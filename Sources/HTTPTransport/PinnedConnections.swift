/// Connections whose certificate was seen to have the pinned fingerprint, by their addresses and ports. libcurl shows a
/// certificate only to the transfer that made the connection, not to those that use it afterwards.
///
/// Not synchronised: belongs to the transfer loop's thread.
final class PinnedConnections {
  /// Of local ports there are no more.
  private static let maximumCount = 65_536
  private var trusted: Set<String> = []

  func contains(_ connection: String) -> Bool { trusted.contains(connection) }
  func remove(_ connection: String) { trusted.remove(connection) }

  func insert(_ connection: String) {
    // Connections that are forgotten are refused at their next use, and made anew.
    if trusted.count >= Self.maximumCount { trusted = [] }
    trusted.insert(connection)
  }
}
