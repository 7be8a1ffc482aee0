public import Model

/// What a replay takes for granted of the world: how long things take, what hosts there are, how pods are spread.
public struct ReplaySetting: Sendable, Codable, Equatable {
  /// From a worker's intent to the end of its clone; from then on it is paid for.
  public var cloneTime: Duration = .seconds(45)
  /// From the end of the clone, or from a standby clone's activation, until its node is ready: boot, configuration, join.
  public var startTime: Duration = .seconds(105)
  /// From the last pod's leaving to the machine's deletion; until then it is paid for.
  public var removalTime: Duration = .seconds(60)
  /// Each of these times is drawn anew for each worker, up to this much shorter or longer.
  public var spreadPercent = 20.0
  /// Of these draws. The same seed gives the n-th worker of every policy the same times.
  public var seed: UInt64 = 1
  /// Hosts and what is free of them before the first worker. By default one without end.
  public var hosts: [HostObservation]
  /// The share of their memory requests that pods use, 0 ... 1, for readings of memory pressure.
  public var memoryUse = 0.8
  /// `false`: pods go where most is left, as the Kubernetes scheduler does by default; `true`: where least is left.
  public var packsPods = false
  /// Poolkeeper decides at least this often while nothing waits and no trigger's condition is true.
  public var quietPause: Duration = .hours(1)
  /// And at least this often while something does.
  public var busyPause: Duration = .seconds(60)
  /// Windows of schedules in the order of time; a schedule without any is not looked at.
  public var windows: [ScheduleName: [ScheduleWindow]] = [:]

  public init() {
    hosts = [
      HostObservation(
        name: "host", online: true, cpuCores: 1 << 30, memoryBytes: 1 << 60, freeStorageBytes: 1 << 60)
    ]
    hosts[0].freeGPUs = 1 << 30
  }

  /// A time of a worker: `usual`, shortened or lengthened by chance.
  func drawn(_ usual: Duration, worker number: Int, step: UInt64) -> Duration {
    guard spreadPercent > 0 else { return usual }
    var random = SplitMixNumbers(seed: seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ step &* 0xD1B5_4A32_D192_ED03)
    let factor = 1 + (random.fraction() * 2 - 1) * min(spreadPercent, 99) / 100
    return .milliseconds(Int64((Double(usual.milliseconds) * factor).rounded()))
  }
}

/// Numbers from a seed: SplitMix64.
struct SplitMixNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// 0 ..< 1.
  mutating func fraction() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}
