public import Model

/// The least of a failing run that still fails: how far it must go, and which of its disturbances matter.
public struct Reproduction: Sendable {
  /// What is found at its end.
  public var violation: Violation
  /// The shortest prefix; `nil`: it shows only at the end of the whole run.
  public var until: Instant?
  /// Numbers of the disturbances without which nothing is found, in order.
  public var disturbances: [Int]
  /// Whether single calls must go wrong.
  public var needsHabits: Bool
  /// Runs that it took to find out.
  public var runs: Int

  /// Runs that are made to find the least, unless told otherwise.
  public static let maximumRuns = 60

  /// Looks for the least of a run that broke a promise.
  /// - Parameter goesOn: asked before each run; `false` ends the search with what it has.
  public static func least(
    of scene: Scene, breaking violation: Violation, checkers: [any Checker.Type] = Checkers.all,
    maximumRuns: Int = Reproduction.maximumRuns, goesOn: () -> Bool = { true }
  ) -> Reproduction {
    var search = Search(scene: scene, checkers: checkers, left: maximumRuns, violation: violation)
    let isLate = violation.at >= scene.phases.end
    var limits = RunLimits()
    limits.stopsAtViolation = true
    // A promise that is judged at the end needs the end.
    limits.until = isLate ? nil : violation.at.advanced(by: .milliseconds(1))
    let candidates = scene.disturbances.indices.filter { scene.disturbances[$0].at <= violation.at }
    limits.only = Set(candidates)
    var without = limits
    without.hasHabits = false
    if goesOn(), search.fails(without) { limits = without }
    search.narrow(&limits, candidates, goesOn)
    return Reproduction(
      violation: search.violation, until: limits.until, disturbances: (limits.only ?? []).sorted(),
      needsHabits: limits.hasHabits, runs: maximumRuns - search.left)
  }

  private struct Search {
    let scene: Scene
    let checkers: [any Checker.Type]
    var left: Int
    var violation: Violation

    /// Whether the same promise is broken within these limits.
    mutating func fails(_ limits: RunLimits) -> Bool {
      guard left > 0 else { return false }
      left -= 1
      let found = SimulatedRun(scene, checkers: checkers, limits: limits).run().violations
      guard let same = found.first(where: { $0.checker == violation.checker }) else { return false }
      violation = same
      return true
    }

    /// Takes away ever smaller parts of the disturbances for as long as the run still fails without them.
    mutating func narrow(_ limits: inout RunLimits, _ candidates: [Int], _ goesOn: () -> Bool) {
      var kept = candidates
      var size = max(1, kept.count / 2)
      while !kept.isEmpty, left > 0, goesOn() {
        var start = 0
        var changed = false
        while start < kept.count, left > 0 {
          var fewer = kept
          fewer.removeSubrange(start..<min(start + size, kept.count))
          var tried = limits
          tried.only = Set(fewer)
          if fails(tried) {
            kept = fewer
            limits = tried
            changed = true
          } else {
            start += size
          }
        }
        if size == 1, !changed { break }
        size = max(1, size / 2)
      }
      if let until = limits.until, violation.at < until { limits.until = violation.at.advanced(by: .milliseconds(1)) }
    }
  }
}
