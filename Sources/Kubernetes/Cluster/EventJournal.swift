import Model
import Ports

/// Which Events are to be sent, and which of them only count on: a pure value.
struct EventJournal: Sendable {
  /// One object or one change of it at the API server.
  struct Delivery: Sendable, Hashable {
    var name: String
    var event: ClusterEvent
    var at: Instant
    /// How often it was told by now.
    var count: Int
  }

  private struct Series: Sendable {
    var name: String
    var count: Int
    var lastAt: Instant
  }

  private var queue: [Delivery] = []
  private var series: [ClusterEvent: Series] = [:]
  /// For names: two events of one moment must not share one.
  private var number = 0
  private(set) var dropped = 0

  /// Events that wait to be sent; one more drops the newest.
  static let maximumWaiting = 500
  /// Events of which repeats are counted.
  static let maximumSeries = 2000
  /// A repeat after this time is a new event. Source: client-go, events.
  static let seriesTime = Duration.seconds(360)
  /// Of a note, in bytes, and of other texts.
  static let longestNote = 1024
  static let longestText = 128

  var isEmpty: Bool { queue.isEmpty }

  mutating func add(_ event: ClusterEvent, at now: Instant) {
    if let known = series[event], now - known.lastAt < Self.seriesTime {
      let count = known.count + 1
      series[event] = Series(name: known.name, count: count, lastAt: now)
      // One that waits takes the repeat along.
      if let index = queue.firstIndex(where: { $0.name == known.name && $0.count > 1 }) {
        queue[index].count = count
        queue[index].at = now
        return
      }
      enqueue(Delivery(name: known.name, event: event, at: now, count: count))
      return
    }
    number += 1
    let name = Self.name(of: event.subject, at: now, number)
    if series.count >= Self.maximumSeries { series = series.filter { now - $0.value.lastAt < Self.seriesTime } }
    if series.count < Self.maximumSeries { series[event] = Series(name: name, count: 1, lastAt: now) }
    enqueue(Delivery(name: name, event: event, at: now, count: 1))
  }

  private mutating func enqueue(_ delivery: Delivery) {
    guard queue.count < Self.maximumWaiting else {
      dropped += 1
      return
    }
    queue.append(delivery)
  }

  mutating func next() -> Delivery? { queue.isEmpty ? nil : queue.removeFirst() }

  /// It could not be delivered; a repeat begins anew.
  mutating func lost(_ delivery: Delivery) {
    dropped += 1
    if series[delivery.event]?.name == delivery.name { series[delivery.event] = nil }
  }

  /// The object's name, a dot, and nanoseconds in hexadecimal, as others name theirs.
  private static func name(of subject: ClusterEvent.Subject, at now: Instant, _ number: Int) -> String {
    let object =
      switch subject {
      case .node(let node, _): node.rawValue
      case .pod(let pod, _): pod.name
      }
    let nanoseconds = UInt64(max(0, now.milliseconds)) * 1_000_000 + UInt64(number % 1_000_000)
    return "\(object.prefix(longestObjectName)).\(String(nanoseconds, radix: 16))"
  }

  /// So that the whole name keeps to 253 bytes.
  private static let longestObjectName = 230
}

extension EventJournal.Delivery {
  /// Events about objects without a namespace stand in `default`.
  var namespace: String {
    switch event.subject {
    case .node: "default"
    case .pod(let pod, _): pod.namespace
    }
  }

  /// MicroTime of Kubernetes: RFC 3339 with six decimals.
  private var microTime: JSONValue { .text(at.description.dropLast() + "000Z") }

  private var seriesJSON: JSONValue { ["count": .integer(count), "lastObservedTime": microTime] }

  /// For an event that is there already.
  var seriesPatch: JSONValue { ["series": seriesJSON] }

  /// The whole object.
  func object(reporter: String, instance: String) -> JSONValue {
    let regarding: JSONValue =
      switch event.subject {
      case .node(let node, let uid):
        ["apiVersion": "v1", "kind": "Node", "name": .text(node.rawValue), "uid": .text(uid)]
      case .pod(let pod, let uid):
        [
          "apiVersion": "v1", "kind": "Pod", "namespace": .text(pod.namespace), "name": .text(pod.name),
          "uid": .text(uid),
        ]
      }
    let reason = Self.cut(event.reason, EventJournal.longestText)
    return .members([
      ("apiVersion", "events.k8s.io/v1"), ("kind", "Event"),
      ("metadata", ["name": .text(name), "namespace": .text(namespace)]),
      ("eventTime", microTime), ("type", .text(event.isWarning ? "Warning" : "Normal")),
      ("reason", .text(reason)), ("action", .text(reason)),
      ("note", .text(Self.cut(event.note, EventJournal.longestNote))), ("regarding", regarding),
      ("reportingController", .text(reporter)),
      ("reportingInstance", .text(Self.cut(instance, EventJournal.longestText))),
      ("series", count > 1 ? seriesJSON : nil),
    ])
  }

  /// At most so many bytes, cut between characters.
  static func cut(_ text: String, _ limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var kept = ""
    var size = 0
    for character in text {
      size += character.utf8.count
      // The ellipsis takes three.
      guard size <= limit - 3 else { break }
      kept.append(character)
    }
    return kept + "…"
  }
}
