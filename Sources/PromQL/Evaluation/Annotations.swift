/// Notes that travel beside a result, in the order in which they arose. What is noted at several places of a query is
/// told once, with the last of them, as Prometheus does.
public struct Annotations: Sendable, Hashable {
  /// Something is probably wrong with the query or the data.
  public var warnings: [String] { warningNotes.map(\.text) }
  /// Something that the reader may want to know.
  public var infos: [String] { infoNotes.map(\.text) + corrections.map(\.text) }

  private var warningNotes: [Note] = []
  private var infoNotes: [Note] = []
  private var corrections: [CorrectionNote] = []

  /// A message, and the same with its place.
  private struct Note: Sendable, Hashable {
    var message: String
    var text: String
  }

  /// No notes.
  public init() {}

  /// Whether there are no notes at all.
  public var isEmpty: Bool { warningNotes.isEmpty && infoNotes.isEmpty && corrections.isEmpty }

  /// The most notes of each kind that are kept.
  private static let limit = 100

  mutating func warn(_ message: String) { Annotations.insert("PromQL warning: " + message, into: &warningNotes) }
  mutating func inform(_ message: String) { Annotations.insert("PromQL info: " + message, into: &infoNotes) }

  /// Notes a correction of a classic histogram. Those with the same message become one note.
  mutating func inform(_ message: String, _ place: String, _ correction: Correction, at time: Int64) {
    let message = "PromQL info: " + message
    if let index = corrections.firstIndex(where: { $0.message == message }) {
      corrections[index].place = place
      corrections[index].add(correction, at: time)
    } else if corrections.count < Annotations.limit {
      corrections.append(CorrectionNote(message: message, place: place, correction: correction, first: time))
    }
  }

  private static func insert(_ text: String, into list: inout [Note]) {
    if list.last?.text == text { return }
    let message = text.utf8.lastIndex(of: UInt8(ascii: "(")).map { String(text[..<$0]) } ?? text
    if let known = list.firstIndex(where: { $0.message == message }) {
      list[known].text = text
    } else if list.count < limit {
      list.append(Note(message: message, text: text))
    }
  }
}

/// Corrections of one metric's classic histograms over all steps of a query.
private struct CorrectionNote: Sendable, Hashable {
  let message: String
  var place: String
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
