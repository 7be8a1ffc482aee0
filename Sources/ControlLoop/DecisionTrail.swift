import Model
import Ports

/// The last decisions that differed from the one before, the newest last. In memory only: what they led to is in the
/// journal.
struct DecisionTrail: Sendable {
  /// Decisions that are kept.
  static let kept = 500

  private(set) var notes: [DecisionNote] = []

  /// Adds a decision, or says of the last one that it still stands.
  ///
  /// Two decisions are the same when their summaries are and each pool has the same verdict, number and reasons by code:
  /// sentences differ at every tick by the figures in them.
  mutating func add(_ report: Report) {
    let last = notes.last
    let earlier = Dictionary((last?.pools ?? []).map { ($0.pool, $0) }, uniquingKeysWith: { first, _ in first })
    let pools = report.pools.map { pool in
      DecisionNote.PoolNote(pool, changed: earlier[pool.pool].map { Self.differs(pool, from: $0) } ?? true)
    }
    if let last, last.summary == report.summary, last.pools.count == pools.count, !pools.contains(where: \.changed) {
      notes[notes.count - 1].until = report.at
      return
    }
    notes.append(DecisionNote(at: report.at, summary: report.summary, pools: pools))
    notes.removeFirst(max(0, notes.count - Self.kept))
  }

  private static func differs(_ report: PoolReport, from note: DecisionNote.PoolNote) -> Bool {
    report.verdict != note.verdict || report.desired != note.desired
      || report.reasons.map(\.code) != note.reasons.map(\.code)
  }
}
