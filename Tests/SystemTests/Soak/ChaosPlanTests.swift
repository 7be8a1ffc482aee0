import SimulatedWire
import Testing

@testable import poolkeeper

@Suite struct ChaosPlanTests {
  private static let seeds = 1...60 as ClosedRange<UInt64>

  @Test func aSeedAlwaysDrawsTheSameAndAnotherSomethingElse() {
    let first = ChaosPlan(seed: 3, length: .seconds(600))
    #expect(first == ChaosPlan(seed: 3, length: .seconds(600)))
    #expect(first != ChaosPlan(seed: 4, length: .seconds(600)))
  }

  @Test(arguments: [30, 120, 600, 3_600]) func eventsStayWithinTheirTimes(seconds: Int) {
    for seed in Self.seeds {
      let length = Duration.seconds(seconds)
      let plan = ChaosPlan(seed: seed, length: length)
      #expect(!plan.events.isEmpty)
      #expect(plan.events.map(\.at) == plan.events.map(\.at).sorted())
      for event in plan.events {
        #expect(event.until >= event.at && event.until <= length * ChaosPlan.quietFrom, "\(event)")
        #expect(!event.kind.endsServer || event.at < plan.steadyAt, "the server lives in the second part: \(event)")
      }
    }
  }

  @Test func tenMinutesHaveEveryKindInBothParts() {
    for seed in Self.seeds {
      let plan = ChaosPlan(seed: seed, length: .seconds(600))
      let violent = Set(plan.events.filter { $0.at < plan.steadyAt }.map(\.kind))
      let steady = Set(plan.events.filter { $0.at >= plan.steadyAt }.map(\.kind))
      #expect(violent == Set(ChaosEvent.Kind.allCases), "seed \(seed)")
      #expect(steady == Set(ChaosEvent.Kind.allCases.filter { !$0.endsServer }), "seed \(seed)")
    }
  }

  @Test func faultsThatAreLiftedTogetherAreNeverTogether() {
    for seed in Self.seeds {
      let plan = ChaosPlan(seed: seed, length: .seconds(600))
      for (first, second) in zip(
        plan.events.filter(\.kind.usesFaults), plan.events.filter(\.kind.usesFaults).dropFirst())
      {
        #expect(second.at >= first.until, "\(first), \(second)")
      }
      for kind in ChaosEvent.Kind.allCases {
        let own = plan.events.filter { $0.kind == kind }
        for (first, second) in zip(own, own.dropFirst()) { #expect(second.at >= first.until, "\(first), \(second)") }
      }
    }
  }

  @Test func stepsBeginAndEndInOrder() {
    for seed in Self.seeds {
      let plan = ChaosPlan(seed: seed, length: .seconds(300))
      let steps = plan.steps
      #expect(steps.map(\.at) == steps.map(\.at).sorted())
      #expect(steps.count { !$0.isEnd } == plan.events.count)
      #expect(steps.count { $0.isEnd } == plan.events.count { $0.until > $0.at })
      for (index, step) in steps.enumerated() where step.isEnd {
        #expect(steps[..<index].contains { $0.event == step.event && !$0.isEnd })
      }
    }
  }

  @Test func theWorldUnderstandsEveryFault() throws {
    let plans = Self.seeds.map { ChaosPlan(seed: $0, length: .seconds(1_800)) }
    let faults = plans.flatMap(\.events).filter { !$0.detail.isEmpty }.map(\.detail)
    #expect(Set(faults).count > 40)
    for fault in Set(faults).sorted() {
      _ = try FaultOrder(fault.replacing("{pid}", with: "4711").replacing("{node}", with: "burst-1"))
    }
  }
}
