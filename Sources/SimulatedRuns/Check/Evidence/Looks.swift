import Model

/// When the program could see the world as it was: by then what has happened must have been noticed.
struct Looks {
  /// The world's time of fair looks, ascending, and of the ends of their steps.
  private var looks: [(at: Instant, end: Instant)] = []

  mutating func see(_ moment: Moment) {
    if moment.isFair, let at = moment.lookedAt { looks.append((at, moment.now)) }
  }

  /// How long after an instant the step of the `count`th fair look ended; until `now` where there were fewer.
  func delay(after instant: Instant, looks count: Int, now: Instant) -> Duration {
    var (low, high) = (0, looks.count)
    while low < high {
      let middle = (low + high) / 2
      if looks[middle].at <= instant { low = middle + 1 } else { high = middle }
    }
    let index = low + count - 1
    return max(.zero, (index < looks.count ? looks[index].end : now) - instant)
  }
}
