/// One thing that is done to the server or to its world while it works.
struct ChaosEvent: Hashable, Sendable {
  /// What is done.
  enum Kind: String, Hashable, Sendable, CaseIterable {
    /// `kill -9`, and started again at the end.
    case kill
    /// `kill -9` at one of its own calls, before, after or between effect and answer.
    case killAtCall
    /// SIGTERM, and started again when it has ended.
    case terminate
    /// SIGSTOP, and SIGCONT at the end.
    case pause
    /// Files of the server cannot grow until the end.
    case fullDisk
    /// One face of the world refuses, loses or delays all requests until the end.
    case cutNetwork
    /// The whole world takes connections and says nothing until the end.
    case hangWorld
    /// The whole world is gone, and there again at the end.
    case restartWorld
    /// Clients that read or write a byte a second, or nothing, until the end.
    case slowClients
    /// Another value in the configuration, and SIGHUP.
    case reload
    /// A configuration that must be refused, and SIGHUP; then the good one.
    case reloadRefused
    /// Something goes wrong in the world's machine room.
    case trouble

    /// Whether the process of the server ends with it.
    var endsServer: Bool { [.kill, .killAtCall, .terminate].contains(self) }
    /// Whether it needs the world's interface for faults, which are lifted all together: only one of these can be at a time.
    var usesFaults: Bool { [.killAtCall, .cutNetwork, .trouble, .restartWorld, .hangWorld].contains(self) }
    /// How long it lasts, in real time; none where it is over at once.
    var lengths: ClosedRange<Duration>? {
      switch self {
      case .kill: .milliseconds(50) ... .seconds(3)
      case .killAtCall: .seconds(6) ... .seconds(12)
      case .trouble: .seconds(4) ... .seconds(8)
      case .pause: .seconds(1) ... .seconds(8)
      case .fullDisk: .seconds(2) ... .seconds(8)
      case .cutNetwork: .seconds(2) ... .seconds(10)
      case .hangWorld: .seconds(2) ... .seconds(6)
      case .restartWorld: .seconds(1) ... .seconds(5)
      case .slowClients: .seconds(8) ... .seconds(20)
      case .terminate, .reload, .reloadRefused: nil
      }
    }
  }

  var kind: Kind
  /// From the start of the chaos, in real time.
  var at: Duration
  /// When it is over; `at` where it is over at once.
  var until: Duration
  /// A fault in the words of the world's interface, or what else the kind needs; empty where it needs nothing. `{node}` stands
  /// for a worker's node, `{pid}` for the server's process.
  var detail: String
}
