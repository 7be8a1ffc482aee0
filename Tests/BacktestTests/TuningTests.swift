import Model
import Testing

@testable import Backtest

@Suite struct TuningTests {
  /// Pods that come every half hour for five minutes: a long idle time costs much and saves nobody's waiting but the first's.
  private func history(_ hours: Int = 20) -> History {
    Histories.history(
      (0..<(hours * 2 - 2)).map { Histories.pod("p\($0)", from: 100 + $0 * 1800, to: 400 + $0 * 1800) }, hours: hours)
  }

  private func policy(idle: Duration) -> Policy {
    var policy = Histories.policy()
    policy.pools[0].idleTimeout = idle
    return policy
  }

  @Test func findsACheaperIdleTimeThatHolds() {
    let policy = policy(idle: .minutes(15))
    let result = Tuning.search(
      history(), policy: policy, knobs: [Knob(.idleTimeout("burst"), values: [60, 300, 900, 1200])])
    #expect(result.isComplete && result.holds)
    #expect(result.proposals.map(\.to) == [60] && result.proposals.map(\.from) == [900])
    #expect(result.searched.saving > 0.2 && (result.heldOut?.saving ?? 0) > 0.2)
    #expect(result.proposals[0].saving == result.searched.before.cost - result.searched.after.cost)
    #expect(result.policy.pools[0].idleTimeout == .seconds(60))
    #expect(result.proposals[0].sentence == "Set the idle time of pool burst to 1m; it is 15m now.")
    // 70 % of 20 hours.
    #expect(result.split == Histories.start.advanced(by: .hours(14)))
  }

  /// With an idle time of an hour only the first pod waits; any shorter one would let all wait.
  @Test func doesNotLetPodsWaitMuchLonger() {
    let policy = policy(idle: .minutes(60))
    let knobs = [Knob(.idleTimeout("burst"), values: [60, 300, 3600])]
    let strict = Tuning.search(history(), policy: policy, knobs: knobs)
    #expect(strict.proposals.isEmpty && strict.holds && strict.policy == policy)
    var limits = Tuning.Limits()
    limits.slack = .minutes(10)
    limits.neverRanShare = 1
    let lax = Tuning.search(history(), policy: policy, knobs: knobs, limits: limits)
    #expect(lax.proposals.map(\.to) == [60])
  }

  @Test func searchIsDeterministicAndAsksNothingTwice() {
    var asked: [Policy] = []
    let knobs = Knob.all(of: policy(idle: .minutes(15))).filter {
      [.idleTimeout("burst"), .shrinkCooldown("burst"), .triggerHold("burst/pending_pods")].contains($0.kind)
    }
    func search(_ note: @escaping (Policy) -> Void) -> TuningResult {
      Tuning.search(
        history(8), policy: policy(idle: .minutes(15)), knobs: knobs,
        evaluate: { history, policy, proceed in
          note(policy)
          return Backtest.replay(history, under: Contestant(.poolkeeper, policy: policy), proceed: proceed)
        })
    }
    let first = search { asked.append($0) }
    let second = search { _ in }
    #expect(first == second)
    // Twice on the part that was held out.
    #expect(asked.count == first.evaluations + 2)
    #expect(Set(asked).count >= asked.count - 2)
  }

  @Test func interruptedSearchSaysWhatItHasFound() {
    var calls = 0
    let result = Tuning.search(
      history(), policy: policy(idle: .minutes(15)),
      knobs: [Knob(.idleTimeout("burst"), values: [60, 300, 900]), Knob(.shrinkCooldown("burst"), values: [0, 60])],
      evaluate: { history, policy, proceed in
        calls += 1
        var result = Backtest.replay(history, under: Contestant(.poolkeeper, policy: policy), proceed: proceed)
        if calls == 4 { result.isComplete = false }
        return result
      })
    #expect(!result.isComplete)
    #expect(result.proposals.map(\.to) == [60] && result.heldOut != nil)
  }

  @Test func judgementTellsHowFarItIsAndCanBeInterrupted() {
    func search(_ goesOn: @escaping (Double) -> Bool) -> TuningResult {
      Tuning.search(
        history(), policy: policy(idle: .minutes(15)), knobs: [Knob(.idleTimeout("burst"), values: [60, 900])],
        proceed: goesOn,
        evaluate: { history, policy, proceed in
          var result = Backtest.replay(history, under: Contestant(.poolkeeper, policy: policy))
          result.isComplete = proceed(0.5) && proceed(1)
          return result
        })
    }
    var shares: [Double] = []
    let whole = search {
      shares.append($0)
      return true
    }
    #expect(whole.isComplete && whole.heldOut != nil)
    #expect(shares == shares.sorted())
    // Half, all, of the policy as it is; then of the proposed one.
    #expect(shares.suffix(4).map { ($0 * 10_000).rounded() } == [9625, 9750, 9875, 10_000])
    let cut = search { $0 < 0.98 }
    #expect(!cut.isComplete && cut.heldOut == nil && !cut.holds)
    #expect(cut.proposals == whole.proposals)
  }

  @Test func whereNothingIsProposedNothingIsJudged() {
    var replays = 0
    let result = Tuning.search(
      history(), policy: policy(idle: .minutes(60)), knobs: [Knob(.idleTimeout("burst"), values: [60, 3600])],
      evaluate: { history, policy, proceed in
        replays += 1
        return Backtest.replay(history, under: Contestant(.poolkeeper, policy: policy), proceed: proceed)
      })
    #expect(result.proposals.isEmpty && result.holds && result.heldOut == nil)
    #expect(replays == result.evaluations)
  }

  @Test func everyKnobReadsWhatItSets() {
    var policy = Histories.policy()
    policy.pools[0].timeToLive = TimeToLivePolicy(standard: .hours(4), maximum: .hours(12))
    policy.pools[0].utilisation = UtilisationPolicy(
      cpuTargetPercent: 70, memoryTargetPercent: 75, growAtPercent: 80, shrinkAtPercent: 50)
    let knobs = Knob.all(of: policy)
    #expect(knobs.count >= 14)
    for knob in knobs {
      #expect(knob.values == knob.values.sorted() && knob.values.contains(knob.kind.value(in: policy)!))
      for value in knob.values {
        var changed = policy
        knob.kind.set(value, in: &changed)
        #expect(knob.kind.value(in: changed) == value)
        #expect(!knob.title.isEmpty && !knob.text(value).isEmpty)
      }
    }
    var strange = policy
    Knob.Kind.shrinkAt("burst").set(90, in: &strange)
    #expect(policy.isSensible && !strange.isSensible)
  }
}
