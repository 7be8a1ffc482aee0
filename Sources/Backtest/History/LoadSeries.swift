public import Model

/// A load over time in CSV becomes a history: a service whose replicas follow it.
///
/// Columns: `timestamp` (RFC 3339, `2014-01-16 00:05:00` for UTC, or seconds since 1970) and `value`. Each value holds
/// until the next line's time; the last one for as long as the one before it.
public struct LoadSeries: Sendable, Equatable {
  /// What the values are.
  public enum Meaning: String, Sendable, Codable, CaseIterable {
    /// Per cent of the CPU of a fleet of `fleetCores` cores.
    case cpuPercent = "cpu_percent"
    /// Workers of `workerCores` cores each, as many as are full.
    case workers
    /// Cores in use.
    case cores
  }

  public var meaning: Meaning
  /// Cores that 100 % are; only for `cpuPercent`.
  public var fleetCores = 64.0
  /// Cores of a worker; only for `workers`.
  public var workerCores = 8.0
  /// What one replica asks for.
  public var replica = Resources(cpuMillicores: 1000, memoryBytes: .mebibytes(2048), pods: 1)
  /// How full a replica is at most, 0 ... 1: the load over this is how many there are.
  public var replicaUse = 0.7
  public var namespace = "load"
  public var tolerations = [
    Toleration(key: "workload-type", value: "burst"), Toleration(key: "workload-type", value: "spot"),
    Toleration(key: "preemptible", operator: .exists),
  ]

  /// Replicas at once, at most.
  public static let mostReplicas = 20_000
  /// Pods of the whole history, at most.
  public static let mostPods = 2_000_000

  public init(_ meaning: Meaning) { self.meaning = meaning }

  /// - Throws: `HistoryError`, with the line and what to do.
  public func history(_ bytes: some Sequence<UInt8>, source: String) throws(HistoryError) -> History {
    let points = try points(bytes)
    guard replica.cpuMillicores > 0, replicaUse > 0 else {
      throw HistoryError("no_worker_size", "A replica must ask for CPU, and may be used. Give it some.")
    }
    let last = points[points.count - 1]
    let step = points.count > 1 ? last.at - points[points.count - 2].at : .minutes(5)
    let end = last.at.advanced(by: step)
    // The youngest replicas go first, so that each is one interval.
    var open: [Instant] = []
    var pods: [RecordedPod] = []
    for point in points {
      let wanted = try replicas(point)
      while open.count < wanted { open.append(point.at) }
      while open.count > wanted { pods.append(pod(open.count - 1, from: open.removeLast(), to: point.at)) }
      guard pods.count + open.count <= Self.mostPods else {
        throw HistoryError(
          "too_large", line: point.line, "It makes more than \(Self.mostPods) pods. Choose a larger replica.")
      }
    }
    while let from = open.popLast() { pods.append(pod(open.count, from: from, to: nil)) }
    pods.sort { ($0.createdAt, $0.pod.key) < ($1.createdAt, $1.pod.key) }
    var history = History(source: source, start: points[0].at, end: end, pods: pods)
    history.untold = [
      "Which pods there were is not in the series: replicas of \(replica.cpuMillicores) millicores follow it, "
        + "\(Int(replicaUse * 100)) % used."
    ]
    return history
  }

  private func pod(_ number: Int, from: Instant, to: Instant?) -> RecordedPod {
    let key = PodKey(namespace: namespace, name: "replica-\(number)-\(from.milliseconds / 1000)")
    var observed = PodObservation(key: key, uid: key.name, createdAt: from, phase: .pending, requests: replica)
    observed.unschedulable = true
    observed.ownerKind = "ReplicaSet"
    observed.ownerName = "replica"
    observed.labels = ["app": "replica"]
    observed.tolerations = tolerations
    var pod = RecordedPod(pod: observed, createdAt: from, deletedAt: to)
    pod.cpuUse = replicaUse
    return pod
  }

  private struct Point {
    let line: Int
    let at: Instant
    let value: Double
  }

  private func replicas(_ point: Point) throws(HistoryError) -> Int {
    let cores =
      switch meaning {
      case .cpuPercent: point.value / 100 * fleetCores
      case .workers: point.value * workerCores
      case .cores: point.value
      }
    let wanted = (cores * 1000 / (Double(replica.cpuMillicores) * replicaUse)).rounded(.up)
    guard wanted <= Double(Self.mostReplicas) else {
      throw HistoryError(
        "too_large", line: point.line,
        "A value of \(point.value) asks for more than \(Self.mostReplicas) replicas. Choose a larger replica, or what the "
          + "values mean.")
    }
    return Int(max(0, wanted))
  }

  private func points(_ bytes: some Sequence<UInt8>) throws(HistoryError) -> [Point] {
    let table = try CSVTable(bytes)
    let time = try table.column("timestamp", of: "timestamp and value")
    let value = try table.column("value", of: "timestamp and value")
    var points: [Point] = []
    for row in table.rows {
      guard let at = Self.instant(row[time]) else {
        throw HistoryError(
          "bad_line", line: row.line,
          "\"\(row[time])\" is no time. Write it like 2026-01-31T08:00:00Z, 2026-01-31 08:00:00 or as seconds since 1970."
        )
      }
      guard let number = Double(row[value]), number.isFinite, number >= 0 else {
        throw HistoryError(
          "bad_line", line: row.line, "\"\(row[value])\" is no load. It must be a number that is not negative.")
      }
      if let last = points.last, at <= last.at {
        throw HistoryError(
          "bad_line", line: row.line, "Its time is not after that of the line before. Sort the file, each time once.")
      }
      points.append(Point(line: row.line, at: at, value: number))
    }
    guard !points.isEmpty else { throw HistoryError("no_pods", "It holds no value. Give at least one line.") }
    return points
  }

  private static func instant(_ text: String) -> Instant? {
    if let seconds = Double(text), seconds.isFinite, abs(seconds) < 1e11 {
      return Instant(milliseconds: Int64((seconds * 1000).rounded()))
    }
    return Instant(rfc3339: text) ?? Instant(rfc3339: text + "Z")
  }
}
