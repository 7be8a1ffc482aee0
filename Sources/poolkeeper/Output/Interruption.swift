import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The first SIGINT or SIGTERM only leaves a note, so that long work can stop and say what it has; the second ends the process
/// as it would have without us.
///
/// Signal handlers belong to the process, so there is one note. Handlers and not ignored signals: programs that are started
/// meanwhile get the usual behaviour.
enum Interruption {
  /// How many came since `begin`.
  private static let received = Atomic<Int>(0)
  /// Programs that were started for the work and must not outlive it: killed by the second signal. 0: none.
  private static let firstCompanion = Atomic<Int32>(0)
  private static let secondCompanion = Atomic<Int32>(0)
  /// How many pieces of work ask for it.
  private static let users = Mutex(0)

  static var isReceived: Bool { received.load(ordering: .relaxed) > 0 }

  /// From here on the first signal only leaves a note. Each call needs an `end`.
  static func begin() {
    users.withLock { users in
      users += 1
      guard users == 1 else { return }
      received.store(0, ordering: .relaxed)
      install(answer)
    }
  }

  /// Signals do again what they did before.
  static func end() {
    users.withLock { users in
      users -= 1
      if users == 0 { install(SIG_DFL) }
    }
  }

  /// Who ends with us: the processes that take the places of those before; `nil` leaves a place as it is.
  static func takeAlong(first: Int32? = nil, second: Int32? = nil) {
    if let first { firstCompanion.store(first, ordering: .relaxed) }
    if let second { secondCompanion.store(second, ordering: .relaxed) }
  }

  /// Called where a thread was interrupted: it does nothing that could wait for that thread.
  private static let answer: @convention(c) (Int32) -> Void = { number in
    guard Interruption.received.wrappingAdd(1, ordering: .relaxed).oldValue > 0 else { return }
    let (one, other) = (firstCompanion.load(ordering: .relaxed), secondCompanion.load(ordering: .relaxed))
    if one > 0 { kill(one, SIGKILL) }
    if other > 0 { kill(other, SIGKILL) }
    signal(number, SIG_DFL)
    raise(number)
  }

  private static func install(_ handler: (@convention(c) (Int32) -> Void)?) {
    var action = sigaction()
    #if canImport(Darwin)
      action.__sigaction_u.__sa_handler = handler
    #else
      action.__sigaction_handler.sa_handler = handler
    #endif
    action.sa_flags = SA_RESTART
    for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
  }
}
