import Model

/// Problems drawn from a seed: 1 to 1,000 pods in 1 to 30 groups, 2 to 12 kinds of workers of mixed shapes and prices,
/// with GPUs in some, spot workers in some, and pools that are too small in some.
package enum RandomProblems {
  package static func problem(_ seed: Int) -> PlanningProblem {
    var random = SeededNumbers(seed)
    let kinds = random.number(2...12)
    let hasGPUs = random.chance(30)
    let hasSpot = random.chance(50)
    let workers = shapes(kinds, hasGPUs: hasGPUs, hasSpot: hasSpot, &random)
    let pods = groups(workers, hasSpot: hasSpot, &random)
    var maxima: [PoolName: Int] = [:]
    if random.chance(30) {
      for pool in Set(workers.map(\.pool)).sorted() where random.chance(70) { maxima[pool] = random.number(1...25) }
    }
    return PlanningProblem(name: "random \(seed)", pods: pods, workers: workers, maxima: maxima)
  }

  private static func shapes(
    _ count: Int, hasGPUs: Bool, hasSpot: Bool, _ random: inout SeededNumbers
  ) -> [WorkerShape] {
    (0..<count).map { index in
      let cores = Int64(random.pick([2, 4, 4, 8, 8, 16, 32, 64]))
      let memory = cores * Int64(random.pick([2, 4, 4, 8])) * 1024
      let gpus = hasGPUs && index > 0 && random.chance(40) ? Int64(random.pick([1, 1, 2, 4, 8])) : 0
      let isSpot = hasSpot && index > 0 && random.chance(50)
      // A core, a GiB and a GPU at about the market's relation; then up to a fifth more or less, as offers go.
      var price = Double(cores) * 25_000 + Double(memory) / 1024 * 3_300 + Double(gpus) * 700_000
      price *= Double(random.number(80...120)) / 100 * (isSpot ? 0.35 : 1)
      let rounding = Double(random.pick([100, 1000, 10_000]))
      return WorkerShape(
        pool: PoolName(rawValue: isSpot ? "spot" : gpus > 0 ? "gpu" : "general"),
        name: TemplateName(rawValue: "shape-\(index + 10)"),
        cpuMillicores: cores * 1000 - 200, memoryMebibytes: memory - 512, gpus: gpus,
        pods: Int64(random.pick([29, 58, 110, 110])), price: Int64((price / rounding).rounded()) * Int64(rounding))
    }
  }

  private static func groups(_ workers: [WorkerShape], hasSpot: Bool, _ random: inout SeededNumbers) -> [PodShape] {
    let groups = random.number(1...30)
    var left = random.pick([random.number(1...30), random.number(1...200), random.number(1...1000)])
    let largest = workers.filter { $0.pool != "spot" && $0.gpus == 0 }.max { $0.cpuMillicores < $1.cpuMillicores }
    let top = largest ?? workers[0]
    let gpus = workers.filter { $0.pool != "spot" }.map(\.gpus).max() ?? 0
    return (0..<groups).compactMap { _ in
      guard left > 0 else { return nil }
      let count = min(left, random.number(1...max(1, left / 2)))
      left -= count
      let step = Int64(random.pick([10, 50, 250, 500]))
      let share = random.pick([3, 10, 30, 60, 100])
      let cpu = max(step, Int64(random.number(1...max(1, Int(top.cpuMillicores) * share / 100))) / step * step)
      let ratio = Double(random.pick([5, 10, 20, 40, 80])) / 10
      let memory = Int64(Double(cpu) / 1000 * ratio * 1024) / 64 * 64
      let wanted = gpus > 0 && random.chance(25) ? Int64(random.pick([1, 1, 1, 2, 4])) : 0
      return PodShape(
        cpuMillicores: min(cpu, top.cpuMillicores), memoryMebibytes: max(64, min(memory, top.memoryMebibytes)),
        gpus: min(wanted, gpus), count: count, avoids: hasSpot && random.chance(50) ? ["spot"] : [])
    }
  }
}
