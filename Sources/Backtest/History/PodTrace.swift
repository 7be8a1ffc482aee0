public import Model

/// A trace of pods in CSV becomes a history.
///
/// Columns, found by their names in the first line, in any order; others are left alone:
/// - `name`; `cpu_milli` in thousandths of a core; `memory_mib`; `creation_time` in seconds: these must be there.
/// - `num_gpu`, whole GPUs; `deletion_time` and `scheduled_time` in seconds; `qos`; `pod_phase`; `priority`. A time may be empty.
///
/// Source of the form: alibaba/clusterdata, `cluster-trace-gpu-v2023`. How its pods become pods of our pools:
/// - A pod of QoS `BE` that was scheduled is **work**: it runs for the time from `scheduled_time` to `deletion_time`, whenever
///   it starts, belongs to a Job, and tolerates every taint of `workTolerations` (by default of burst and spot pools).
/// - Any other is a **service**: it is wanted from `creation_time` to `deletion_time`, belongs to a ReplicaSet, and
///   tolerates `serviceTolerations` (by default of burst pools, not of spot pools). A `BE` pod that was never scheduled is one
///   as well: how long it would have run is not known, only for how long it was wanted.
/// - GPUs are asked for as whole devices, `nvidia.com/gpu`, also where the trace shares one (`gpu_milli`), and such pods
///   tolerate the taint of that name. `gpu_spec` is left alone: the pools' templates decide which GPU it is.
/// - Times count from `start`.
public struct PodTrace: Sendable, Equatable {
  /// Second 0 of the trace.
  public var start = Instant(rfc3339: "2026-01-01T00:00:00Z")!
  public var namespace = "trace"
  public var gpuResource = "nvidia.com/gpu"
  public var workTolerations = [
    Toleration(key: "workload-type", value: "burst"), Toleration(key: "workload-type", value: "spot"),
    Toleration(key: "preemptible", operator: .exists),
  ]
  public var serviceTolerations = [Toleration(key: "workload-type", value: "burst")]
  /// The share of their CPU requests that pods use, 0 ... 1.
  public var cpuUse = 0.5

  /// Pods of the longest trace that is read.
  public static let mostPods = 2_000_000

  public init() {}

  /// - Parameters:
  ///   - bytes: the file.
  ///   - source: what to call it: its name.
  /// - Throws: `HistoryError`, with the line and what to do.
  public func history(_ bytes: some Sequence<UInt8>, source: String) throws(HistoryError) -> History {
    let (lines, sharesGPUs) = try Self.lines(bytes)
    var pods: [RecordedPod] = []
    var left = 0
    var end = start
    for line in lines {
      guard let pod = pod(line) else {
        left += 1
        continue
      }
      end = max(end, at(line.deleted ?? line.created))
      pods.append(pod)
    }
    guard !pods.isEmpty else { throw HistoryError("no_pods", "It names no pod that was there for any time.") }
    pods.sort { ($0.createdAt, $0.pod.key) < ($1.createdAt, $1.pod.key) }
    var history = History(source: source, start: start, end: end, pods: pods)
    history.untold = ["What pods used is not in the trace; \(Int(cpuUse * 100)) % of their CPU requests are assumed."]
    if left > 0 { history.untold.append("\(left) pods were deleted as soon as they were created, and are left out.") }
    if sharesGPUs {
      history.untold.append("Shares of GPUs (gpu_milli) are taken as whole ones, as Kubernetes counts them.")
    }
    return history
  }

  /// What a trace says, line by line, before its pods become pods of our pools.
  /// - Returns: the pods in the file's order, and whether it tells of shared GPUs.
  package static func lines(
    _ bytes: some Sequence<UInt8>
  ) throws(HistoryError) -> (lines: [Line], sharesGPUs: Bool) {
    let table = try CSVTable(bytes)
    guard table.rows.count <= mostPods else {
      throw HistoryError("too_large", "It has more than \(mostPods) pods. Replay a part of it.")
    }
    let columns = try Columns(table)
    var lines: [Line] = []
    lines.reserveCapacity(table.rows.count)
    for row in table.rows { lines.append(try columns.line(row)) }
    return (lines, columns.sharesGPUs)
  }

  private func at(_ seconds: Int64) -> Instant { start.advanced(by: .seconds(seconds)) }

