import Backtest
import ControlLoop
import Model
import Ports

/// Reads a stretch of time from a metric source, window by window, so that neither side ever holds all of it.
struct HistoryReading {
  let source: any RangeSource
  let policy: Policy
  var priorityClasses: [String: Int] = [:]
  /// Told after each window, with the share of the time that is read; answers whether to go on.
  var proceeds: (_ share: Double) -> Bool = { _ in true }

  /// A window as long as this is tried first; one that is too much for the source is halved.
  static let longestWindow: Duration = .hours(6)
  /// A window that is still too much is a failure.
  static let shortestWindow: Duration = .minutes(10)

  /// The history from `start` to `end`, or, when told to stop, to where it got.
  /// - Parameter name: where it comes from, for people.
  func read(from start: Instant, through end: Instant, name: String) async throws -> History {
    var assembly = HistoryAssembly(from: start, policy: policy, priorityClasses: priorityClasses)
    var refused: Set<HistoryQuestion> = []
    var unreadable: Set<TriggerName> = []
    var length = Self.longestWindow
    var from = start
    while from < end {
      let through = min(end, from.advanced(by: length))
      do {
        let window = try await window(from, through, &refused, &assembly)
        let readings = try await readings(from, through, isFirst: from == start, &unreadable, &assembly)
        do { try assembly.add(window) } catch { throw Failure(.failed, error.sentence) }
        for (trigger, list) in readings { assembly.add(list, of: trigger) }
      } catch let error as RangeTooLarge {
        guard length / 2 >= Self.shortestWindow else {
          throw Failure(
            .failed,
            "\(error) Even \(length.text) are too much for one query: raise the server's limits of samples "
              + "and of time for a query.")
        }
        length = length / 2
        continue
      } catch let error as PortError {
        throw Failure(error.code == .unreachable ? .unreachable : .failed, error.message)
      }
      guard assembly.podCount <= HistoryAssembly.mostPods else {
        throw Failure(
          .failed,
          "More than \(HistoryAssembly.mostPods) pods came and went by \(through): choose a shorter time with --from and --to."
        )
      }
      from = through
      if !proceeds((from - start).inSeconds / max((end - start).inSeconds, 1)), from < end {
        assembly.note("Reading was interrupted: the history ends at \(from) instead of \(end).")
        break
      }
    }
    guard assembly.podCount > 0 else {
      throw Failure(
        .failed,
        "\(name) has no kube_pod_info from \(start) to \(from): does it scrape kube-state-metrics, and keep "
          + "samples of that time?")
    }
    return assembly.history(source: "\(name), \(start) to \(from)")
  }

  // MARK: - One window

  private func window(
    _ from: Instant, _ through: Instant, _ refused: inout Set<HistoryQuestion>, _ assembly: inout HistoryAssembly
  ) async throws -> HistoryAssembly.Window {
    var window = HistoryAssembly.Window(start: from, end: through)
    for question in HistoryQuestion.all where !refused.contains(question) {
      let expression = question.expression(over: through - from)
      do {
        let series = try await source.range(
          expression, from: through, through: through, step: through - from, freshWithin: nil)
        window.answers[question] = series.compactMap { one in
          one.points.last.map { MetricElement(labels: one.labels, value: $0.value, at: $0.at) }
        }
      } catch let error as PortError where !question.isRequired && error.code == .invalid {
        refused.insert(question)
        assembly.note("The source cannot answer \(expression): \(error.message)")
      }
    }
    let presence = try await source.range(
      "count(\(ClusterMetrics.Family.podInfo.rawValue))", from: from, through: through,
      step: HistoryAssembly.presenceStep, freshWithin: nil)
    window.present = presence.flatMap { $0.points.map(\.at) }
    return window
  }

  // MARK: - Triggers

  /// Triggers whose readings do not follow from the pods: what they ask for is replayed as it was read.
  private var recordedTriggers: [Trigger] { policy.triggers.filter { $0.kind == .custom } }

  private func readings(
    _ from: Instant, _ through: Instant, isFirst: Bool, _ unreadable: inout Set<TriggerName>,
    _ assembly: inout HistoryAssembly
  ) async throws -> [(TriggerName, [Reading])] {
    let step = policy.pace.expectedSampleInterval
    let first = isFirst ? from : from.advanced(by: step)
    guard first <= through else { return [] }
    var all: [(TriggerName, [Reading])] = []
    for trigger in recordedTriggers where !unreadable.contains(trigger.name) {
      do {
        let series = try await source.range(
          trigger.expression, from: first, through: through, step: step, freshWithin: step * 2)
        let (readings, fault) = Self.folded(series, trigger)
        if let fault { assembly.note(fault) }
        all.append((trigger.name, readings))
      } catch let error as PortError where error.code == .invalid {
        unreadable.insert(trigger.name)
        assembly.note("Trigger \(trigger.name) could not be read: \(error.message)")
      }
    }
    return all
  }

  /// One reading for each instant at which there is one, and why there is none at the first at which there is not.
  static func folded(_ series: [RangeSeries], _ trigger: Trigger) -> ([Reading], String?) {
    var elements: [Instant: [MetricElement]] = [:]
    for one in series {
      for point in one.points {
        elements[point.at, default: []].append(MetricElement(labels: one.labels, value: point.value, at: point.at))
      }
    }
    var readings: [Reading] = []
    var fault: String?
    for at in elements.keys.sorted() {
      switch TriggerReadings.fold(.known(elements[at]!, at: at), of: trigger) {
      case .known(let reading, _): readings.append(reading)
      case .unknown(let reason): fault = fault ?? reason
      }
    }
    return (readings, fault)
  }
}
