import Foundation
import Model
import RemoteWrite
import TimeSeries

/// Eight hours of a small cluster as kube-state-metrics, cAdvisor and an exporter of a queue would have told them.
struct RecordedCluster {
  struct Pod {
    var name: String
    var uid: String
    var ownerKind: String
    var created: Int64
    /// Seconds; the end of the recording when it stays.
    var gone: Int64 = RecordedCluster.length
    var scheduled: Int64?
    var completed: Int64?
    /// Whether kube-state-metrics tells the time of its completion.
    var tellsCompletion = true
    var millicores: Int64 = 500
    /// Cores that it uses.
    var use: Double?
  }

  static let length: Int64 = 8 * 3_600
  static let interval: Int64 = 30

  /// All that there ever was; seconds from the beginning.
  static let pods = [
    Pod(name: "web-1", uid: "u-web-1", ownerKind: "ReplicaSet", created: -7_200, scheduled: -7_190, use: 0.125),
    Pod(name: "web-2", uid: "u-web-2", ownerKind: "ReplicaSet", created: 3_600, gone: 10_800, scheduled: 3_660),
    Pod(
      name: "early", uid: "u-early", ownerKind: "Job", created: -3_600, gone: 1_200, scheduled: -3_500, completed: -60),
    Pod(
      name: "sums", uid: "u-sums", ownerKind: "Job", created: 7_200, gone: 14_400, scheduled: 7_320, completed: 9_000,
      millicores: 2_000, use: 3),
    Pod(
      name: "letters", uid: "u-letters", ownerKind: "Job", created: 15_000, gone: 20_000, scheduled: 15_000,
      completed: 18_000, tellsCompletion: false),
    Pod(name: "killed", uid: "u-killed", ownerKind: "Job", created: 16_000, gone: 16_900, scheduled: 16_060),
    Pod(name: "never", uid: "u-never", ownerKind: "Job", created: 17_000, gone: 17_930),
    Pod(name: "db-0", uid: "u-db-a", ownerKind: "StatefulSet", created: -90_000, gone: 10_800, scheduled: -89_990),
    Pod(name: "db-0", uid: "u-db-b", ownerKind: "StatefulSet", created: 11_100, scheduled: 11_160),
    Pod(name: "log-x", uid: "u-log", ownerKind: "DaemonSet", created: -90_000, scheduled: -90_000),
  ]

  let start: Instant

  /// What a server would have been sent.
  var series: [RemoteWriteEncoder.Series] {
    Self.pods.flatMap(series) + [
      one(["__name__": "queue_length", "shard": "a"], 0, Self.length) { $0 < 14_400 ? 5 : 40 },
      one(["__name__": "queue_length", "shard": "b"], 0, 20_000) { _ in 1 },
    ]
  }

  var samples: [(labels: Labels, timestamp: Int64, value: Double)] {
    series.flatMap { one in one.samples.map { (labels: one.labels, timestamp: $0.timestamp, value: $0.value) } }
  }

  private func series(of pod: Pod) -> [RemoteWriteEncoder.Series] {
    let (from, to) = (max(0, pod.created), pod.gone)
    let base = ["namespace": "shop", "pod": pod.name, "uid": pod.uid]
    func told(_ name: String, _ more: [String: String] = [:], _ value: @escaping (Int64) -> Double)
      -> RemoteWriteEncoder.Series
    {
      one(base.merging(more) { $1 }.merging(["__name__": name]) { $1 }, from, to, value)
    }
    func time(_ seconds: Int64) -> Double { start.seconds + Double(seconds) }
    let info = [
      "created_by_kind": pod.ownerKind, "created_by_name": "owner-of-\(pod.name)",
      "node": pod.scheduled == nil ? "" : "n1",
    ]
    var all = [
      told("kube_pod_info", info) { _ in 1 }, told("kube_pod_created") { _ in time(pod.created) },
      told("kube_pod_container_resource_requests", ["container": "main", "resource": "cpu", "unit": "core"]) { _ in
        Double(pod.millicores) / 1000
      },
      told("kube_pod_container_resource_requests", ["container": "main", "resource": "memory", "unit": "byte"]) { _ in
        1_073_741_824
      }, told("kube_pod_labels", ["label_app_kubernetes_io_name": pod.name]) { _ in 1 },
      told("kube_pod_tolerations", ["key": "spot", "operator": "Exists", "effect": "NoSchedule"]) { _ in 1 },
    ]
    if let scheduled = pod.scheduled { all.append(told("kube_pod_status_scheduled_time") { _ in time(scheduled) }) }
    if let completed = pod.completed {
      all.append(told("kube_pod_status_phase", ["phase": "Succeeded"]) { $0 >= completed ? 1 : 0 })
      if pod.tellsCompletion {
        all.append(
          one(
            base.merging(["__name__": "kube_pod_completion_time"]) { $1 }, max(from, completed), to
          ) { _ in
            time(completed)
          })
      }
    }
    if let use = pod.use {
      let until = pod.completed ?? to
      all.append(
        one(
          base.merging(["__name__": "container_cpu_usage_seconds_total", "container": "main"]) { $1 }, from, until
        ) { Double($0) * use })
    }
    return all
  }

  private func one(
    _ labels: [String: String], _ from: Int64, _ to: Int64, _ value: (Int64) -> Double
  ) -> RemoteWriteEncoder.Series {
    let first = (from + Self.interval - 1) / Self.interval * Self.interval
    let points = stride(from: first, through: to, by: Int(Self.interval)).map { second in
      (timestamp: start.milliseconds + second * 1000, value: value(second))
    }
    return (labels: Labels(labels.map { Label(name: $0.key, value: $0.value) }), samples: points)
  }
}
