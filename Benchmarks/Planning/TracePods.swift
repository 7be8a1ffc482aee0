import Foundation
import Model

/// Pods of a trace in CSV: a first line with the columns' names, of which `cpu_milli`, `memory_mib` and `num_gpu` count.
package struct TracePods {
  package let pods: [PodShape]

  package struct ReadError: Error, CustomStringConvertible {
    package let description: String
  }

  package init(contentsOf path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ReadError(description: "\(path) cannot be read. Give the path of a CSV file of pods.")
    }
    try self.init(String(decoding: data, as: UTF8.self))
  }

  package init(_ text: String) throws {
    let lines = text.split(whereSeparator: \.isNewline)
    guard let first = lines.first else {
      throw ReadError(description: "The file is empty. Its first line must name the columns.")
    }
    let names = first.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    func column(_ name: String) throws -> Int {
      guard let index = names.firstIndex(of: name) else {
        throw ReadError(
          description: "The first line names no column \"\(name)\". It must name cpu_milli, memory_mib "
            + "and num_gpu.")
      }
      return index
    }
    let (cpu, memory, gpus) = (try column("cpu_milli"), try column("memory_mib"), try column("num_gpu"))
    pods = try lines.dropFirst().enumerated().map { offset, line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      func number(_ index: Int) throws -> Int64 {
        guard index < fields.count, let value = Int64(fields[index]), value >= 0 else {
          throw ReadError(description: "Line \(offset + 2) has no whole number in column \"\(names[index])\".")
        }
        return value
      }
      return PodShape(
        cpuMillicores: try number(cpu), memoryMebibytes: try number(memory), gpus: try number(gpus), count: 1)
    }
  }

  /// Consecutive pods, those that are alike together.
  package func groups(_ range: Range<Int>) -> [PodShape] {
    struct Key: Hashable {
      var cpu: Int64
      var memory: Int64
      var gpus: Int64
    }
    var indices: [Key: Int] = [:]
    var groups: [PodShape] = []
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
  package func windows(of size: Int) -> [PlanningProblem] {
    stride(from: 0, to: pods.count, by: size).map { start in
      let end = min(start + size, pods.count)
      return PlanningProblem(name: "pods \(start + 1) to \(end)", pods: groups(start..<end), workers: Self.workers)
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
