import Model

/// What was worked out for readers and holds until the tables it rests on change. No part of the world's value: it is
/// neither compared nor saved, and a world without it answers the same, only later.
struct WorldMemo: Sendable {
  /// Rows, and the tables' touch counts when they were made.
  struct Rows<Row: Sendable>: Sendable {
    var versions: [Int]
    var rows: [Row]
  }

  var pods: Rows<PodObservation>?
  var machines: Rows<MachineObservation>?
  var hosts: Rows<HostObservation>?
  var workloads: WorkloadIndex?
}

extension WorldMemo: Equatable {
  static func == (left: WorldMemo, right: WorldMemo) -> Bool { true }
}

extension WorldMemo: Codable {
  init(from decoder: any Decoder) throws { self.init() }
  func encode(to encoder: any Encoder) throws {}
}

/// A world that was saved has no memo, and none is saved.
extension KeyedDecodingContainer {
  func decode(_ type: WorldMemo.Type, forKey key: Key) throws -> WorldMemo { WorldMemo() }
}

extension KeyedEncodingContainer {
  mutating func encode(_ value: WorldMemo, forKey key: Key) throws {}
}

/// What follows from the workloads alone.
struct WorkloadIndex: Sendable {
  /// The workloads' touch count when it was made.
  var version: Int
  /// Names of all DaemonSets.
  var daemonSets: [String] = []
  /// Namespaces with their labels.
  var namespaces: [String: [String: String]] = [:]
  /// Whether some pod's neighbours decide about some pod's place.
  var dependsOnPods = false
  /// Whether pods leave certain nodes first, so that their annotations follow from the nodes' labels.
  var looksAtNodes = false

  init(_ workloads: SortedTable<String, Workload>) {
    version = workloads.touchCount
    for name in workloads.keys {
      let workload = workloads[name]!
      namespaces[workload.namespace] = ["kubernetes.io/metadata.name": workload.namespace]
      if workload.isDaemonSet { daemonSets.append(name) }
      if workload.pod.constraints.dependsOnPods { dependsOnPods = true }
      if !workload.leavesFirst.isEmpty { looksAtNodes = true }
    }
  }
}

extension World {
  /// The index, made anew where workloads have changed since.
  var workloadIndex: WorkloadIndex {
    if let index = memo.workloads, index.version == workloads.touchCount { return index }
    return WorkloadIndex(workloads)
  }

  /// Keeps the index for those who may not change the world.
  mutating func refreshWorkloadIndex() {
    if memo.workloads?.version != workloads.touchCount { memo.workloads = WorkloadIndex(workloads) }
  }

  /// Rows that were made before and still hold, or new ones.
  mutating func remembered<Row: Sendable>(
    _ path: WritableKeyPath<WorldMemo, WorldMemo.Rows<Row>?>, _ versions: [Int], _ make: (borrowing World) -> [Row]
  ) -> [Row] {
    if let known = memo[keyPath: path], known.versions == versions { return known.rows }
    let rows = make(self)
    memo[keyPath: path] = WorldMemo.Rows(versions: versions, rows: rows)
    return rows
  }
}
