import Model

/// Who decides in a replay. A value that keeps what it must remember; it sees the cluster as it is now and nothing of
/// what is to come, but for a fixed fleet, whose size is all that it knows.
///
/// Owned by one replay. `look` is called at the instants that it asked for, in the order of time, and must be a function
/// of the value and of what it is shown.
protocol Strategy: Sendable {
  var kind: BacktestResult.Kind { get }

  /// When it would look at something that has changed now; `nil`: it does not care.
  func notices(_ change: ReplayChange, at now: Instant) -> Instant?

  /// What is to be done now, and when to look again though nothing changes.
  mutating func look(_ cluster: ReplayedCluster) -> Look
}

/// What may have changed.
enum ReplayChange: Sendable {
  /// Pods came, and did not all find a place at once.
  case podsWait
  /// Anything else: pods went, workers became ready or are gone.
  case other
}

/// What comes of a look.
struct Look: Sendable {
  var plan = Plan()
  /// Later than now; `nil`: when something changes.
  var next: Instant?
  /// Why the plan is not to be carried out.
  var refusals: [Reason] = []
}

extension Instant {
  /// The first instant not before this one that lies whole steps after a start.
  func roundedUp(from start: Instant, step: Duration) -> Instant {
    let (step, past) = (max(1, step.milliseconds), milliseconds - start.milliseconds)
    guard past > 0 else { return start }
    return Instant(milliseconds: start.milliseconds + (past + step - 1) / step * step)
  }
}

extension ReplayedCluster {
  /// A worker of a kind, to be asked for. `plan`: what is asked for already.
  func creation(_ kind: Int, in plan: Plan, _ reason: Reason) -> Creation {
    let offer = table.kinds[kind]
    let taken = Set(plan.creations.map(\.worker))
    return Creation(
      worker: freeName(in: offer.pool.name, except: taken), pool: offer.pool.name, template: offer.template.name,
      price: offer.price, commitment: .zero, reason: reason)
  }

  /// How many more workers a pool may have.
  func slots(in pool: Pool) -> Int { max(0, pool.maximum - staying(in: pool.name)) }
}
