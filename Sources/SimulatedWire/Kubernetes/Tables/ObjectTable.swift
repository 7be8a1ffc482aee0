import Model

/// Objects as rows of a table, as `kubectl get` asks for them: the server chooses the columns.
struct ObjectTable {
  struct Column {
    var name: String
    var type = "string"
    /// Above zero: shown with `-o wide` only.
    var priority = 0
    var cell: (ManifestValue, Instant) -> ManifestValue

    init(
      _ name: String, type: String = "string", priority: Int = 0,
      cell: @escaping (ManifestValue, Instant) -> ManifestValue
    ) {
      self.name = name
      self.type = type
      self.priority = priority
      self.cell = cell
    }

    var manifest: ManifestValue {
      [
        "name": .text(name), "type": .text(type), "format": .text(name == "Name" ? "name" : ""),
        "description": .text(name), "priority": .integer(Int64(priority)),
      ]
    }
  }

  /// What of the object itself goes with its row.
  enum Inclusion: String { case none = "None", metadata = "Metadata", object = "Object" }

  var columns: [Column]
  var inclusion: Inclusion
  var now: Instant
  /// `v1` or `v1beta1`.
  var version: String

  init(_ kind: ResourceKind, inclusion: Inclusion, now: Instant, version: String) {
    columns = TableColumns.columns(of: kind)
    self.inclusion = inclusion
    self.now = now
    self.version = version
  }

  func table(of objects: [ManifestValue], metadata: ManifestValue, showsColumns: Bool = true) -> ManifestValue {
    [
      "kind": "Table", "apiVersion": .text("meta.k8s.io/\(version)"), "metadata": metadata,
      "columnDefinitions": showsColumns ? .list(columns.map(\.manifest)) : .null,
      "rows": .list(objects.map(row)),
    ]
  }

  private func row(_ object: ManifestValue) -> ManifestValue {
    let shown: ManifestValue? =
      switch inclusion {
      case .none: nil
      case .metadata: PartialObject.make(object, version: version)
      case .object: object
      }
    return .fields(["cells": .list(columns.map { $0.cell(object, now) }), "object": shown])
  }
}

/// An object without all but its metadata.
enum PartialObject {
  static func make(_ object: ManifestValue, version: String) -> ManifestValue {
    [
      "kind": "PartialObjectMetadata", "apiVersion": .text("meta.k8s.io/\(version)"),
      "metadata": object["metadata"] ?? .empty,
    ]
  }
}

/// How long something has lasted, as kubectl writes it.
enum HumanDuration {
  static func text(since time: String?, now: Instant) -> String {
    guard let time, let then = instant(time) else { return "<unknown>" }
    return text(now.milliseconds / 1000 - then)
  }

  static func text(_ seconds: Int64) -> String {
    let seconds = max(0, seconds)
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
    func both(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String) -> String {
      small == 0 ? "\(large)\(unit)" : "\(large)\(unit)\(small)\(smallUnit)"
    }
    if seconds < 120 { return "\(seconds)s" }
    if minutes < 10 { return both(minutes, "m", seconds % 60, "s") }
    if minutes < 180 { return "\(minutes)m" }
    if hours < 8 { return both(hours, "h", minutes % 60, "m") }
    if hours < 48 { return "\(hours)h" }
    if hours < 192 { return both(days, "d", hours % 24, "h") }
    if days < 730 { return "\(days)d" }
    return both(days / 365, "y", days % 365, "d")
  }

  /// Seconds since the epoch of a time as Kubernetes writes it.
  static func instant(_ text: String) -> Int64? {
    let digits = text.prefix(19).split { !$0.isNumber }.compactMap { Int64($0) }
    guard digits.count == 6, text.hasSuffix("Z") else { return nil }
    // Days since the epoch by the civil calendar, the year beginning in March.
    let year = digits[1] <= 2 ? digits[0] - 1 : digits[0]
    let (era, month) = (year / 400, (digits[1] + 9) % 12)
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * month + 2) / 5 + digits[2] - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    return days * 86_400 + digits[3] * 3600 + digits[4] * 60 + digits[5]
  }
}
