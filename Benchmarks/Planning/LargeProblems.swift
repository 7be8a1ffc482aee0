import Model

/// Problems whose size is what matters.
package enum LargeProblems {
  package static var all: [PlanningProblem] {
    [
      twoGroups, manyGroups(200, pods: 5_000), manyGroups(200, pods: 50_000), manyGroups(1_000, pods: 20_000),
    ]
  }

  /// The shape of Cluster Autoscaler's `BenchmarkBinpackingEstimate`: 2,595 workers are the least.
  package static var twoGroups: PlanningProblem {
    PlanningProblem(
      name: "51,000 pods of 2 groups",
      pods: [
        PodFigures(cpuMillicores: 50, memoryMebibytes: 0, count: 50_000),
        PodFigures(cpuMillicores: 95, memoryMebibytes: 0, count: 1_000),
      ],
      workers: [
        WorkerShape(
          pool: "general", name: "small", cpuMillicores: 1000, memoryMebibytes: 0, pods: 100, price: 100_000)
      ])
  }

  /// Groups of all sizes on six shapes of workers in two pools; every tenth group's pods keep apart, every second stays
  /// off spot workers.
  package static func manyGroups(_ groups: Int, pods: Int) -> PlanningProblem {
    var random = SeededNumbers(groups + pods)
    let mean = pods / groups
    let shapes = (0..<groups).map { group in
      PodFigures(
        cpuMillicores: Int64(random.number(1...80)) * 50, memoryMebibytes: Int64(random.number(1...120)) * 64,
        count: max(1, random.number((mean / 2)...(mean * 3 / 2))), avoids: group % 2 == 0 ? ["spot"] : [],
        perWorker: group % 10 == 0 ? random.number(1...3) : .max)
    }
    let workers = [(4, 4), (8, 4), (16, 4), (32, 4), (8, 8), (16, 2)].flatMap { cores, ratio -> [WorkerShape] in
      let price = Int64(cores) * 25_000 + Int64(cores * ratio) * 3_300
      return [("general", price), ("spot", price * 2 / 5)].map { pool, price in
        WorkerShape(
          pool: PoolName(rawValue: pool), name: TemplateName(rawValue: "cores-\(cores)-\(ratio)"),
          cpuMillicores: Int64(cores * 1000 - 200), memoryMebibytes: Int64(cores * ratio * 1024 - 512),
          price: price / 1000 * 1000)
      }
    }
    return PlanningProblem(name: "\(pods) pods of \(groups) groups", pods: shapes, workers: workers)
  }
}
