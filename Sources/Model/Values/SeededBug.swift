#if SEEDED_BUGS
  import Synchronization
#endif

/// Faults that are built into test builds on purpose, to show that the simulation's checkers find them. In other builds none
/// can be switched on, and the questions vanish.
///
/// Each is a mistake that somebody could make in good faith, and stands as one line where the true code is.
public enum SeededBug: UInt8, Sendable, CaseIterable {
  // Identity.
  /// A machine counts as ours by its number, whoever's mark it bears, or none.
  case skipsIdentityCheck
  /// What cannot be read on a machine that is on its way out is taken for our own mark.
  case ignoresMissingMarks
  /// Machines with our tag are adopted, whichever cluster their mark names.
  case adoptsFromOtherClusters

  // Draining.
  /// An eviction that a disruption budget refused is taken for one that was accepted, and so the pod for gone.
  case takesRefusalsForDone
  /// Pods that could not be listed are taken for none.
  case takesUnknownPodsForNone
  /// Every drain is forced at its limit, also where that is not configured.
  case forcesEveryDrain
  /// A worker that is to go is shut down at once; its pods were to be evicted first.
  case skipsDrain
  /// A node stays cordoned when its drain is given up.
  case leavesNodesCordoned

  // Money.
  /// Workers under way cost nothing yet, so nothing is kept back for them.
  case forgetsReservations
  /// Hourly caps are not looked at.
  case ignoresHourlyBudgets
  /// A burst event's cap is not looked at.
  case ignoresBurstEvent
  /// The bill ends when the drain begins, as no new pods come.
  case stopsBillingAtDrain
  /// A worker that is gone is counted a second time.
  case billsTwice
  /// A month begins a day late.
  case startsMonthLate
  /// Workers that are gone are dropped from the bill.
  case forgetsFinishedWorkers

  // Observing.
  /// Decisions are carried out whatever the mode.
  case actsWhileObserving

  // Writing before acting.
  /// Calls leave before their intent is in the journal.
  case actsBeforeWriting
  /// A write that failed is taken for one that succeeded.
  case believesFailedWrites
  /// After a write that failed the journal is not read again, although the entry may be in it.
  case forgetsDoubtfulWrites
  /// A removal ends with its call; whether the machine is gone is not looked at.
  case finishesWithoutLooking

  // Growing.
  /// A worker's name is its id as well, and names are used again.
  case reusesWorkerIDs
  /// Workers that an order got are not counted against it.
  case forgetsServedOrders
  /// Pods that wait are answered without regard to workers under way.
  case ignoresWorkersUnderWay
  /// A pool's next name follows from how many workers it has.
  case namesByCount
  /// Workers keep their slot among those under way when they are ready.
  case keepsSlots
  /// Pods are looked at only when their number reaches the trigger's threshold, however long they wait.
  case ignoresLonePods

  // Shrinking.
  /// Choices to shrink do not look at the pool's minimum.
  case ignoresMinimum
  /// A broken worker goes when its substitute is ready, though the minimum needs the substitute anyway.
  case countsSubstitutesTwice
  /// Old readings are as good as new ones.
  case actsOnStaleReadings
  /// Missing readings do not keep a pool from shrinking.
  case shrinksWithoutReadings
  /// Idle workers stay.
  case keepsIdleWorkers

  // Time to live.
  /// Workers whose time is over stay while pods run there.
  case keepsExpiredWorkers
  /// Extensions do not look at the latest end.
  case ignoresLatestEnd

  // Health and leftovers.
  /// A repair notes one level more than was tried.
  case skipsRepairLevel
  /// A repair does not note which level was tried, so that it is tried again.
  case repeatsRepairLevel
  /// Nobody is ever repaired.
  case leavesSickWorkers
  /// However many are sick, each is repaired.
  case ignoresBreaker
  /// Workers whose machine vanished are never given up.
  case keepsLostWorkers
  /// A list of machines that lost most of its rows is believed at once.
  case believesEmptyLists
  /// What no record knows is never looked for.
  case forgetsOrphans

  /// Whether it is switched on.
  @inlinable
  public var isOn: Bool {
    #if SEEDED_BUGS
      Self.isOn(self)
    #else
      false
    #endif
  }

  /// Whether the one that is switched on lies in the plan checker as well, which would hold its plans back.
  public static var isInPlanChecker: Bool {
    #if SEEDED_BUGS
      passPlanChecker.contains { $0.isOn }
    #else
      false
    #endif
  }
}

#if SEEDED_BUGS
  extension SeededBug {
    /// Those of which the plan checker has the same wrong idea.
    private static let passPlanChecker: [SeededBug] = [
      .forgetsReservations, .ignoresHourlyBudgets, .ignoresBurstEvent, .ignoresMinimum,
      .actsOnStaleReadings, .shrinksWithoutReadings, .ignoresBreaker, .namesByCount,
    ]

    private static let number = Atomic<Int>(-1)

    /// Switches one on in the whole process, or all off. Not while a run is in progress.
    public static func activate(_ bug: SeededBug?) {
      number.store(bug.map { Int($0.rawValue) } ?? -1, ordering: .sequentiallyConsistent)
    }

    @usableFromInline static func isOn(_ bug: SeededBug) -> Bool {
      number.load(ordering: .relaxed) == Int(bug.rawValue)
    }
  }
#endif
