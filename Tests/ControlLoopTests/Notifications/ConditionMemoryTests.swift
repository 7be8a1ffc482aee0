import Model
import Ports
import Testing

@testable import ControlLoop

/// What is told, and when, of conditions that come and go.
@Suite struct ConditionMemoryTests {
  private static let now = Setting.start

  private static func condition(
    _ key: String, holds: Bool = true, overshadowed: Bool = false, month: String? = nil,
    code: String = "budget_threshold"
  ) -> Condition {
    var condition = Condition(
      key: key,
      message: NotificationMessage(
        .budget, code: code, status: .firing, severity: .warning, title: key, sentence: "\(key)."), holds: holds)
    condition.isOvershadowed = overshadowed
    condition.month = month
    return condition
  }

  private static func step(
    _ told: inout [String: ToldCondition], _ conditions: [Condition], unknown: [String] = [],
    after: Duration = .zero
  ) -> [String] {
    ConditionMemory.step(&told, conditions, unknown: unknown, now: now.advanced(by: after))
      .map { "\($0.title) \($0.status.rawValue)" }
  }

  @Test func isToldOnceAndThenThatItIsOver() {
    var told: [String: ToldCondition] = [:]
    #expect(Self.step(&told, [Self.condition("b"), Self.condition("a")]) == ["a firing", "b firing"])
    #expect(Self.step(&told, [Self.condition("a"), Self.condition("b")]).isEmpty)
    #expect(Self.step(&told, [Self.condition("b")], after: .hours(1)) == ["a resolved"])
    #expect(Self.step(&told, [Self.condition("a")], after: .hours(2)) == ["a firing", "b resolved"])
  }

  @Test func whatLingersIsNeitherToldNorOver() {
    var told: [String: ToldCondition] = [:]
    #expect(Self.step(&told, [Self.condition("a", holds: false)]).isEmpty)
    #expect(told.isEmpty)
    _ = Self.step(&told, [Self.condition("a")])
    #expect(Self.step(&told, [Self.condition("a", holds: false)]).isEmpty)
    #expect(Self.step(&told, [Self.condition("a")]).isEmpty, "it had never been over")
  }

  @Test func whatCannotBeJudgedStands() {
    var told: [String: ToldCondition] = [:]
    _ = Self.step(&told, [Self.condition("budget/a"), Self.condition("drain/a")])
    #expect(Self.step(&told, [], unknown: ["budget/"]) == ["drain/a resolved"])
    #expect(Self.step(&told, [Self.condition("budget/a")]).isEmpty)
  }

  @Test func aGraverOneIsToldInItsPlace() {
    var told: [String: ToldCondition] = [:]
    let conditions = [Self.condition("80", overshadowed: true), Self.condition("100")]
    #expect(Self.step(&told, conditions) == ["100 firing"])
    #expect(Self.step(&told, [Self.condition("80")]) == ["100 resolved"], "the lesser one was told with it")
    #expect(Self.step(&told, []).isEmpty, "of what was not told no end is told")
  }

  @Test func isToldAgainInTheNextMonth() {
    var told: [String: ToldCondition] = [:]
    #expect(Self.step(&told, [Self.condition("a", month: "2026-11")]) == ["a firing"])
    #expect(Self.step(&told, [Self.condition("a", month: "2026-11")]).isEmpty)
    #expect(Self.step(&told, [Self.condition("a", holds: false, month: "2026-12")]).isEmpty)
    #expect(Self.step(&told, [Self.condition("a", month: "2026-12")]) == ["a firing"])
  }

  @Test func someMustBeGoneForAWhileBeforeTheyAreOver() {
    var told: [String: ToldCondition] = [:]
    let full = Self.condition("a", code: "pool_at_capacity")
    _ = Self.step(&told, [full])
    #expect(Self.step(&told, [], after: .minutes(1)).isEmpty)
    #expect(Self.step(&told, [full], after: .minutes(9)).isEmpty, "it is back")
    #expect(Self.step(&told, [], after: .minutes(10)).isEmpty, "counted anew")
    #expect(Self.step(&told, [], after: .minutes(19)).isEmpty)
    #expect(Self.step(&told, [], after: .minutes(20)) == ["a resolved"])
  }

  @Test func theEndSaysWhenItBeganAndEnded() throws {
    var told: [String: ToldCondition] = [:]
    _ = Self.step(&told, [Self.condition("a")])
    let over = ConditionMemory.step(&told, [], unknown: [], now: Self.now.advanced(by: .minutes(5)))
    let message = try #require(over.first)
    #expect(message.at == Self.now)
    #expect(message.endsAt == Self.now.advanced(by: .minutes(5)))
    #expect(message.severity == .warning, "by its labels an alert and its end are one")
    #expect(ConditionMemory.event(message, at: Self.now).code == "budget_threshold_over")
  }
}
