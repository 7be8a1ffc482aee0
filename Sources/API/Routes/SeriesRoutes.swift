import HTTPTypes
import Hummingbird
import PromQL
import RemoteWrite
import TimeSeries

/// `/api/v1/series`, `/labels`, `/label/NAME/values`, `/metadata`, `/query_exemplars`: what there is to be asked for.
struct SeriesRoutes: Sendable {
  let store: SeriesStore
  let lanes: QueryLanes

  func add(to router: some RouterMethods<ServerContext>) {
    let group = router.group("/api/v1")
    for method in [HTTPRequest.Method.get, .post] {
      group.on("/series", method: method) { request, _ in await lanes.answer(request, series) }
      group.on("/labels", method: method) { request, _ in await lanes.answer(request, labelNames) }
      group.on("/query_exemplars", method: method) { request, _ in await lanes.answer(request, exemplars) }
    }
    group.get("/label/:name/values") { request, context in
      let name = LabelEscape.undone(context.path("name"))
      return await lanes.answer(request) { try labelValues(name, $0) }
    }
    group.get("/metadata") { request, _ in await lanes.answer(request, metadata) }
  }

  private func series(_ parameters: QueryParameters) throws -> Response {
    let selectors = try parameters.selectors()
    guard !selectors.isEmpty else { throw ParameterError(message: "no match[] parameter provided: give one at least") }
    let (from, through) = try parameters.window()
    let limit = try parameters.limit()
    let found = store.series(selectors, from: from, through: through, limit: limit.map(Self.oneMore))
    return PrometheusAnswer.success(found, limit: limit) { $0.labels($1) }
  }

  private func labelNames(_ parameters: QueryParameters) throws -> Response {
    let (from, through) = try parameters.window()
    let limit = try parameters.limit()
    let names = store.labelNames(
      try parameters.selectors(), from: from, through: through, limit: limit.map(Self.oneMore))
    return PrometheusAnswer.success(names, limit: limit) { $0.string($1) }
  }

  private func labelValues(_ name: String, _ parameters: QueryParameters) throws -> Response {
    guard !name.isEmpty else { throw ParameterError(message: "the label's name is empty") }
    let (from, through) = try parameters.window()
    let limit = try parameters.limit()
    let values = store.labelValues(
      name, try parameters.selectors(), from: from, through: through, limit: limit.map(Self.oneMore))
    return PrometheusAnswer.success(values, limit: limit) { $0.string($1) }
  }

  private func metadata(_ parameters: QueryParameters) throws -> Response {
    var text = JSONBytes()
    text.object(store.metadata(family: parameters.first("metric"), limit: try parameters.limit())) { text, entry in
      text.string(entry.family)
      text.raw(":[{\"type\":")
      text.string(entry.kind.rawValue)
      text.raw(",\"help\":")
      text.string(entry.help)
      text.raw(",\"unit\":")
      text.string(entry.unit)
      text.raw("}]")
    }
    return PrometheusAnswer.success(ReadyData(json: text.bytes))
  }

  private func exemplars(_ parameters: QueryParameters) throws -> Response {
    let query = try parameters.query()
    let (from, through) = try parameters.window()
    let found = store.exemplars(query.selectors, from: from, through: through)
    let series = Dictionary(grouping: found, by: \.series)
    var text = JSONBytes()
    text.array(series.keys.sorted()) { text, labels in
      text.raw("{\"seriesLabels\":")
      text.labels(labels)
      text.raw(",\"exemplars\":")
      text.array(series[labels] ?? []) { text, exemplar in
        text.raw("{\"labels\":")
        text.labels(exemplar.labels)
        text.raw(",\"value\":")
        text.number(exemplar.value)
        text.raw(",\"timestamp\":")
        text.timestamp(exemplar.timestamp)
        text.raw("}")
      }
      text.raw("}")
    }
    return PrometheusAnswer.success(ReadyData(json: text.bytes))
  }

  /// One more than asked for tells whether there are more.
  private static func oneMore(_ limit: Int) -> Int { limit == .max ? limit : limit + 1 }
}

extension QueryParameters {
  /// The matchers of each `match[]`.
  func selectors() throws -> [[LabelMatcher]] {
    try all("match[]").map { text in
      let query: Query
      do { query = try Query(parse: text) } catch { throw ParameterError("match[]", "\(error)") }
      let found = query.selectors
      guard query.resultType == "vector", let matchers = found.first, found.count == 1 else {
        throw ParameterError(
          "match[]", "\"\(text.prefix(200))\" is no series selector; give e.g. up{job=\"node\"}")
      }
      return matchers
    }
  }

  /// `start` and `end` in milliseconds; all time where they are not given.
  func window() throws -> (from: Int64, through: Int64) {
    let window = (from: try time("start") ?? .min, through: try time("end") ?? .max)
    guard window.from <= window.through else {
      throw ParameterError("end", "end timestamp must not be before start timestamp")
    }
    return window
  }
}

/// Label names in the spelling that Prometheus uses for UTF-8 names in paths: `U__my_2e_label` is `my.label`.
enum LabelEscape {
  static func undone(_ name: String) -> String {
    guard name.hasPrefix("U__") else { return name }
    var result = ""
    var rest = name.dropFirst(3)
    while let character = rest.popFirst() {
      guard character == "_" else {
        result.append(character)
        continue
      }
      let digits = rest.prefix { $0 != "_" }
      guard digits.endIndex < rest.endIndex, digits.count <= 6 else { return name }
      rest = rest[digits.endIndex...].dropFirst()
      if digits.isEmpty {
        result.append("_")
      } else {
        guard let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else { return name }
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
