import Model
import Ports
import RemoteWrite
import Synchronization
import TimeSeries

/// Sends numbered samples by remote write, and remembers which were acknowledged.
final class NumberedSender: Sendable {
  /// Series of one sender; each request has one sample of each, all of the same value.
  static let series = 10
  /// Real time between an answer and the next request, and after one that was refused or not answered.
  static let pause: Duration = .milliseconds(80)
  static let pauseAfterFailure: Duration = .milliseconds(250)
  /// A request that is not answered by then has no answer.
  static let deadline: Duration = .seconds(8)

  static let metric = "soak_numbered"
  /// Samples that are older at the end are not asked for: hours of the world's time, as many minutes of ours.
  static let askedHours = 36
  let number: Int
  private let time: any TimeSource
  private let state = Mutex((samples: AcknowledgedSamples(), refusals: [Int: Int]()))

  init(number: Int, time: any TimeSource) {
    self.number = number
    self.time = time
  }

  var samples: AcknowledgedSamples { state.withLock { $0.samples } }
  /// How often which other status than 2xx was answered, by status.
  var refusals: [Int: Int] { state.withLock { $0.refusals } }

  /// Until the task is cancelled.
  func run(to brain: Brain) async {
    var last = Int64.min
    var value = 0.0
    while !Task.isCancelled {
      // Each request has a time of its own, and later than the one before: the store takes them in order.
      let at = max(time.now().milliseconds, last + 1)
      last = at
      value += 1
      let status = await brain.write(
        body: RemoteWriteEncoder.body((0..<Self.series).map { series($0, value, at) }), deadline: Self.deadline)
      let isTaken = status.map { (200...299).contains($0) } ?? false
      state.withLock { state in
        state.samples.note(value, at: at, status: status)
        if let status, !isTaken { state.refusals[status, default: 0] += 1 }
      }
      try? await Task.sleep(for: isTaken ? Self.pause : Self.pauseAfterFailure)
    }
  }

  private func series(_ index: Int, _ value: Double, _ at: Int64) -> RemoteWriteEncoder.Series {
    let labels = Labels(["__name__": Self.metric, "sender": "\(number)", "series": "\(index)"])
    return (labels, [(timestamp: at, value: value)])
  }

  /// Milliseconds of samples that are asked for in one query.
  private static let span: Int64 = 600_000

  /// Asks for everything that was acknowledged.
  /// - Returns: how many samples were looked for, and sentences on those that are not there.
  func lost(from brain: Brain) async throws -> (asked: Int, findings: [String]) {
    let samples = samples
    var findings: [String] = []
    var asked = 0
    let oldest = time.now().milliseconds - Int64(Self.askedHours) * 3_600_000
    for span in samples.spans(of: Self.span) where span.lowerBound >= oldest {
      asked += samples.values.keys.count { span.contains($0) } * Self.series
      let expression = "\(Self.metric){sender=\"\(number)\"}[\(Self.span)ms]"
      let found = try await brain.query(expression, at: Double(span.upperBound) / 1000)
      let bySeries = Dictionary(found.map { ($0.metric["series"] ?? "", $0.values ?? []) }) { first, _ in first }
      for index in 0..<Self.series {
        let values = Dictionary(
          (bySeries["\(index)"] ?? []).map { (Int64(($0.time * 1000).rounded()), $0.value) }
        ) { first, _ in first }
        let lost = samples.lost(in: span, found: values)
        if let first = lost.first {
          findings.append(
            "sender \(number), series \(index): \(lost.count) acknowledged samples are not there, the first of "
              + "\(Instant(milliseconds: first))")
        }
      }
    }
    return (asked, findings)
  }
}
