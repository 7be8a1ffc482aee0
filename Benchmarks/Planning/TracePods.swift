package import Backtest
import Model

/// The pods of a trace in the order of its file, without their times.
package struct TracePods {
  package let pods: [PodFigures]

  /// - Parameter bytes: CSV as `PodTrace` reads it.
  /// - Throws: `HistoryError`, with the line and what to do.
  package init(_ bytes: some Sequence<UInt8>) throws(HistoryError) {
    pods = try PodTrace.lines(bytes).lines.map {
      PodFigures(cpuMillicores: $0.cpu, memoryMebibytes: $0.memory, gpus: $0.gpus, count: 1)
    }
  }

  /// Consecutive pods, those that are alike together.
  package func groups(_ range: Range<Int>) -> [PodFigures] {
    struct Key: Hashable {
      var cpu: Int64
      var memory: Int64
      var gpus: Int64
    }
    var indices: [Key: Int] = [:]
    var groups: [PodFigures] = []
    for pod in pods[range] {
      let key = Key(cpu: pod.cpuMillicores, memory: pod.memoryMebibytes, gpus: pod.gpus)
      if let known = indices[key] {
        groups[known].count += 1
      } else {
        indices[key] = groups.count
        groups.append(pod)
      }
    }
    return groups
  }

  /// One problem for each window of so many consecutive pods; the last one may be shorter.
  package func windows(of size: Int, workers: [WorkerShape] = Self.workers) -> [PlanningProblem] {
    stride(from: 0, to: pods.count, by: size).map { start in
      let end = min(start + size, pods.count)
      return PlanningProblem(name: "pods \(start + 1) to \(end)", pods: groups(start..<end), workers: workers)
    }
  }

  /// What a cluster for machine learning may rent: without GPUs, and with 1 to 8 of them.
  package static let workers: [WorkerShape] = [
    shape("general", "general-16", 16, 64, 0), shape("general", "general-32", 32, 128, 0),
    shape("general", "general-64", 64, 256, 0), shape("general", "memory-32", 32, 256, 0),
    shape("general", "general-96", 96, 384, 0), shape("gpu", "gpu-1-small", 8, 32, 1),
    shape("gpu", "gpu-1", 16, 64, 1), shape("gpu", "gpu-1-large", 32, 128, 1), shape("gpu", "gpu-2", 32, 128, 2),
    shape("gpu", "gpu-4", 64, 256, 4), shape("gpu", "gpu-8", 96, 384, 8), shape("gpu", "gpu-8-large", 128, 768, 8),
  ]

  private static func shape(
    _ pool: PoolName, _ name: TemplateName, _ cores: Int64, _ gibibytes: Int64, _ gpus: Int64
  ) -> WorkerShape {
    WorkerShape(
      pool: pool, name: name, cpuMillicores: cores * 1000 - 200, memoryMebibytes: gibibytes * 1024 - 1024, gpus: gpus,
      price: (cores * 25_000 + gibibytes * 3_300 + gpus * 700_000) / 1000 * 1000)
  }
}
