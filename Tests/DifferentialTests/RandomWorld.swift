import TimeSeries

/// Random series of many shapes, drawn from a seed.
///
/// Times are chosen so that closed and open edges of windows give the same answers: no sample's time leaves 5 when
/// divided by 10 ms, questions are asked at multiples of 10 ms, and windows, like the lookback, have lengths that leave
/// 5. What the names of the metrics promise about their values is what `KnownDifferences` relies on.
struct RandomWorld {
  typealias Series = (labels: Labels, samples: [(timestamp: Int64, value: Double)])

  /// When the samples begin; a multiple of 10 ms, as the end is.
  static let start: Int64 = 1_700_000_000_000
  static let end = start + 1_800_000
  static let lookback: Int64 = 300_005
  private static let slice: Int64 = 600_000

  private(set) var series: [Series] = []
  private var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed &* 2 &+ 1)
    addCounters()
    addGauges()
    addHistograms()
    addTexts()
    addLifecycles()
  }

  /// The series cut into requests, as a sender's queue does: each request has all series for ten minutes.
  var requests: [[Series]] {
    stride(from: RandomWorld.start, to: RandomWorld.end, by: Int(RandomWorld.slice)).map { from in
      series.map { one in
        (one.labels, one.samples.filter { $0.timestamp >= from && $0.timestamp < from + RandomWorld.slice })
      }.filter { !$0.1.isEmpty }
    }
  }

  // MARK: - Times

  /// Multiples of the spacing, all at the same distance from them.
  private mutating func regularTimes(_ spacing: Int64 = 15_000) -> [Int64] {
    let phase = random.chance(50) ? 0 : random.number(0...(spacing / 10 - 1)) * 10 + random.pick([0, 1, 3, 8])
    return Array(stride(from: RandomWorld.start + phase, to: RandomWorld.end, by: Int(spacing)))
  }

  /// Jumps between a second and a minute, with some holes of several minutes.
  private mutating func irregularTimes() -> [Int64] {
    var times: [Int64] = []
    var time = RandomWorld.start + random.number(0...60_000)
    while time < RandomWorld.end {
      times.append(time % 10 == 5 ? time + 1 : time)
      time +=
        random.chance(3) ? random.number(120_000...420_000) : random.number(1_000...random.pick([15_000, 60_000]))
    }
    return times
  }

  /// A part of the times, for series that begin late or end early.
  private mutating func part(of times: [Int64]) -> [Int64] {
    guard random.chance(30), times.count > 8 else { return times }
    let cut = Int(random.number(1...Int64(times.count / 2)))
    return random.chance(50) ? Array(times.dropFirst(cut)) : Array(times.dropLast(cut))
  }

  // MARK: - Values

  private mutating func add(_ name: String, _ labels: [String: String], _ samples: [(Int64, Double)]) {
    var all = labels
    all[Labels.metricName] = name
    let set = Labels(all.sorted { $0.key < $1.key }.map { Label(name: $0.key, value: $0.value) })
    guard !samples.isEmpty, !series.contains(where: { $0.labels.description == set.description }) else { return }
    series.append((set, samples.map { (timestamp: $0.0, value: $0.1) }))
  }

  private mutating func values(_ times: [Int64], _ next: (inout SeededGenerator) -> Double) -> [(Int64, Double)] {
    times.map { ($0, next(&random)) }
  }

  private mutating func addCounters() {
    // Whole numbers at even spacing that begin at 0, or far above what they grow by; resets go back to 0.
    for job in ["api", "web", "db"] {
      for instance in ["a:1", "b:1"] where random.chance(85) {
        for code in ["200", "404", "500"].prefix(Int(random.number(1...3))) {
          var total = random.chance(50) ? 0.0 : 1_000_000
          let growth = random.pick([1, 3, 20, 0])
          let labels = [("job", job), ("instance", instance), ("code", code)].filter { _ in !random.chance(4) }
          let samples = values(part(of: regularTimes())) { random in
            defer { total = random.chance(3) ? 0 : total + Double(random.number(0...Int64(growth))) }
            return total
          }
          add("requests_total", Dictionary(uniqueKeysWithValues: labels), samples)
        }
      }
    }
    // Huge numbers at uneven times.
    for job in ["api", "web", "db", "batch"] {
      var total = 1e9
      let samples = values(part(of: irregularTimes())) { random in
        defer { total = random.chance(4) ? (total / 2).rounded(.down) : total + Double(random.number(0...4096)) / 8 }
        return total
      }
      add("bytes_total", ["job": job, "instance": random.pick(["a:1", "b:1"]), "device": "eth0"], samples)
    }
  }

  private mutating func addGauges() {
    // Eighths that differ from series to series, so that sums are exact and nothing ties.
    var number = 0.0
    for room in ["kitchen", "hall", "attic"] {
      for sensor in ["1", "2", "10"] where random.chance(80) {
        number += 1
        let shift = number / 1024
        let samples = values(part(of: random.chance(50) ? irregularTimes() : regularTimes())) {
          Double($0.number(-400...400)) / 8 + shift
        }
        add("temperature", ["room": room, "sensor": sensor], samples)
      }
    }
    // Few different values: ties, equalities, zeros.
    for job in ["api", "web", "db"] {
      for instance in ["a:1", "b:1", "c:1"] where random.chance(80) {
        let samples = values(part(of: random.chance(50) ? irregularTimes() : regularTimes(30_000))) {
          Double($0.number(0...4))
        }
        add("queue_depth", ["job": job, "instance": instance], samples)
        let constant = Double(random.number(0...3))
        add("job:limit:max", ["job": job, "instance": instance], regularTimes(60_000).map { ($0, constant) })
      }
    }
    let oddities: [Double] = [
      .nan, .infinity, -.infinity, 1e300, -1e300, 1e-300, .leastNonzeroMagnitude, -0.0, 0, 1, -1, 1.5,
      .greatestFiniteMagnitude, 1e15,
      9_007_199_254_740_992, 0.1, 1e21, 123_456_789.125,
    ]
    for odd in ["one", "two", "three"] {
      add("odd_values", ["case": odd, "job": "api"], values(irregularTimes()) { $0.pick(oddities) })
    }
    var time = RandomWorld.start
    var sometimes: [(Int64, Double)] = []
    while time < RandomWorld.end {
      sometimes.append((time, Double(random.number(1...9))))
      time += random.number(27_000...33_000) * 10
    }
    add("sometimes", ["job": "api"], sometimes)
  }

  private mutating func addHistograms() {
    let bounds = ["0.1", "0.25", "0.5", "1", "2.5", "+Inf"]
    for job in ["api", "web"] {
      let isBroken = random.chance(25)
      let times = part(of: regularTimes())
      var counts = [Double](repeating: 0, count: bounds.count)
      var columns = bounds.map { _ in [(Int64, Double)]() }
      var sums: [(Int64, Double)] = []
      var sum = 0.0
      for time in times {
        for index in bounds.indices { columns[index].append((time, counts[index])) }
        sums.append((time, sum))
        if random.chance(2) { (counts, sum) = (counts.map { _ in 0 }, 0) }
        for _ in 0..<random.number(0...5) {
          let place = Int(random.number(0...Int64(bounds.count - 1)))
          for index in place..<bounds.count { counts[index] += 1 }
          sum += [0.0625, 0.125, 0.375, 0.75, 2, 4][place]
        }
        if isBroken { counts[2] += 1 }
      }
      for (index, bound) in bounds.enumerated() where !(isBroken && random.chance(10)) {
        add("latency_seconds_bucket", ["job": job, "le": bound], columns[index])
      }
      add("latency_seconds_count", ["job": job], columns[bounds.count - 1])
      add("latency_seconds_sum", ["job": job], sums)
      add("latency_seconds_bucket", ["job": job, "le": "often"], Array(columns[0].prefix(20)))
    }
  }

  private mutating func addTexts() {
    for (index, text) in ["plain", "größe", "gro\u{308}ße", "漢字 🚀", "two\nlines", "q\"uote", "back\\slash", "a{b}=c,"]
      .enumerated()
    where random.chance(85) {
      add(
        "notes", ["text": text, "number": String(index % 3)], values(regularTimes(60_000)) { Double($0.number(0...7)) })
    }
    for job in ["api", "web", "db"] {
      for instance in ["a:1", "b:1", "c:1"] where random.chance(90) {
        let version = random.pick(["1.2.3", "1.10.0", "2.0.0-rc.1"])
        add("build_info", ["job": job, "instance": instance, "version": version], regularTimes(60_000).map { ($0, 1) })
      }
    }
    var many = ["job": "api"]
    for index in 0..<20 { many["label_\(index)"] = "value \(index % 4)" }
    add("many_labels", many, values(regularTimes(60_000)) { Double($0.number(0...100)) })
    many["label_7"] = nil
    add("many_labels", many, values(regularTimes(60_000)) { Double($0.number(0...100)) })
  }

  /// Series that end with a stale marker, and come back.
  private mutating func addLifecycles() {
    for pod in 1...6 {
      var samples: [(Int64, Double)] = []
      var isThere = random.chance(50)
      for time in regularTimes(random.pick([15_000, 30_000])) {
        if random.chance(isThere ? 5 : 15) {
          if isThere { samples.append((time, .staleMarker)) }
          isThere.toggle()
        } else if isThere {
          samples.append((time, Double(random.number(0...50))))
        }
      }
      add("pods", ["pod": "pod-\(pod)", "node": random.pick(["n1", "n2"])], samples)
    }
  }
}
