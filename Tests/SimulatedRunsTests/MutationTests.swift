#if SEEDED_BUGS
  import Model
  import Testing

  @testable import SimulatedRuns

  /// Each fault that is built in on purpose is found by the simulation, and no checker is one that nothing triggers.
  ///
  /// A fault is switched on in the whole process: no other suite may run beside this one, which therefore has a group of its
  /// own in the Makefile.
  @Suite(.serialized) struct MutationTests {
    /// A fault, and which checker is to find it first.
    struct Case: Sendable, CustomTestStringConvertible {
      var bug: SeededBug
      var finder: String
      /// A run that shows it, which is tried first.
      var seed: UInt64
      var profile: RunProfile

      init(_ bug: SeededBug, _ finder: String, seed: UInt64, _ profile: RunProfile = .wild) {
        self.bug = bug
        self.finder = finder
        self.seed = seed
        self.profile = profile
      }

      var testDescription: String { "\(bug)" }
    }

    /// A fault must be found within so many.
    private static let seeds: UInt64 = 200

    static let cases: [Case] = [
      Case(.skipsIdentityCheck, "foreign_machines", seed: 1),
      Case(.ignoresMissingMarks, "foreign_machines", seed: 9),
      Case(.adoptsFromOtherClusters, "foreign_machines", seed: 3),
      Case(.takesRefusalsForDone, "disruption_budget", seed: 5),
      Case(.takesUnknownPodsForNone, "disruption_budget", seed: 1),
      Case(.forcesEveryDrain, "disruption_budget", seed: 1),
      Case(.skipsDrain, "disruption_budget", seed: 1),
      Case(.leavesNodesCordoned, "journal_agreement", seed: 1),
      Case(.forgetsReservations, "budget_overshoot", seed: 5),
      Case(.ignoresHourlyBudgets, "budget_overshoot", seed: 2),
      Case(.ignoresBurstEvent, "budget_overshoot", seed: 1, .swarm),
      Case(.stopsBillingAtDrain, "ledger", seed: 1),
      Case(.billsTwice, "ledger", seed: 3),
      Case(.startsMonthLate, "ledger", seed: 1),
      Case(.forgetsFinishedWorkers, "ledger", seed: 3),
      Case(.actsWhileObserving, "observation", seed: 1),
      Case(.actsBeforeWriting, "repair_order", seed: 1),
      Case(.believesFailedWrites, "orphans", seed: 4),
      Case(.forgetsDoubtfulWrites, "repair_order", seed: 4),
      Case(.finishesWithoutLooking, "journal_agreement", seed: 1),
      Case(.reusesWorkerIDs, "created_twice", seed: 1),
      Case(.forgetsServedOrders, "created_twice", seed: 1),
      Case(.ignoresWorkersUnderWay, "created_twice", seed: 4),
      Case(.namesByCount, "created_twice", seed: 7),
      Case(.keepsSlots, "capacity", seed: 1),
      Case(.ignoresLonePods, "capacity", seed: 5),
      Case(.ignoresMinimum, "minimum", seed: 5),
      Case(.countsSubstitutesTwice, "minimum", seed: 14),
      Case(.actsOnStaleReadings, "missing_data", seed: 3),
      Case(.shrinksWithoutReadings, "missing_data", seed: 3),
      Case(.keepsIdleWorkers, "idleness", seed: 1, .calm),
      Case(.keepsExpiredWorkers, "expiry", seed: 3),
      Case(.ignoresLatestEnd, "expiry", seed: 1),
      Case(.skipsRepairLevel, "repair_order", seed: 1),
      Case(.repeatsRepairLevel, "repair_order", seed: 1),
      Case(.leavesSickWorkers, "sickness", seed: 1),
      Case(.ignoresBreaker, "repair_order", seed: 4),
      Case(.keepsLostWorkers, "orphans", seed: 2),
      Case(.believesEmptyLists, "missing_data", seed: 594, .swarm),
      Case(.forgetsOrphans, "orphans", seed: 1),
    ]

    @Test(arguments: cases) func isFound(_ entry: Case) {
      SeededBug.activate(entry.bug)
      defer { SeededBug.activate(nil) }
      var others: [String] = []
      for seed in [entry.seed] + (1...Self.seeds) {
        var limits = RunLimits()
        limits.stopsAtViolation = true
        let scene = Scene.draw(seed: seed, days: 1, profile: entry.profile)
        let found = SimulatedRun(scene, limits: limits).run().violations
        if found.contains(where: { $0.checker == entry.finder }) { return }
        others += found.map { "seed \(seed): \($0.checker): \($0.sentence)" }
      }
      Issue.record("\(entry.bug) was not found by \(entry.finder) in \(Self.seeds) seeds, but: \(others)")
    }

    @Test func everyFaultIsInTheTableOnce() {
      #expect(Self.cases.map(\.bug.rawValue).sorted() == SeededBug.allCases.map(\.rawValue))
    }

    @Test func everyCheckerFindsAFaultFirst() {
      #expect(Set(Self.cases.map(\.finder)) == Set(Checkers.all.map { $0.name }))
    }
  }
#endif
