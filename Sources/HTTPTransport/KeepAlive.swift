/// How a connection on which nothing comes is found to be dead: TCP's probes.
enum KeepAlive {
  /// Before the first probe.
  static let idleSeconds = 30
  /// Between probes; the system gives up after some of them (9 with Linux).
  static let intervalSeconds = 10
}
