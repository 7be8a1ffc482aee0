/// Draws expressions over the native histograms of a `HistogramWorld`, of those that 2.42 has.
struct HistogramDraw {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed &* 2) }

  mutating func question() -> Question {
    let depth = Int(random.number(1...3))
    let text = random.chance(60) ? histogram(depth) : float(depth)
    let time = RandomWorld.start + random.number(-3_000...200_000) * 10
    if random.chance(50) { return Question(text: text, times: .instant(time)) }
    let step: Int64 = random.pick([15_000, 30_000, 61_010, 150_000])
    return Question(text: text, times: .range(start: time, end: time + step * random.number(0...8), step: step))
  }

  private mutating func selector() -> String {
    let name = random.pick(["request_seconds", "request_seconds", "sizes", "states", "shares"])
    return name + random.pick(["", "", "{job=\"api\"}", "{instance!=\"a:1\"}", "{job=~\"a.*|db\"}"])
  }

  private mutating func window() -> String { random.pick(["1m", "90s", "5m", "10m", "20m"]) + "5ms" }

  private mutating func modifiers() -> String {
    random.chance(80)
      ? "" : random.pick([" offset 1m", " offset -30s", " @ end()", " @ 1700000600", " @ start() offset 2m"])
  }

  private mutating func range() -> String {
    if random.chance(10) { return "\(selector())[\(window()):\(random.pick(["30s", "1m", ""]))]\(modifiers())" }
    return "\(selector())[\(window())]\(modifiers())"
  }

  private mutating func grouping() -> String {
    random.pick(["", " by (job)", " by (instance)", " without (job)", " by (job, instance)", " without ()"])
  }

  /// An expression whose values are histograms.
  private mutating func histogram(_ depth: Int) -> String {
    if depth <= 0 { return selector() + modifiers() }
    switch random.next() % 12 {
    case 0: return selector() + modifiers()
    case 1, 2, 3, 4: return "\(random.pick(["rate", "increase", "delta"]))(\(range()))"
    case 5, 6, 7: return "sum\(grouping()) (\(histogram(depth - 1)))"
    case 8: return "(\(selector()))\(random.pick(["", " or request_seconds"]))"
    case 9:
      return
        "\(selector()) + \(random.pick(["", "on (job, instance) ", "ignoring (instance) "]))\(selector())\(modifiers())"
    default: return "\(histogram(depth - 1)) \(random.pick(["and", "or", "unless"])) \(histogram(depth - 1))"
    }
  }

  /// An expression that makes numbers of histograms.
  private mutating func float(_ depth: Int) -> String {
    let inner = histogram(depth - 1)
    switch random.next() % 12 {
    case 0, 1, 2: return "histogram_count(\(inner))"
    case 3, 4, 5: return "histogram_sum(\(inner))"
    case 6: return "histogram_quantile(\(random.pick(["0", "1", "-1", "2", "NaN"])), \(inner))"
    case 7:
      // Powers of 4 are bounds of buckets in every schema here.
      let bounds = random.pick(["0.25, 16", "1, 4", "-Inf, 1", "-4, Inf", "4, 4", "16, 1", "NaN, 1", "-Inf, Inf"])
      return "histogram_fraction(\(bounds), \(inner))"
    case 8: return "\(random.pick(["count", "group"]))\(grouping()) (\(inner))"
    case 9: return "\(random.pick(["count_over_time", "present_over_time", "absent_over_time"]))(\(range()))"
    case 10: return "\(random.pick(["absent", "timestamp"]))(\(inner))"
    default: return "histogram_sum(\(inner)) / histogram_count(\(inner))"
    }
  }
}
