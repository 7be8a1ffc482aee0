import Model

extension HistoryFacts {
  /// What a history holds, if no pod had to wait.
  public init(_ history: History) {
    source = history.source
    start = history.start
    end = history.end
    pods = history.pods.count
    work = history.pods.count { $0.runsFor != nil }
    untold = history.untold
    mostPods = 0
    (mostCPUMillicores, mostMemoryBytes, mostGPUs) = (0, 0, 0)
    coreHours = 0
    var changes: [(at: Instant, sign: Int64, pod: Int)] = []
    for (index, pod) in history.pods.enumerated() {
      guard let span = pod.span(in: history) else { continue }
      changes += [(span.lowerBound, 1, index), (span.upperBound, -1, index)]
      coreHours += Double(pod.pod.requests.cpuMillicores) / 1000 * (span.upperBound - span.lowerBound).inSeconds / 3600
    }
    changes.sort { ($0.at, $0.sign, $0.pod) < ($1.at, $1.sign, $1.pod) }
    var (here, cpu, memory, gpus) = (0, Int64(0), Int64(0), Int64(0))
    for change in changes {
      let requests = history.pods[change.pod].pod.requests
      here += Int(change.sign)
      cpu += change.sign * requests.cpuMillicores
      memory += change.sign * requests.memoryBytes
      gpus += change.sign * requests.gpus
      if here > mostPods { (mostPods, mostPodsAt) = (here, change.at) }
      mostCPUMillicores = max(mostCPUMillicores, cpu)
      mostMemoryBytes = max(mostMemoryBytes, memory)
      mostGPUs = max(mostGPUs, gpus)
    }
  }
}

extension RecordedPod {
  /// When it is there if it never has to wait, within the history; `nil` when it never is.
  func span(in history: History) -> Range<Instant>? {
    let start = max(createdAt, history.start)
    let own = runsFor.map { start.advanced(by: $0) } ?? deletedAt ?? history.end
    let end = min(own, history.end)
    return start < end ? start..<end : nil
  }
}

extension Resources {
  /// Of all extended resources whose name contains `gpu`.
  var gpus: Int64 { extended.keys.sorted().reduce(0) { $1.contains("gpu") ? $0 + extended[$1]! : $0 } }
}
