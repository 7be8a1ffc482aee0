#if SEEDED_BUGS
  import Synchronization
#endif

/// Faults that are built into test builds on purpose, to show that the simulation's checkers find them. In other builds none
/// can be switched on, and the questions vanish.
public enum SeededBug: String, Sendable, CaseIterable {
  /// A machine counts as ours by its tag and name, whoever's it is.
  case skipsIdentityCheck

  /// Whether it is switched on.
  @inlinable
  public var isOn: Bool {
    #if SEEDED_BUGS
      Self.isOn(self)
    #else
      false
    #endif
  }
}

#if SEEDED_BUGS
  extension SeededBug {
    private static let number = Atomic<Int>(-1)

    /// Switches one on in the whole process, or all off. Not while a run is in progress.
    public static func activate(_ bug: SeededBug?) {
      number.store(bug.flatMap { allCases.firstIndex(of: $0) } ?? -1, ordering: .sequentiallyConsistent)
    }

    @usableFromInline static func isOn(_ bug: SeededBug) -> Bool {
      let on = number.load(ordering: .relaxed)
      return on >= 0 && allCases[on] == bug
    }
  }
#endif
