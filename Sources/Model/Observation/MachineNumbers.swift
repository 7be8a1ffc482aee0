/// The numbers that new machines get, whichever client makes them.
public struct MachineNumbers: Sendable, Hashable {
  public let range: ClosedRange<Int>

  public init(range: ClosedRange<Int>) { self.range = range }

  /// Numbers tried for one worker.
  public static let maximumProbes = 64

  public func contains(_ id: MachineID) -> Bool { range.contains(id.rawValue) }

  /// The `probe`th number for a worker. It depends on the worker's id alone, so that a process that died after asking
  /// for a clone finds that clone again, even before it bears any mark.
  public func number(for worker: WorkerID, probe: Int) -> MachineID {
    let offset = (StableHash.of(worker.rawValue) &+ UInt64(probe)) % UInt64(range.count)
    return MachineID(range.lowerBound + Int(offset))
  }
}

/// A hash that is the same in every process (FNV-1a of 64 bits), unlike the language's own.
public enum StableHash {
  public static func of(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
