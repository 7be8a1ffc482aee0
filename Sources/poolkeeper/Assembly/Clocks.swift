import Foundation
import Model
import Ports

/// The system's clock.
struct WallClock: TimeSource {
  func now() -> Instant { Instant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))) }
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// A clock that runs faster than the world's, for demonstrations.
///
/// It is a function of the wall clock, so that time goes on while the process is dead, as it does for real workers.
struct AcceleratedClock: TimeSource {
  /// The instant at which both clocks agree.
  let origin: Instant
  /// Seconds of this clock in one real second.
  let speed: Double
  private let wall = WallClock()

  init(origin: Instant, speed: Double) {
    self.origin = origin
    self.speed = speed
  }

  func now() -> Instant {
    let passed = wall.now().milliseconds - origin.milliseconds
    return Instant(milliseconds: origin.milliseconds + Int64((Double(passed) * speed).rounded(.down)))
  }

  func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: .microseconds(Int64(duration.inSeconds * 1_000_000 / speed)))
  }
}

/// The clock of a simulated world that another process serves: both read from one file when it began and how fast it runs.
enum SharedClock {
  private struct Setting: Codable {
    var origin: Instant
    var speed: Double
  }

  /// The clock of the directory; at another speed than 1 a new one begins now where there is none.
  static func open(_ directory: String, speed: Double) throws -> any TimeSource {
    let url = URL(fileURLWithPath: directory + "/clock.json")
    if let data = try? Data(contentsOf: url) {
      let setting = try JSONDecoder().decode(Setting.self, from: data)
      return AcceleratedClock(origin: setting.origin, speed: setting.speed)
    }
    guard speed != 1 else { return WallClock() }
    let setting = Setting(origin: WallClock().now(), speed: speed)
    try JSONEncoder().encode(setting).write(to: url, options: .atomic)
    return AcceleratedClock(origin: setting.origin, speed: setting.speed)
  }
}

/// Random ids.
struct RandomIdentities: IdentitySource {
  func workerID() -> WorkerID { WorkerID(UUID().uuidString.lowercased()) }
  func requestID() -> RequestID { RequestID("req-" + UUID().uuidString.lowercased().prefix(8)) }
}
