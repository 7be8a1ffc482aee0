public import Model

/// What happened in a stretch of time: pods that came and went, and what triggers read. What replays go by.
public struct History: Sendable, Codable, Equatable {
  /// Where it comes from, for people: `Prometheus at http://…, 2026-10-01 to 2026-11-01`.
  public var source: String
  public var start: Instant
  public var end: Instant
  /// Sorted by creation, then by name.
  public var pods: [RecordedPod]
  /// Of triggers whose readings were recorded, in the order of time; the others are worked out from the replayed cluster.
  public var readings: [TriggerName: [Reading]]
  /// What the source could not tell, one sentence each.
  public var untold: [String]

  public init(source: String, start: Instant, end: Instant, pods: [RecordedPod]) {
    self.source = source
    self.start = start
    self.end = end
    self.pods = pods
    readings = [:]
    untold = []
  }
}

/// A pod of a history.
public struct RecordedPod: Sendable, Codable, Equatable {
  /// As the decision sees it while it waits: requests, labels, tolerations, constraints; without a node.
  public var pod: PodObservation
  public var createdAt: Instant
  /// Work that ends by itself: how long it runs once it runs. `nil`: a service, which is there until `deletedAt` wherever
  /// it runs.
  public var runsFor: Duration?
  /// `nil`: it was still there at the end.
  public var deletedAt: Instant?
  /// The share of its CPU request that it uses, 0 ... 1.
  public var cpuUse: Double

  public init(pod: PodObservation, createdAt: Instant, runsFor: Duration? = nil, deletedAt: Instant? = nil) {
    self.pod = pod
    self.createdAt = createdAt
    self.runsFor = runsFor
    self.deletedAt = deletedAt
    cpuUse = 0.5
  }
}
