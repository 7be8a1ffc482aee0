public import Model

extension Scenario {
  /// The hosts, the templates, the machines of other people and the daemons of the day, and no load at all: what
  /// happens is what its users do.
  public static func quiet(
    start: Instant, seed: UInt64 = 1, clusterName: String = "prod-k8s", timings: WorldTimings = WorldTimings()
  ) -> Scenario {
    var world = World(seed: seed, start: start, clusterName: clusterName, timings: timings)
    addHosts(to: &world)
    addDaemons(to: &world, start: start)
    return Scenario(
      name: "quiet", start: start, end: start.advanced(by: .hours(24)),
      chapters: [Chapter(at: start, title: "Nothing happens by itself.")], world: world)
  }
}
