import Model
import Ports

/// What the loop holds between ticks. The journal has the same, so a restart loses nothing of it.
struct LoopState: Sendable {
  /// Not terminated, sorted by name.
  var workers: [WorkerRecord]
  /// Open, oldest first.
  var requests: [ScaleRequest]
  var memory: DecisionMemory
  /// The month's records of workers that are gone; live ones are counted from `workers`.
  var finished: [WorkerRecord]
  var latest: (snapshot: Snapshot, plan: Plan, report: Report)?
  var ticks = 0
  var lastDecisionAt: Instant?

  init(_ state: JournalState, finished: [WorkerRecord]) {
    workers = state.workers
    requests = state.requests
    memory = state.memory
    self.finished = finished
  }

  /// Takes over what has been written to the journal.
  mutating func commit(_ entry: JournalEntry) {
    for record in entry.workers {
      workers.removeAll { $0.id == record.id }
      if record.state == .terminated { finished.append(record) } else { workers.append(record) }
    }
    workers.sort { ($0.name, $0.id) < ($1.name, $1.id) }
    for request in entry.requests {
      if let index = requests.firstIndex(where: { $0.id == request.id }) {
        requests[index] = request
      } else {
        requests.append(request)
      }
    }
    requests.removeAll { entry.closedRequests.contains($0.id) }
    if let memory = entry.memory { self.memory = memory }
  }

  /// All records that this month's bill rests on.
  var billed: [WorkerRecord] { finished + workers }
}

extension DecisionMemory {
  /// Without the latest readings, which change every tick and need not survive a restart.
  var withoutReadings: DecisionMemory {
    var copy = self
    for name in triggers.keys { copy.triggers[name]?.lastReading = nil }
    return copy
  }
}
