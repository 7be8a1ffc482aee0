/// Notes that travel beside a result, each once, in the order in which they arose.
public struct Annotations: Sendable, Hashable {
  /// Something is probably wrong with the query or the data.
  public private(set) var warnings: [String] = []
  /// Something that the reader may want to know.
  public var infos: [String] { notes + corrections.map(\.text) }

  private var notes: [String] = []
  private var corrections: [CorrectionNote] = []

  /// No notes.
  public init() {}

  /// Whether there are no notes at all.
  public var isEmpty: Bool { warnings.isEmpty && notes.isEmpty && corrections.isEmpty }

  /// The most notes of each kind that are kept.
  private static let limit = 100

  mutating func warn(_ message: String) { Annotations.insert("PromQL warning: " + message, into: &warnings) }
  mutating func inform(_ message: String) { Annotations.insert("PromQL info: " + message, into: &notes) }

  /// Notes a correction of a classic histogram. Those with the same message at the same place become one note.
  mutating func inform(_ message: String, _ place: String, _ correction: Correction, at time: Int64) {
    let message = "PromQL info: " + message
    if let index = corrections.firstIndex(where: { $0.message == message && $0.place == place }) {
      corrections[index].add(correction, at: time)
    } else if corrections.count < Annotations.limit {
      corrections.append(CorrectionNote(message: message, place: place, correction: correction, first: time))
    }
  }

  private static func insert(_ message: String, into list: inout [String]) {
    if list.count < limit, !list.contains(message) { list.append(message) }
  }
}

/// Corrections of one metric's classic histograms over all steps of a query.
private struct CorrectionNote: Sendable, Hashable {
  let message: String
  let place: String
  var correction: Correction
  var first: Int64
  var last: Int64
  var samples = 1

  init(message: String, place: String, correction: Correction, first: Int64) {
    self.message = message
    self.place = place
    self.correction = correction
    self.first = first
    last = first
  }

  mutating func add(_ other: Correction, at time: Int64) {
    correction = correction.joined(with: other)
    first = min(first, time)
    last = max(last, time)
    samples += 1
  }

  var text: String {
    "\(message), from buckets \(FloatFormat.general(correction.lowest)) to \(FloatFormat.general(correction.highest)), "
      + "with a max diff of \(FloatFormat.rough(correction.difference)), over \(samples) samples "
      + "from \(CivilTime.text(milliseconds: first)) to \(CivilTime.text(milliseconds: last)) \(place)"
  }
}
