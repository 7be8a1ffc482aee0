import Model
import Simulator

extension Scene {
  /// Draws a scene from a seed.
  ///
  /// Each topic draws from a generator of its own, all of which come from the seed. What the profile decides about is
  /// the disturbances, the kinds of budgets, and whether budgets may be too tight for the minimum.
  /// - Parameter days: the length of the run; one day at least.
  public static func draw(seed: UInt64, days: Int, profile: RunProfile) -> Scene {
    var dice = SplitMix64(seed: seed)
    var draft = SceneDraft(seed: seed, days: days, profile: profile, &dice)
    var (site, policy, work) = (dice.branch(), dice.branch(), dice.branch())
    var (money, faults, people) = (dice.branch(), dice.branch(), dice.branch())
    draft.drawSite(&site)
    draft.drawTemplates(&policy)
    draft.drawPools(&policy)
    draft.drawHandling(&policy)
    draft.drawMoney(&money)
    draft.drawTriggers(&policy)
    draft.drawWorkloads(&work)
    if profile != .calm {
      draft.drawFaults(&faults)
      draft.drawPeople(&people)
      draft.drawUpgrades(&people)
      draft.drawEdits(&people)
      draft.drawApprovals(&people)
      draft.drawReplicas(&people)
      draft.endFaults()
    }
    return draft.scene(&dice)
  }
}

/// A scene while it is drawn.
struct SceneDraft {
  let seed: UInt64
  let profile: RunProfile
  let phases: RunPhases
  /// One scene in a hundred has some sixty workers.
  let isBig: Bool
  var world: World
  var policy: Policy
  var disturbances: [Disturbance] = []
  var habits = CallHabits()

  init(seed: UInt64, days: Int, profile: RunProfile, _ dice: inout SplitMix64) {
    self.seed = seed
    self.profile = profile
    var time = dice.branch()
    phases = SceneDraft.phases(days: max(1, days), &time)
    isBig = time.chance(0.01)
    let name = time.pick(["prod-k8s", "edge", "lab-7"])
    world = World(seed: time.next(), start: phases.start, clusterName: name, timings: SceneDraft.timings(&time))
    world.metersUse = false
    policy = Policy(clusterName: name, pools: [], templates: [])
  }

  /// A run of some days: two hours without faults, faults until twelve hours before the end, six hours in which
  /// everything is put right, six hours in which it must be.
  private static func phases(days: Int, _ time: inout SplitMix64) -> RunPhases {
    let start = start(days: days, &time)
    let end = start.advanced(by: .hours(24 * days))
    return RunPhases(
      start: start, faultsFrom: start.advanced(by: .hours(2)), faultsUntil: end.advanced(by: .hours(-12)),
      healedBy: end.advanced(by: .hours(-6)), end: end)
  }

  /// Instants at which clocks are set to summer time or back, in Europe and in America.
  private static let clockChanges = [
    "2026-03-08T07:00:00Z", "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-11-01T06:00:00Z",
  ]

  /// Any season; often a month ends during the run, at times clocks are changed.
  private static func start(days: Int, _ time: inout SplitMix64) -> Instant {
    let minute = time.minutes(0...59)
    let kind = time.fraction()
    let year = time.integer(in: 2025...2028)
    let month = time.integer(in: 1...12)
    let ahead = Duration.hours(-time.integer(in: 2...(24 * days - 2)))
    if kind < 0.4 {
      let day = CivilTime.days(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1)
      return Instant(seconds: Int64(day) * 86_400).advanced(by: ahead + minute)
    }
    if kind < 0.5, let change = Instant(rfc3339: time.pick(clockChanges)) {
      return change.advanced(by: ahead + minute)
    }
    let day = CivilTime.days(year: year, month: month, day: time.integer(in: 1...28))
    return Instant(seconds: Int64(day) * 86_400).advanced(by: .hours(time.integer(in: 0...23)) + minute)
  }

  /// How long things take: as usual, or on a site that is slow.
  private static func timings(_ time: inout SplitMix64) -> WorldTimings {
    var timings = WorldTimings()
    timings.replicaReview = time.minutes(10...20)
    timings.finishedPodsKept = time.minutes(1...10)
    if time.chance(0.15) {
      timings.clone = .seconds(50, to: 80)
      timings.boot = .seconds(60, to: 110)
      timings.join = .seconds(80, to: 115)
      timings.shutdown = .seconds(20, to: 200)
    }
    return timings
  }

  /// What is left to be decided when everything else is drawn.
  func scene(_ dice: inout SplitMix64) -> Scene {
    var scene = Scene(seed: seed, profile: profile, world: world, policy: policy, phases: phases)
    let order = disturbances.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
    scene.disturbances = order.map(\.element)
    scene.habits = habits
    scene.quietTick = dice.minutes(6...14)
    return scene
  }

  mutating func disturb(_ at: Instant, _ kind: Disturbance.Kind) {
    disturbances.append(Disturbance(at: at, kind))
  }
}
