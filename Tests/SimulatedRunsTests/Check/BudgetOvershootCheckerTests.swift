import Model
import Testing

@testable import SimulatedRuns

@Suite struct BudgetOvershootCheckerTests {
  /// A worker of the burst pool commits its life, the grace and the drain's limit: 4 h 15 min at 1.00 an hour.
  private static func stage(_ shape: (inout Policy) -> Void) -> Stage {
    Stage { shape(&$0.policy) }
  }

  private static func worker(_ stage: Stage, _ number: Int, because code: String = "pending_pods") -> WorkerRecord {
    var record = stage.record(number, "burst", .requested, because: code)
    let end = stage.programNow.advanced(by: .hours(4))
    record.timeToLive = TimeToLiveRecord(expiresAt: end, latest: end.advanced(by: .hours(4)))
    return record
  }

  /// Two workers are asked for, one after the other.
  private static func find(in stage: inout Stage, second: (inout WorkerRecord) -> Void = { _ in }) -> [Violation] {
    var checker = BudgetOvershootChecker(stage.scene)
    _ = checker.see(stage.moment())
    stage.write(worker(stage, 1))
    var found = checker.see(stage.moment())
    var record = worker(stage, 2)
    second(&record)
    stage.write(record)
    found += checker.see(stage.moment())
    return found + checker.see(stage.moment())
  }

  @Test func staysSilentWhileEverythingFits() {
    var stage = Self.stage {
      $0.pools[0].monthlyBudget = Money(9)
      $0.pools[0].hourlyBudget = HourlyPrice(perHour: Money(2))
      $0.money.monthlyBudget = Money(9)
      $0.money.hourlyBudget = HourlyPrice(perHour: Money(2))
      $0.money.burstEventMaximum = Money(9)
    }
    #expect(Self.find(in: &stage) == [])
  }

  @Test(arguments: ["pool", "all", "pool/hour", "all/hour", "burst_event"])
  func tellsOfEachCapThatTheSecondWorkerExceeds(scope: String) {
    var stage = Self.stage {
      switch scope {
      case "pool": $0.pools[0].monthlyBudget = Money(8)
      case "all": $0.money.monthlyBudget = Money(8)
      case "pool/hour": $0.pools[0].hourlyBudget = HourlyPrice(perHour: Money(1.5))
      case "all/hour": $0.money.hourlyBudget = HourlyPrice(perHour: Money(1.5))
      default: $0.money.burstEventMaximum = Money(8)
      }
    }
    let found = Self.find(in: &stage)
    #expect(found.count == 1)
    #expect(found.first?.sentence.contains("worker-burst-002 was asked for although") == true)
  }

  /// A worker whose record has just ended and whose machine is there; the pool's month is 9 USD.
  private static func ended(after length: Duration) throws -> (Stage, BudgetOvershootChecker) {
    var stage = Self.stage { $0.pools[0].monthlyBudget = Money(9) }
    var checker = BudgetOvershootChecker(stage.scene)
    var record = try stage.build(stage.record(1))
    stage.write(record)
    _ = stage.watch(&checker, for: length)
    record.state = .terminated
    record.billedUntil = stage.programNow
    stage.write(record)
    return (stage, checker)
  }

  @Test func countsWhatTheWorldHasMetered() throws {
    var (stage, checker) = try Self.ended(after: .hours(5))
    _ = checker.see(stage.moment())
    stage.write(Self.worker(stage, 2))
    let found = checker.see(stage.moment())
    #expect(found.map(\.sentence).first?.contains("spent and 4.24 to come") == true)
  }

  /// A machine that counts as lost costs on: that must be known, unless lists hide it.
  @Test(arguments: [true, false]) func whatListsHideCannotBeCounted(isHidden: Bool) throws {
    var (stage, checker) = try Self.ended(after: .hours(1))
    _ = stage.watch(&checker, for: .hours(4)) {
      if isHidden { $0.disturbances = [.missingRows(.hypervisor, percent: 100, for: .hours(4))] }
    }
    stage.write(Self.worker(stage, 2))
    #expect(checker.see(stage.moment()).isEmpty == isHidden)
  }

  @Test func minimumsWorkersAreMadeWhateverTheyCost() {
    var stage = Self.stage {
      $0.pools[0].minimum = 2
      $0.pools[0].monthlyBudget = Money(1)
    }
    var checker = BudgetOvershootChecker(stage.scene)
    for number in 1...2 { stage.write(stage.record(number, "burst", .requested, because: "below_minimum")) }
    #expect(checker.see(stage.moment()) == [])
    stage.write(Self.worker(stage, 3))
    #expect(checker.see(stage.moment()).count == 1)
  }

  @Test func theBetterOfTwoPoliciesCountsWhereOneIsLoaded() {
    var stage = Self.stage { $0.pools[0].monthlyBudget = Money(9) }
    var checker = BudgetOvershootChecker(stage.scene)
    stage.write(Self.worker(stage, 1))
    _ = checker.see(stage.moment())
    stage.write(Self.worker(stage, 2))
    stage.policy.pools[0].monthlyBudget = Money(5)
    #expect(checker.see(stage.moment()) == [])
  }

  @Test func anExtensionMustFitAsWell() {
    var stage = Self.stage { $0.pools[0].monthlyBudget = Money(5) }
    var checker = BudgetOvershootChecker(stage.scene)
    stage.write(Self.worker(stage, 1))
    #expect(checker.see(stage.moment()) == [])
    stage.move("burst-1", expiry: .hours(4))
    #expect(checker.see(stage.moment()).count == 1)
  }

  @Test func aMonthIsNotJudgedByAClockOfAnother() {
    var stage = Self.stage { $0.pools[0].monthlyBudget = Money(5) }
    stage.offset = .hours(24 * 30)
    #expect(Self.find(in: &stage) == [])
  }
}
