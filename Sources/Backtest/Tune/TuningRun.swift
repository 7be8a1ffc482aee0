import Model

/// A search in progress.
struct TuningRun {
  let history: History
  let policy: Policy
  let knobs: [Knob]
  let limits: Tuning.Limits
  private let proceed: Backtest.Proceed
  private let evaluate: Tuning.Evaluate
  private var known: [Policy: Judgement] = [:]
  private var evaluations = 0
  private var isInterrupted = false

  /// How many values to either side are tried at once.
  static let reach = 2

  init(
    history: History, policy: Policy, knobs: [Knob], limits: Tuning.Limits, proceed: @escaping Backtest.Proceed,
    evaluate: @escaping Tuning.Evaluate
  ) {
    self.history = history
    self.policy = policy
    self.knobs = knobs
    self.limits = limits
    self.proceed = proceed
    self.evaluate = evaluate
  }

  mutating func search() -> TuningResult {
    let most = Double(1 + limits.rounds * knobs.count * 2 * Self.reach)
    var steps = 0.0
    let base = judge(policy, from: 0, of: most)
    var (best, figures) = (policy, base)
    rounds: for _ in 0..<limits.rounds {
      let before = best
      for knob in knobs {
        let candidates = neighbours(knob, best)
        var (chosen, chosenFigures) = (best, figures)
        for candidate in candidates {
          steps += 1
          let figures = judge(candidate, from: steps, of: most)
          guard !isInterrupted else { break rounds }
          guard figures.isAllowed(by: limits, base), isBetter(figures, than: chosenFigures) else { continue }
          (chosen, chosenFigures) = (candidate, figures)
        }
        (best, figures) = (chosen, chosenFigures)
      }
      if best == before { break }
    }
    return result(best, base, figures, from: steps, of: most)
  }

  private func isBetter(_ one: Judgement, than other: Judgement) -> Bool {
    (other.cost - one.cost).units > limits.leastSaving * other.cost.units
  }

  /// Sensible policies with a knob's next values to either side.
  private func neighbours(_ knob: Knob, _ policy: Policy) -> [Policy] {
    guard let now = knob.kind.value(in: policy) else { return [] }
    let below = knob.values.filter { $0 < now }.suffix(Self.reach)
    let above = knob.values.filter { $0 > now }.prefix(Self.reach)
    return (below + above).compactMap { value in
      var changed = policy
      knob.kind.set(value, in: &changed)
      return changed.isSensible && changed != policy ? changed : nil
    }
  }

  private mutating func judge(_ policy: Policy, from steps: Double, of most: Double) -> Judgement {
    if let judgement = known[policy] { return judgement }
    let proceed = self.proceed
    let replayed = evaluate(history, policy) { proceed(min(1, (steps + $0) / most)) }
    evaluations += 1
    let judgement = Judgement(replayed)
    if replayed.isComplete { known[policy] = judgement } else { isInterrupted = true }
    return judgement
  }

  private mutating func result(
    _ best: Policy, _ base: Judgement, _ figures: Judgement, from steps: Double, of most: Double
  ) -> TuningResult {
    var proposals: [TuningResult.Proposal] = []
    let wasInterrupted = isInterrupted
    for knob in knobs {
      guard let from = knob.kind.value(in: policy), let to = knob.kind.value(in: best), from != to else { continue }
      var without = best
      knob.kind.set(from, in: &without)
      var saving = Money.zero
      if !wasInterrupted {
        let judgement = judge(without, from: steps, of: most)
        if known[without] != nil { saving = judgement.cost - figures.cost }
      }
      proposals.append(
        TuningResult.Proposal(
          knob: knob, from: from, to: to, saving: saving,
          sentence: "Set the \(knob.title) to \(knob.text(to)); it is \(knob.text(from)) now."))
    }
    return TuningResult(
      proposals: proposals, policy: best, searched: TuningResult.Pair(before: base, after: figures), heldOut: nil,
      holds: false, split: history.end, evaluations: evaluations, isComplete: !isInterrupted)
  }
}
