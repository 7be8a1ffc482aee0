import Model
import Ports

/// A program that only observes changes nothing.
///
/// Promised: as long as it is told to observe, it makes no call that changes anything, and no worker's record gets another
/// state, nor is there a new one. What it had begun waits until it acts again.
public struct ObservationChecker: Checker {
  public static let name = "observation"

  /// At the last moment.
  private var observed = false
  private var states: [WorkerID: WorkerState] = [:]

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    let isObserving = moment.mode == .observe
    defer {
      observed = isObserving
      for record in moment.changed { states[record.id] = record.state }
    }
    // Not a step at whose beginning or end it acted.
    guard isObserving, observed else { return [] }
    if let call = moment.calls.first {
      return [violation(moment, "The program only observes and has made a call: \(call.call).")]
    }
    for record in moment.changed where states[record.id] != record.state {
      return [
        violation(
          moment,
          "The program only observes, and \(record.name) is \(record.state.rawValue) now, which it was not before.")
      ]
    }
    return []
  }
}
