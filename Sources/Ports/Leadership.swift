/// Whether this process may act, where several of them serve one cluster.
///
/// Judged by the process's own monotonic clock: a process that was stopped for long finds out before it acts. May be asked
/// from any thread.
public protocol Leadership: Sendable {
  /// True only while no other process can have taken over.
  var isLeading: Bool { get }
  /// Grows with each time that this process began to lead; what was read before the last of them is out of date.
  var term: Int { get }
  /// Who leads as far as is known, this process included; `nil` when nobody does or it is not known. For people only.
  var leader: String? { get }
}
