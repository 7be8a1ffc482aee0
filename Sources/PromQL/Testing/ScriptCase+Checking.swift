import TimeSeries

extension ScriptCase {
  /// Evaluates the expression and compares. Returns what is wrong, or `nil`.
  func failure(_ engine: Engine, _ source: TableSource) -> String? {
    let result: QueryResult
    do {
      let query = try Query(parse: expression)
      switch times {
      case .instant(let time): result = try engine.instant(query, source, at: time)
      case .range(let start, let end, let step):
        result = try engine.range(query, source, start: start, end: end, step: step)
      }
    } catch {
      let message = (error as? PromQLError)?.description ?? "\(error)"
      if failures.isEmpty { return "unexpected error: \(message)" }
      return failures.contains { Self.fits(message, $0) }
        ? nil : "expected an error \(failures.map(Self.describe)), got: \(message)"
    }
    if !failures.isEmpty { return "expected an error, got \(Self.describe(result.value))" }
    if let wrong = annotationFailure(result.annotations) { return wrong }
    if let wrong = valueFailure(result.value) { return wrong }
    return crossCheck(engine, source, result)
  }

  private func annotationFailure(_ annotations: Annotations) -> String? {
    for (kind, expected, found, isForbidden) in [
      ("warning", warnings, annotations.warnings, forbidsWarnings), ("info", infos, annotations.infos, forbidsInfos),
    ] {
      if isForbidden && !found.isEmpty { return "expected no \(kind), got \(found)" }
      for test in expected where !found.contains(where: { Self.fits($0, test) }) {
        return "expected \(kind) \(Self.describe(test)), got \(found)"
      }
      if expected.isEmpty { continue }
      for message in found where !expected.contains(where: { Self.fits(message, $0) }) {
        return "unexpected \(kind) \"\(message)\""
      }
    }
    return nil
  }

  private static func fits(_ message: String, _ test: MessageTest) -> Bool {
    switch test {
    case .any: return true
    case .exactly(let text): return message == text
    case .matching(let pattern):
      return (try? RegularExpression("(?s:.*)(?:\(pattern))(?s:.*)").matches(message)) ?? false
    }
  }

  private static func describe(_ test: MessageTest) -> String {
    switch test {
    case .any: "of any text"
    case .exactly(let text): "\"\(text)\""
    case .matching(let pattern): "matching \(pattern)"
    }
  }

  private func valueFailure(_ value: QueryResult.Value) -> String? {
    switch value {
    case .scalar(_, let found):
      guard let scalar else { return "expected \(series.count) series, got the scalar \(FloatFormat.decimal(found))" }
      return ScriptComparison.isClose(scalar, found)
        ? nil : "expected \(FloatFormat.decimal(scalar)), got \(FloatFormat.decimal(found))"
    case .string(_, let found):
      if string == found { return nil }
      return "expected the string \(Quoting.quoted(string ?? "(none)")), got \(Quoting.quoted(found))"
    case .vector(_, let samples): return vectorFailure(samples)
    case .matrix(let found): return matrixFailure(found)
    }
  }

  private func vectorFailure(_ samples: [VectorSample]) -> String? {
    if let scalar { return "expected the scalar \(FloatFormat.decimal(scalar)), got a vector" }
    if string != nil { return "expected a string, got a vector" }
    if isOrdered {
      guard series.map(\.labels) == samples.map(\.labels) else {
        return "expected in this order \(series.map(\.labels.description)), got \(samples.map(\.labels.description))"
      }
    }
    return compare(
      samples.map { ($0.labels, [0: $0.value]) }, expected: series.map { ($0.labels, [0: $0.points.first ?? nil]) })
  }

  private func matrixFailure(_ found: [MatrixSeries]) -> String? {
    let (start, step): (Int64, Int64)
    switch times {
    case .range(let from, _, let by): (start, step) = (from, by)
    case .instant:
      guard let rangeVector else { return "expected an instant vector, got a range vector" }
      (start, step) = (rangeVector.start, rangeVector.step)
    }
    var got: [(Labels, [Int: SampleValue])] = []
    for one in found {
      var points: [Int: SampleValue] = [:]
      for point in one.points {
        guard (point.timestamp - start) % step == 0, point.timestamp >= start else {
          return "\(one.labels) has a point at \(point.timestamp) ms, outside of the expected steps"
        }
        points[Int((point.timestamp - start) / step)] = point.value
      }
      got.append((one.labels, points))
    }
    var expected = series.map { one in
      (one.labels, Dictionary(uniqueKeysWithValues: one.points.enumerated().map { ($0.offset, $0.element) }))
    }
    if let scalar, case .range(let from, let to, let by) = times {
      expected.append(
        (
          Labels(),
          Dictionary(
            uniqueKeysWithValues: (0...Int((to - from) / by)).map { ($0, ScriptPoint(value: .float(scalar))) })
        ))
    }
    return compare(got, expected: expected)
  }

