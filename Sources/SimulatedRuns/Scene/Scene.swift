public import Model
public import Simulator

/// Everything that one seed has drawn: the world and its load, the policy, and what is done to both.
///
/// A value: the same seed, profile and length give the same scene, and a scene with its run's code gives the same run.
public struct Scene: Sendable {
  /// What it was drawn from.
  public var seed: UInt64
  /// How wild it may be.
  public var profile: RunProfile
  /// The world at its start, with its workloads, budgets and scheduled faults.
  public var world: World
  /// What the program is configured with at first.
  public var policy: Policy
  /// What happens beside the world's own events, in the order of time.
  public var disturbances: [Disturbance]
  /// How often single calls go wrong while faults are allowed.
  public var habits: CallHabits
  /// When faults begin and end.
  public var phases: RunPhases
  /// From one tick to the next while nothing is under way and nothing waits; busy times follow the policy's pace.
  public var quietTick: Duration

  /// A scene of these parts, without disturbances.
  public init(seed: UInt64, profile: RunProfile, world: World, policy: Policy, phases: RunPhases) {
    self.seed = seed
    self.profile = profile
    self.world = world
    self.policy = policy
    self.phases = phases
    disturbances = []
    habits = CallHabits()
    quietTick = .minutes(5)
  }
}

/// How wild a run may be.
public enum RunProfile: String, Sendable, Hashable, Codable, CaseIterable {
  /// No faults at all: load, budgets and time only.
  case calm
  /// Each run turns most kinds of faults off and some on.
  case swarm
  /// Every kind of fault, often.
  case wild
}

/// When a run does what.
public struct RunPhases: Hashable, Sendable, Codable {
  /// A part of a run.
  public enum Phase: String, Hashable, Sendable, Codable, CaseIterable {
    /// No faults yet: the minimum comes up.
    case warmUp
    /// Faults: only what must never happen is judged.
    case safety
    /// Faults have ended; what they left is put right.
    case healing
    /// Everything must have been put right: what must come true is judged.
    case liveness
  }

  public var start: Instant
  /// The first fault may come.
  public var faultsFrom: Instant
  /// All faults have ended.
  public var faultsUntil: Instant
  /// What the faults left must have been put right.
  public var healedBy: Instant
  public var end: Instant

  public init(start: Instant, faultsFrom: Instant, faultsUntil: Instant, healedBy: Instant, end: Instant) {
    self.start = start
    self.faultsFrom = faultsFrom
    self.faultsUntil = faultsUntil
    self.healedBy = healedBy
    self.end = end
  }

  /// The part that an instant of the world falls into.
  public func phase(at now: Instant) -> Phase {
    if now < faultsFrom { return .warmUp }
    if now < faultsUntil { return .safety }
    return now < healedBy ? .healing : .liveness
  }
}
