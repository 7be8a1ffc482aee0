import TimeSeries

/// Finds the cluster and replica labels of a series among its label bytes, and asks the election about them.
///
/// Senders put the same two labels on all that they send, so the last answer is kept: a series costs a comparison of two
/// values. Used by one request at a time.
struct ReplicaFilter: ~Copyable {
  /// What becomes of a series.
  enum Judgement {
    /// It has not both labels, and is stored as it is.
    case unmarked
    /// It is stored without the replica label, whose field lies there.
    case elected(offset: Int, count: Int)
    case other
    case tooManyClusters
  }

  /// Whether series are looked at at all.
  private(set) var isOn = false
  private(set) var rules = ReplicaDeduplication()
  private(set) var election = ReplicaElection()
  private var now: Int64 = 0
  /// How a label's bytes begin, behind its tag and length: `0a LEN name 12`.
  private var clusterStart = ByteSink(capacity: 64)
  private var replicaStart = ByteSink(capacity: 64)
  // The last answer, and the values that it was for.
  private var lastCluster = ByteSink(capacity: 64)
  private var lastReplica = ByteSink(capacity: 64)
  private var lastVerdict: ReplicaElection.Verdict?

  init() {}

  /// Prepares for one request.
  /// - Parameter election: as it stands; `self.election` is what it has become afterwards.
  mutating func begin(_ rules: ReplicaDeduplication, _ election: ReplicaElection, now: Int64) {
    if !isOn || rules != self.rules {
      isOn = true
      self.rules = rules
      ReplicaFilter.write(rules.clusterLabel, to: &clusterStart)
      ReplicaFilter.write(rules.replicaLabel, to: &replicaStart)
    }
    self.election = election
    self.now = now
    lastVerdict = nil
  }

  private static func write(_ name: String, to sink: inout ByteSink) {
    sink.removeAll()
    sink.append(0x0a)
    sink.appendVarint(UInt64(name.utf8.count))
    for byte in name.utf8 { sink.append(byte) }
    sink.append(0x12)
  }

  /// Where the two labels of a series are; valid as long as its bytes.
  struct Marks {
    var cluster: WireCursor
    var replica: WireCursor
    /// The whole field of the replica label.
    var offset = 0
    var count = 0
    var clusters = 0
    var replicas = 0
    /// Bytes of all labels.
    var labelBytes = 0
  }

  /// Looks for the two labels. Only what has the form of `LabelWire` is recognised.
  /// - Parameter run: label fields, and whatever follows.
  /// - Returns: `nil` when the labels' fields do not fit their lengths.
  @inline(__always)
  func marks(_ run: UnsafeRawPointer, _ count: Int) -> Marks? {
    var marks = Marks(cluster: WireCursor(run, run), replica: WireCursor(run, run))
    var cursor = WireCursor(run, run + count)
    while cursor.position < cursor.end, cursor.position.load(as: UInt8.self) == 0x0a {
      let field = cursor.position
      cursor.position += 1
      var label = field
      var length = 0
      guard cursor.field(&label, &length) else { return nil }
      if ReplicaFilter.matches(clusterStart, label, length, &marks.cluster) { marks.clusters &+= 1 }
      if ReplicaFilter.matches(replicaStart, label, length, &marks.replica) {
        marks.replicas &+= 1
        marks.offset = field - run
        marks.count = cursor.position - field
      }
    }
    marks.labelBytes = cursor.position - run
    return marks
  }

  /// Judges a series by its two labels.
  mutating func judge(_ marks: Marks) -> Judgement {
    // A label that occurs twice is refused by the rules for labels, which must see it.
    guard marks.clusters == 1, marks.replicas == 1, !marks.cluster.isAtEnd, !marks.replica.isAtEnd,
      let verdict = verdict(marks.cluster, marks.replica)
    else { return .unmarked }
    switch verdict {
    case .elected: return .elected(offset: marks.offset, count: marks.count)
    case .other: return .other
    case .tooManyClusters: return .tooManyClusters
    }
  }

  /// Whether a label has this name. `value` then spans its value, or nothing when the label has an unusual form.
  @inline(__always)
  private static func matches(
    _ start: borrowing ByteSink, _ label: UnsafeRawPointer, _ length: Int, _ value: inout WireCursor
  ) -> Bool {
    guard length > start.count, WireBytes.equal(label, start.base, start.count) else { return false }
    var cursor = WireCursor(label + start.count, label + length)
    var first = label
    var count = 0
    let isUsual = cursor.field(&first, &count) && cursor.isAtEnd
    value = WireCursor(first, isUsual ? first + count : first)
    return true
  }

  /// The election's answer; `nil` when a value is not text, which the rules for labels refuse.
  private mutating func verdict(_ cluster: WireCursor, _ replica: WireCursor) -> ReplicaElection.Verdict? {
    if let lastVerdict, ReplicaFilter.isSame(lastCluster, cluster), ReplicaFilter.isSame(lastReplica, replica) {
      return lastVerdict
    }
    guard let clusterText = String(validating: cluster.bytes, as: UTF8.self),
      let replicaText = String(validating: replica.bytes, as: UTF8.self)
    else { return nil }
    lastCluster.removeAll()
    lastCluster.append(contentsOf: cluster.bytes)
    lastReplica.removeAll()
    lastReplica.append(contentsOf: replica.bytes)
    let verdict = election.admit(cluster: clusterText, replica: replicaText, now: now)
    lastVerdict = verdict
    return verdict
  }

  @inline(__always)
  private static func isSame(_ known: borrowing ByteSink, _ value: WireCursor) -> Bool {
    known.count == value.remaining && WireBytes.equal(known.base, value.position, known.count)
  }
}

extension WireCursor {
  /// What is left.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: position, count: remaining) }
}
