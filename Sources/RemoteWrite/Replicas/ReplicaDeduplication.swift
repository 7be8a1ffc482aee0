/// How samples of pairs of equal Prometheus servers are told apart, so that only one of a pair is stored.
public struct ReplicaDeduplication: Sendable, Hashable {
  /// The label by which the servers of one pair are alike.
  public var clusterLabel = "cluster"
  /// The label by which they differ; it is taken off what is stored.
  public var replicaLabel = "__replica__"
  /// When nothing came from the elected replica for so long, another one that sends is elected.
  public var switchOverMilliseconds: Int64 = 30_000
  /// Clusters that are remembered at one time.
  public var clusters = 1_000
  /// A cluster that sent nothing for so long gives its place to another one.
  public var forgetMilliseconds: Int64 = 3_600_000
  /// Prefix of the configuration keys that messages name.
  public var configurationPrefix = "poolkeeper.metrics.ha_deduplication"

  /// The defaults.
  public init() {}
}

/// A cluster and the replica whose samples are stored.
public struct ElectedReplica: Sendable, Hashable {
  /// Value of the cluster label.
  public let cluster: String
  /// Value of the replica label.
  public let replica: String
  /// When a request of it came last, in milliseconds since the Unix epoch.
  public let lastSeen: Int64
}

/// Which replica of each cluster is listened to. A value: what happens depends on the calls and their times alone.
///
/// The first replica that a cluster is seen with is elected. It stays so until nothing has come from it for the
/// switch-over time; then the next one that sends takes its place. Times are those of arrival, never the samples' own.
public struct ReplicaElection: Sendable, Hashable {
  /// What becomes of a replica's samples.
  public enum Verdict: Sendable, Hashable {
    /// They are stored.
    case elected
    /// They are accepted and not stored: another replica's are.
    case other
    /// They are refused: there are too many clusters.
    case tooManyClusters
  }

  private struct Entry: Sendable, Hashable {
    var replica: String
    var lastSeen: Int64
  }

  private let rules: ReplicaDeduplication
  private var entries: [String: Entry] = [:]
  private var lastSweep = Int64.min
  /// How often a cluster's elected replica gave way to another one.
  public private(set) var switchOvers = 0

  /// Nobody is elected yet.
  public init(_ rules: ReplicaDeduplication = ReplicaDeduplication()) { self.rules = rules }

  /// Clusters that are remembered.
  public var count: Int { entries.count }

  /// The clusters and their elected replicas, sorted by cluster.
  public var elected: [ElectedReplica] {
    entries.map { ElectedReplica(cluster: $0.key, replica: $0.value.replica, lastSeen: $0.value.lastSeen) }
      .sorted { $0.cluster < $1.cluster }
  }

  /// Judges a replica's samples that arrive now, electing it when nobody is or the elected one is silent.
  /// - Parameter now: milliseconds since the Unix epoch. When the clock was set back, silence is counted anew.
  public mutating func admit(cluster: String, replica: String, now: Int64) -> Verdict {
    guard let entry = entries[cluster] else { return add(cluster, replica, now) }
    if entry.replica == replica {
      entries[cluster]!.lastSeen = now
      return .elected
    }
    if now < entry.lastSeen {
      entries[cluster]!.lastSeen = now
      return .other
    }
    let (silence, overflow) = now.subtractingReportingOverflow(entry.lastSeen)
    guard overflow || silence >= rules.switchOverMilliseconds else { return .other }
    entries[cluster] = Entry(replica: replica, lastSeen: now)
    switchOvers += 1
    return .elected
  }

  private mutating func add(_ cluster: String, _ replica: String, _ now: Int64) -> Verdict {
    if entries.count >= rules.clusters {
      // Looking for silent clusters costs a pass over all, so it is done once for an instant.
      if now != lastSweep {
        lastSweep = now
        entries = entries.filter { _, entry in
          let (silence, overflow) = now.subtractingReportingOverflow(entry.lastSeen)
          return !overflow && silence < rules.forgetMilliseconds
        }
      }
      if entries.count >= rules.clusters { return .tooManyClusters }
    }
    entries[cluster] = Entry(replica: replica, lastSeen: now)
    return .elected
  }
}