  private func compare(_ found: [(Labels, [Int: SampleValue])], expected: [(Labels, [Int: ScriptPoint?])]) -> String? {
    var rest = found
    for (labels, points) in expected {
      let wanted = points.compactMapValues { $0 }
      guard let index = rest.firstIndex(where: { $0.0 == labels }) else {
        if wanted.isEmpty { continue }
        return "expected \(labels.setNotation), got \(found.map(\.0.setNotation).sorted())"
      }
      let got = rest.remove(at: index).1
      for step in Set(wanted.keys).union(got.keys).sorted() {
        switch (wanted[step], got[step]) {
        case (let a?, let b?):
          if !ScriptComparison.isSame(a, b) {
            return "\(labels.setNotation) step \(step): expected \(Self.describe(a.value)), got \(Self.describe(b))"
          }
        case (let a?, nil):
          return "\(labels.setNotation) step \(step): expected \(Self.describe(a.value)), got nothing"
        case (nil, let b?): return "\(labels.setNotation) step \(step): expected nothing, got \(Self.describe(b))"
        case (nil, nil): break
        }
      }
    }
    if let extra = rest.first {
      return "unexpected series \(extra.0.setNotation) with \(extra.1.values.map(Self.describe).sorted())"
    }
    return nil
  }

  private static func describe(_ value: SampleValue) -> String {
    switch value {
    case .float(let value): FloatFormat.decimal(value)
    case .histogram(let histogram): histogram.notation + " (\(histogram.counterResetHint))"
    }
  }

  private static func describe(_ value: QueryResult.Value) -> String {
    switch value {
    case .scalar(_, let value): FloatFormat.decimal(value)
    case .string(_, let text): Quoting.quoted(text)
    case .vector(_, let samples): "a vector of \(samples.count)"
    case .matrix(let series): "a matrix of \(series.count)"
    }
  }

  /// An instant query must give the same as the same step of a range query around it, unless it asks for its own times.
  private func crossCheck(_ engine: Engine, _ source: TableSource, _ result: QueryResult) -> String? {
    guard case .instant(let time) = times, case .vector(_, let samples) = result.value, warnings.isEmpty,
      !["start(", "end(", "step(", "range("].contains(where: expression.contains)
    else { return nil }
    guard let query = try? Query(parse: expression),
      let range = try? engine.range(query, source, start: time - 60_000, end: time + 60_000, step: 60_000),
      case .matrix(let series) = range.value
    else { return nil }
    let got = series.compactMap { one in
      one.points.first { $0.timestamp == time }.map { (one.labels, [0: $0.value]) }
    }
    let wrong = compare(got, expected: samples.map { ($0.labels, [0: ScriptPoint(value: $0.value)]) })
    return wrong.map { "as a step of a range query: \($0)" }
  }
}

/// When values count as equal in test scripts.
enum ScriptComparison {
  /// Equal up to a relative difference of one millionth.
  static func isClose(_ a: Double, _ b: Double) -> Bool {
    if a == b || (a.isNaN && b.isNaN) { return true }
    let difference = (a - b).magnitude
    let sum = a.magnitude + b.magnitude
    if a == 0 || b == 0 || sum < Double.leastNormalMagnitude { return difference < 1e-6 * Double.leastNormalMagnitude }
    return difference / min(sum, Double.greatestFiniteMagnitude) < 1e-6
  }

  static func isSame(_ expected: ScriptPoint, _ found: SampleValue) -> Bool {
    switch (expected.value, found) {
    case (.float(let a), .float(let b)): return isClose(a, b)
    case (.histogram(let a), .histogram(let b)):
      if expected.statesHint && a.counterResetHint != b.counterResetHint { return false }
      return isSame(a.compacted(), b.compacted())
    default: return false
    }
  }

  private static func isSame(_ a: NativeHistogram, _ b: NativeHistogram) -> Bool {
    guard a.schema == b.schema, isClose(a.count, b.count), isClose(a.sum, b.sum), a.customValues == b.customValues,
      isClose(a.zeroThreshold, b.zeroThreshold), isClose(a.zeroCount, b.zeroCount)
    else { return false }
    return isClose(a.positive, b.positive) && isClose(a.negative, b.negative)
  }

  private static func isClose(_ a: SparseBuckets, _ b: SparseBuckets) -> Bool {
    a.indices == b.indices && zip(a.counts, b.counts).allSatisfy { isClose($0, $1) }
  }
}
