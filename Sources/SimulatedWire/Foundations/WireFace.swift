/// One face of the simulated world: a server that other programs talk to as to the real thing.
public protocol WireFace: Sendable {
  /// The address that clients dial.
  var host: String { get }
  /// Serves until the task is cancelled, then returns.
  /// - Parameter onRunning: called once, with the port, as soon as requests are taken.
  func run(onRunning: @escaping @Sendable (Int) async -> Void) async throws
}
