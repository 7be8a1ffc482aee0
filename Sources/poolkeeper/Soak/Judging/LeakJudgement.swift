/// What a process held at one instant.
struct ProcessSample: Hashable, Sendable {
  /// Real seconds since its start.
  var age: Double
  /// Bytes of memory that are in the machine's.
  var resident: Double
  /// Those of them that belong to no file.
  var anonymous: Double
  /// Open file descriptors.
  var descriptors: Double
}

/// What can leak.
enum LeakingFigure: String, Hashable, Sendable, CaseIterable {
  case resident, anonymous, descriptors

  func value(_ sample: ProcessSample) -> Double {
    switch self {
    case .resident: sample.resident
    case .anonymous: sample.anonymous
    case .descriptors: sample.descriptors
    }
  }

  /// Growth that is none: so much, or this share of what is usual, whichever is more. Memory: what an allocator takes in blocks
  /// and a store of samples may gain; descriptors: connections that happen to be open, of which each worker has some.
  var tolerance: (absolute: Double, share: Double) {
    switch self {
    case .resident, .anonymous: (24 * 1024 * 1024, 0.15)
    case .descriptors: (40, 0.25)
    }
  }

  func text(_ value: Double) -> String {
    self == .descriptors ? "\(Int(value.rounded()))" : "\((value / 1_048_576 * 10).rounded() / 10) MiB"
  }
}

/// Whether one figure of one process stayed flat once it was warm. Pure.
///
/// The slope is the median of those between all pairs of samples (Theil and Sen), which a few peaks do not move. What has grown
/// and then stayed is no leak: the later half has to rise, too.
struct LeakJudgement: Hashable, Sendable {
  /// Of a process's life, in which it may grow as it likes.
  static let warmUp = 1.0 / 3
  /// Fewer samples after that tell nothing.
  static let fewestSamples = 12
  /// Of more samples so many are taken, evenly: the pairs would become too many.
  static let mostSamples = 240

  var figure: LeakingFigure
  /// Seconds that were judged.
  var span: Double
  /// What was usual in the first and the last fifth of them.
  var from: Double
  var to: Double
  /// An hour.
  var slope: Double
  var isLeak: Bool

  /// - Returns: `nil` when there are too few samples.
  init?(_ figure: LeakingFigure, _ samples: [ProcessSample]) {
    guard let last = samples.last else { return nil }
    let warm = samples.filter { $0.age >= last.age * Self.warmUp }
    guard warm.count >= Self.fewestSamples else { return nil }
    let points = Self.thinned(warm).map { (x: $0.age, y: figure.value($0)) }
    let fifth = max(1, points.count / 5)
    self.figure = figure
    span = points[points.count - 1].x - points[0].x
    from = Self.median(points.prefix(fifth).map(\.y))
    to = Self.median(points.suffix(fifth).map(\.y))
    let perSecond = Self.slope(points[...])
    slope = perSecond * 3600
    let tolerance = max(figure.tolerance.absolute, figure.tolerance.share * Self.median(points.map(\.y)))
    let later = Self.slope(points[(points.count / 2)...]) * span / 2
    isLeak = perSecond * span > tolerance && later > tolerance / 4 && to - from > tolerance
  }

  private static func thinned(_ samples: [ProcessSample]) -> [ProcessSample] {
    guard samples.count > mostSamples else { return samples }
    return (0..<mostSamples).map { samples[$0 * (samples.count - 1) / (mostSamples - 1)] }
  }

  private static func slope(_ points: ArraySlice<(x: Double, y: Double)>) -> Double {
    var slopes: [Double] = []
    for (index, first) in zip(points.indices, points) {
      for second in points[(index + 1)...] where second.x > first.x {
        slopes.append((second.y - first.y) / (second.x - first.x))
      }
    }
    return median(slopes)
  }

  /// 0 for none.
  static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}
