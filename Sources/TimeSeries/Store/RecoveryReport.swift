/// What a store found in its directory when it was opened.
public struct RecoveryReport: Sendable, Hashable {
  /// A file that was not whole. Everything before the damage was kept.
  public struct Damage: Sendable, Hashable {
    /// The file's name in the data directory.
    public let file: String
    /// Bytes from the file's start that were good.
    public let goodBytes: Int
    /// Bytes after them that could not be used.
    public let lostBytes: Int
    /// Whether it looks like a write that a crash interrupted, which loses nothing that had been acknowledged.
    public let isTornTail: Bool
  }

  /// Series after recovery.
  public internal(set) var series = 0
  /// Samples read from the log behind the snapshot.
  public internal(set) var samplesReplayed = 0
  /// Segments of the log that were read.
  public internal(set) var segmentsRead = 0
  /// The snapshot that was loaded, if any.
  public internal(set) var snapshot: String?
  /// Files that were not whole, in the order in which they were read.
  public internal(set) var damage: [Damage] = []

  /// An empty report.
  public init() {}
}
