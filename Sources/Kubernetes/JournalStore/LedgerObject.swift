import Foundation
import Ports

/// The ledger's `spec`. Its replacement with the resource version that was read is the moment at which an entry is
/// written.
struct LedgerSpec: Codable, Equatable, Sendable {
  /// Ledgers of a newer format are refused.
  static let format = 1

  var format = Self.format
  var cluster: String
  /// Who may write, and how often that has changed.
  var holder: String
  var epoch: Int
  /// The leader's own count of its terms, for people.
  var term: Int
  /// Entries written so far.
  var entry: Int
  /// Unlike in any other write, so that one whose answer was lost is found again.
  var token: String
  /// How many are in the body, for people.
  var workers: Int
  var requests: Int
  /// The body as JSON text, or absent when it is in pages. Text, because numbers of a structured object would pass through the API
  /// server's floating point.
  var body: String?
  /// Names of the body's pages, in order.
  var pages: [String]?

  /// Whether both are of one write.
  func isSameWrite(as other: LedgerSpec) -> Bool {
    holder == other.holder && epoch == other.epoch && token == other.token
  }
}

/// The ledger as it was read or stored.
struct LedgerObject: Sendable {
  var object: JournalObject
  var spec: LedgerSpec

  /// - Throws: `PortError` for another cluster's ledger, and for one of a newer format.
  init(_ bytes: [UInt8], cluster: String, operation: String) throws {
    do {
      object = try JournalObject(bytes)
      // What a newer format calls its parts is not known, so its number is looked at first.
      let format = try object.spec["format"] as? Int ?? 0
      guard format <= LedgerSpec.format else {
        throw PortError(
          .invalid,
          "The ledger \(object.name) has format \(format), and this version knows \(LedgerSpec.format): "
            + "run the version that wrote it, or a newer one.", operation: operation)
      }
      spec = try object.spec(as: LedgerSpec.self)
    } catch let error as KubernetesError {
      throw PortError(error, operation: operation)
    }
    guard spec.cluster == cluster else {
      throw PortError(
        .conflict,
        "The ledger \(object.name) belongs to the cluster \"\(spec.cluster)\", but the configuration names \"\(cluster)\". "
          + "Use another namespace, or correct cluster_name.", operation: operation)
    }
  }
}

/// A page's `spec`: a part of a body, or events.
struct LedgerPageSpec: Codable, Equatable, Sendable {
  enum Purpose: String, Codable, Sendable { case body, events }

  var purpose: Purpose
  /// The entry that wrote it.
  var entry: Int
  /// A part of a body, in Base64.
  var data: String?
  /// The number of the page's first event.
  var first: Int?
  var events: [NumberedEvent]?
}

/// An event with its number, by which a repeated write is no second event.
struct NumberedEvent: Codable, Equatable, Sendable {
  var number: Int
  var event: JournalEvent

  private enum Key: String, CodingKey { case number }

  init(number: Int, event: JournalEvent) {
    self.number = number
    self.event = event
  }

  init(from decoder: any Decoder) throws {
    number = try decoder.container(keyedBy: Key.self).decode(Int.self, forKey: .number)
    event = try JournalEvent(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    try event.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(number, forKey: .number)
  }
}

/// Events lie in pages that are used in turn: a write touches one or two of them, and the oldest are overwritten.
enum EventPages {
  /// The pages that these events belong to, with what is to be in each.
  static func parts(
    of events: [JournalEvent], first: Int, perPage: Int = JournalBounds.eventsInPage
  ) -> [(page: Int, start: Int, events: [NumberedEvent])] {
    // Of more than the ring holds, the newest.
    let kept = JournalBounds.eventPages * perPage
    var parts: [(page: Int, start: Int, events: [NumberedEvent])] = []
    for (offset, event) in events.enumerated().suffix(kept - perPage) {
      let number = first + offset
      let start = number - number % perPage
      let numbered = NumberedEvent(number: number, event: event)
      if let last = parts.last, last.start == start {
        parts[parts.count - 1].events.append(numbered)
      } else {
        parts.append((start / perPage % JournalBounds.eventPages, start, [numbered]))
      }
    }
    return parts
  }

  /// A page's events after some are added: those of an earlier round of the ring go.
  static func merge(_ old: LedgerPageSpec?, start: Int, adding new: [NumberedEvent]) -> [NumberedEvent] {
    let first = new.first?.number ?? start
    let kept = old?.first == start ? (old?.events ?? []).filter { $0.number < first } : []
    return kept + new
  }
}