  private func pod(_ line: Line) -> RecordedPod? {
    if let deleted = line.deleted, deleted <= line.created { return nil }
    let key = PodKey(namespace: namespace, name: line.name)
    let requests = Resources(
      cpuMillicores: line.cpu, memoryBytes: .mebibytes(line.memory), pods: 1, extended: [gpuResource: line.gpus])
    var observed = PodObservation(
      key: key, uid: line.name, createdAt: at(line.created), phase: .pending, requests: requests)
    observed.unschedulable = true
    observed.priority = line.priority
    var work: Duration?
    if line.qos == "BE", let scheduled = line.scheduled, let deleted = line.deleted {
      work = .seconds(max(0, deleted - scheduled))
    }
    observed.ownerKind = work == nil ? "ReplicaSet" : "Job"
    observed.ownerName = line.name
    observed.labels = ["app": line.name]
    observed.tolerations = work == nil ? serviceTolerations : workTolerations
    if line.gpus > 0 { observed.tolerations.append(Toleration(key: gpuResource, operator: .exists)) }
    var pod = RecordedPod(
      pod: observed, createdAt: observed.createdAt, runsFor: work,
      deletedAt: work == nil ? line.deleted.map(at) : nil)
    pod.cpuUse = cpuUse
    return pod
  }

  /// One line's figures; times in seconds.
  package struct Line {
    var name: String
    /// Thousandths of a core.
    package var cpu: Int64
    /// MiB.
    package var memory: Int64
    package var gpus: Int64
    var created: Int64
    var deleted: Int64?
    var scheduled: Int64?
    var qos: String
    var priority: Int
  }

  private struct Columns {
    private let name: Int
    private let cpu: Int
    private let memory: Int
    private let created: Int
    private let gpus: Int?
    private let deleted: Int?
    private let scheduled: Int?
    private let qos: Int?
    private let priority: Int?
    let sharesGPUs: Bool

    /// The largest number that is read: of times in seconds, thousands of years; of memory, 2 EiB.
    static let largest: Int64 = 1 << 41

    init(_ table: CSVTable) throws(HistoryError) {
      let what = "name, cpu_milli, memory_mib and creation_time among them"
      name = try table.column("name", of: what)
      cpu = try table.column("cpu_milli", of: what)
      memory = try table.column("memory_mib", of: what)
      created = try table.column("creation_time", of: what)
      gpus = table.optionalColumn("num_gpu")
      deleted = table.optionalColumn("deletion_time")
      scheduled = table.optionalColumn("scheduled_time")
      qos = table.optionalColumn("qos")
      priority = table.optionalColumn("priority")
      sharesGPUs = table.optionalColumn("gpu_milli") != nil
    }

    func line(_ row: CSVTable.Row) throws(HistoryError) -> Line {
      let name = row[self.name]
      guard !name.isEmpty else {
        throw HistoryError("bad_line", line: row.line, "The pod has no name. Give every pod one.")
      }
      let created = try number(row, self.created, "creation_time")
      let line = Line(
        name: name, cpu: try number(row, cpu, "cpu_milli"), memory: try number(row, memory, "memory_mib"),
        gpus: try optional(row, gpus, "num_gpu") ?? 0, created: created,
        deleted: try optional(row, deleted, "deletion_time"), scheduled: try optional(row, scheduled, "scheduled_time"),
        qos: qos.map { row[$0] } ?? "",
        priority: Int(try optional(row, priority, "priority", least: -Self.largest) ?? 0))
      if let deleted = line.deleted, deleted < created {
        throw HistoryError(
          "bad_line", line: row.line,
          "Pod \(name) is deleted at \(deleted), before it is created at \(created). Correct the times.")
      }
      return line
    }

    private func number(_ row: CSVTable.Row, _ column: Int, _ name: String) throws(HistoryError) -> Int64 {
      if let number = try optional(row, column, name) { return number }
      throw HistoryError("bad_line", line: row.line, "Column \"\(name)\" is empty. It must hold a whole number.")
    }

    private func optional(
      _ row: CSVTable.Row, _ column: Int?, _ name: String, least: Int64 = 0
    ) throws(HistoryError) -> Int64? {
      guard let column, !row[column].isEmpty else { return nil }
      let text = row[column]
      let number = Int64(text) ?? Double(text).flatMap { abs($0) < 1e15 ? Int64($0.rounded()) : nil }
      guard let number, number >= least, number <= Self.largest else {
        throw HistoryError(
          "bad_line", line: row.line,
          "Column \"\(name)\" holds \"\(text)\". It must be a number from \(least) to \(Self.largest).")
      }
      return number
    }
  }
}
