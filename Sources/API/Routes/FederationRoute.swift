import Exposition
import HTTPTypes
import Hummingbird
import Model
import Ports
import PromQL
import RemoteWrite
import TimeSeries

/// `/federate`: the newest samples of chosen series, for another Prometheus to scrape.
struct FederationRoute: Sendable {
  let parts: ServerParts
  let lanes: QueryLanes

  func add(to router: some RouterMethods<ServerContext>) {
    router.get("/federate") { request, _ in await lanes.answer(request, federate) }
  }

  private func federate(_ parameters: QueryParameters) throws -> Response {
    let selectors = try parameters.selectors()
    guard !selectors.isEmpty else { throw ParameterError(message: "no match[] parameter provided: give one at least") }
    let now = parts.time.now().milliseconds
    let from = now - parts.engine.limits.lookback + 1
    var newest: [Labels: FederatedSamples.Sample] = [:]
    var buffer = SampleBuffer()
    for matchers in selectors {
      for series in try parts.receiver.store.select(matchers, from: from, through: now) {
        guard !series.labels.metric.isEmpty, newest[series.labels] == nil else { continue }
        buffer.removeAll()
        series.read(from: from, through: now, into: &buffer)
        // The text format has no native histograms.
        guard let last = buffer.values.last, !last.isStaleMarker, (buffer.histograms.last ?? nil) == nil else {
          continue
        }
        newest[series.labels] = .init(labels: series.labels, timestamp: buffer.timestamps.last ?? now, value: last)
      }
    }
    let samples = newest.values.sorted {
      let (left, right) = ($0.labels.metric, $1.labels.metric)
      return left == right ? $0.labels < $1.labels : Labels.precedes(left, right)
    }
    return StreamedAnswer.ok(FederatedSamples(samples), contentType: ExpositionFormat.text.contentType)
  }
}

/// Samples in the Prometheus text format, each with its time.
private struct FederatedSamples: AnswerData {
  struct Sample: Sendable {
    var labels: Labels
    /// Milliseconds.
    var timestamp: Int64
    var value: Double
  }

  private let samples: [Sample]
  private var next = 0

  init(_ samples: [Sample]) { self.samples = samples }

  mutating func append(to out: inout JSONBytes, until count: Int) -> Bool {
    while next < samples.count {
      if out.count >= count { return true }
      let metric = samples[next].labels.metric
      if next == 0 || samples[next - 1].labels.metric != metric {
        out.raw(Array("# TYPE \(Self.isPlain(metric) ? metric : Self.quoted(metric)) untyped\n".utf8))
      }
      out.raw(Array(Self.line(samples[next], metric).utf8))
      next += 1
    }
    return false
  }

  private static func line(_ sample: Sample, _ metric: String) -> String {
    var parts = isPlain(metric) ? [] : [quoted(metric)]
    for label in sample.labels.entries where label.name != Labels.metricName {
      parts.append("\(isPlain(label.name) ? label.name : quoted(label.name))=\(quoted(label.value))")
    }
    // So that the scraper does not put its own in the place of one that is missing.
    if sample.labels["instance"] == nil { parts.append("instance=\"\"") }
    let value = FloatFormat.general(sample.value)
    return "\(isPlain(metric) ? metric : ""){\(parts.joined(separator: ","))} \(value) \(sample.timestamp)\n"
  }

  private static func isPlain(_ name: String) -> Bool {
    name.utf8.enumerated().allSatisfy { index, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
        UInt8(ascii: ":"):
        true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
      default: false
      }
    }
  }

  private static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))\""
  }
}
