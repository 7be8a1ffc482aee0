import Dispatch
import Logging
import Model
import ServiceLifecycle
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Tells systemd how the program is, through the datagram socket that it names. Without one, says nothing.
/// Source: sd_notify(3), sd_watchdog_enabled(3).
final class SystemdNotifier: Sendable {
  private let address: String?
  /// The manager ends the program when it has heard nothing for so long; `nil`: it does not look.
  let watchdog: Duration?

  init(environment: [String: String]) {
    address = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    let isOurs = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
    watchdog = address != nil && isOurs ? microseconds.flatMap { $0 > 0 ? .microseconds($0) : nil } : nil
  }

  /// The program has started, or a reload has ended.
  func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }

  /// A reload begins; `ready` must follow.
  func reloading() {
    // The uptime of Dispatch is CLOCK_MONOTONIC on Linux, which is what systemd compares with.
    send("RELOADING=1\nMONOTONIC_USEC=\(DispatchTime.now().uptimeNanoseconds / 1000)")
  }

  func stopping() { send("STOPPING=1\nSTATUS=Stopping") }
  func alive() { send("WATCHDOG=1") }

  private static func line(_ text: String) -> String { text.replacing("\n", with: " ") }

  /// One datagram. One that cannot be sent is lost: the program runs on without its manager.
  private func send(_ text: String) {
    guard let address else { return }
    #if canImport(Darwin)
      let socket = socket(AF_UNIX, SOCK_DGRAM, 0)
    #else
      let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    #endif
    guard socket >= 0 else { return }
    defer { close(socket) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    var path = Array(address.utf8)
    let room = MemoryLayout.size(ofValue: name.sun_path)
    guard path.count < room else { return }
    // An abstract name begins with a zero byte.
    if path[0] == UInt8(ascii: "@") { path[0] = 0 }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size - room + path.count)
    let bytes = Array(text.utf8)
    _ = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { sendto(socket, bytes, bytes.count, 0, $0, length) }
    }
  }
}

/// Whether the loop gets on: it must begin a tick when one is due, and end it.
final class LoopPulse: Sendable {
  private struct State {
    var since = ContinuousClock.now
    var isTicking = false
  }

  private let state = Mutex(State())

  func note(isTicking: Bool) { state.withLock { $0 = State(since: .now, isTicking: isTicking) } }

  /// - Parameters:
  ///   - limit: how long a tick may take.
  ///   - pause: real time between two ticks.
  func isWell(limit: Duration, pause: Duration, now: ContinuousClock.Instant = .now) -> Bool {
    state.withLock { now - $0.since < ($0.isTicking ? limit : pause + limit) }
  }
}

/// Feeds the manager's watchdog for as long as the loop gets on. A stuck loop is a dead program: it is then ended, and
/// started anew.
struct WatchdogService: Service {
  let notifier: SystemdNotifier
  let pulse: LoopPulse
  /// Real time between two ticks, now.
  let pause: @Sendable () async -> Duration
  let logger: Logger

  func run() async throws {
    guard let watchdog = notifier.watchdog else { return try await gracefulShutdown() }
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        if pulse.isWell(limit: watchdog, pause: await pause()) {
          notifier.alive()
        } else {
          logger.critical("loop stuck", metadata: ["limit_seconds": "\(watchdog.inSeconds)"])
        }
        try? await Task.sleep(for: watchdog / 3)
      }
    }
  }
}
