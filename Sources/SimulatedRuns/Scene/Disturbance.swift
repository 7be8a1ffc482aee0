public import Model
public import Ports
public import Simulator

/// Something that is done to a run at an instant of the world.
public struct Disturbance: Hashable, Sendable {
  /// A system that the program talks to.
  public enum System: String, Sendable, Hashable, Codable, CaseIterable {
    case hypervisor, nodeOS, cluster, metrics
  }

  /// What metrics say while they are wrong.
  public enum WrongMetrics: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing.
    case silent
    /// Not a number.
    case notANumber
    /// What they said when it began, with that time stamp.
    case stale
    /// Zero, as if there were no load at all.
    case zero
    /// Queries fail.
    case failing
  }

  /// What is done.
  public enum Kind: Hashable, Sendable {
    /// The process dies at the n-th boundary after this (1 is the first: before or after a call or a write), and is started
    /// again after the downtime.
    case crash(boundary: Int, downtime: Duration)
    /// Another process takes the lead at the n-th boundary after this. The one that led goes on and follows.
    case handOver(boundary: Int)
    /// Nobody answers reads or calls.
    case outage(System, for: Duration)
    /// Lists are answered as they were when it began, as from a cache that was cut off.
    case staleLists(System, for: Duration)
    /// Lists lack some of their rows: so many of each hundred, which ones follows from the name.
    case missingRows(System, percent: Int, for: Duration)
    case wrongMetrics(WrongMetrics, for: Duration)
    /// The program's clock is ahead of the world's (behind, when negative) until told otherwise.
    case clockOffset(Duration)
    /// The configuration is reloaded. Written as a change, so that several of them add up.
    case reload(PolicyChange)
    /// The program is told to watch only, and to act again afterwards.
    case observation(for: Duration)
    /// An operator's orders.
    case order(ScaleOrder)
    /// Which worker follows from the number: the n-th of those that are there, counted round.
    case remove(nth: Int, force: Bool)
    case extend(nth: Int, by: Duration?)
    /// Somebody gives the oldest order that waits for it their word, or denies it.
    case answer(isYes: Bool)
    case alert(AlertNotice)
    /// A person who works by hand, past the program; on the n-th of our workers' nodes and machines, counted round.
    case byHand(Hand, nth: Int)
    /// The next writes of the journal end so: not written and told so, or written and told that they were not.
    case journalFails(writes: Int, written: Bool)
    /// Somebody else's machines take the share (0 ... 1) of a host's free memory, for so long.
    case hostFillsUp(HostName, share: Double, for: Duration)
    /// Counted and lasting faults of the world from now on; an empty one ends them.
    case worldFaults(WorldFaults)
  }

  /// What a person does by hand.
  public typealias Hand = HandAct

  /// A change of the policy.
  public enum PolicyChange: Sendable, Hashable {
    /// Caps of a month, in all and of one pool, times so much.
    case scaleBudgets(Double)
    case setMinimum(PoolName, Int)
    case setMaximum(PoolName, Int)
    case setTimeToLive(PoolName, standard: Duration, maximum: Duration)
    case setIdleTimeout(PoolName, Duration)
    case setTick(Duration)
    /// Workers of older ones are replaced where their pool says so.
    case setTalosVersion(TemplateName, String)
    /// Taken out of the configuration, with its triggers and schedules, or put back as it would be by now.
    case setPresence(PoolName, Bool)
    /// No pool makes workers of it while it is out; one that has no other keeps it.
    case setTemplatePresence(TemplateName, Bool)
    case setEnabled(PoolName, Bool)
    case setPrice(TemplateName, HourlyPrice)
    case setStandby(PoolName, Int)
    case setLabel(PoolName, key: String, value: String)
    /// Whether orders and longer lives need somebody's word.
    case setApprovals(PoolName, Bool)
  }

  public var at: Instant
  public var kind: Kind

  public init(at: Instant, _ kind: Kind) {
    self.at = at
    self.kind = kind
  }
}

/// How often single changing calls go wrong while faults are allowed; each 0 ... 1. Zero: never.
public struct CallHabits: Sendable, Hashable, Codable {
  /// Nobody answers, and nothing is done.
  public var unreachable = 0.0
  /// It is done, and the answer is lost.
  public var lostAnswer = 0.0
  /// `throttled` or `busy` is answered, and nothing is done.
  public var refused = 0.0
  /// A reading call fails.
  public var unreadable = 0.0
  /// It takes up to 25 s of the world.
  public var slow = 0.0

  public init() {}
}
