import Foundation

/// What a soak is to do.
struct SoakSettings: Sendable {
  var seed: UInt64
  /// Of the chaos, in real time; beginning, healing and judging come beside.
  var length: Duration
  /// The program whose `serve` is tried, and the one that serves the world.
  var server: String
  var world: String
  /// The operator's file that the configuration is made from.
  var example: URL
  /// Where both keep what is theirs.
  var directory: URL
  /// How long after the last fault all must be well again, in real time: three hours of the world's.
  var healing: Duration = .seconds(180)

  /// A server that was asked to end ends by then, with what a busy machine adds to its own limit.
  static let ending: Duration = .seconds(30)
  /// Bytes that a file of the server may have while the disk is full: most are larger at once.
  static let fullDiskBytes = 4_096
  /// Between two looks at the server.
  static let look: Duration = .milliseconds(250)
  /// Who sends numbered samples.
  static let senders = 2
  /// Seconds of the world's time that a look may miss without any fault: clock and looks are shared by a busy machine.
  static let unseen = 300.0
}
