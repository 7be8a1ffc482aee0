/// A point in time: whole milliseconds since the Unix epoch, in UTC. Encoded as RFC 3339 with milliseconds.
public struct Instant: InstantProtocol, Hashable, Sendable {
  public var milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }
  public init(seconds: Int64) { milliseconds = seconds * 1000 }

  /// The Unix epoch.
  public static let epoch = Instant(milliseconds: 0)

  /// Seconds since the Unix epoch.
  public var seconds: Double { Double(milliseconds) / 1000 }

  public func advanced(by duration: Duration) -> Instant {
    Instant(milliseconds: milliseconds + duration.milliseconds)
  }

  public func duration(to other: Instant) -> Duration {
    .milliseconds(other.milliseconds - milliseconds)
  }

  public static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }
  public static func - (left: Instant, right: Instant) -> Duration { right.duration(to: left) }
}

extension Duration {
  /// Whole milliseconds, rounded towards zero.
  public var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }

  /// Seconds as a floating-point number.
  public var inSeconds: Double { Double(milliseconds) / 1000 }

  public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
  public static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }

  /// The duration as a person writes it: `4h`, `2m30s`, `45s`, `0s`; parts of a second only below ten seconds.
  public var text: String {
    let total = milliseconds
    if total < 0 { return "-" + Duration.milliseconds(-total).text }
    if total < 10_000 && total % 1000 != 0 { return "\(Double(total) / 1000)s" }
    let seconds = total / 1000
    let parts = [(seconds / 86400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
    var (text, shown) = ("", 0)
    for (amount, unit) in parts where amount > 0 && shown < 2 {
      text += "\(amount)\(unit)"
      shown += 1
    }
    return text.isEmpty ? "0s" : text
  }
}

extension Instant: CustomStringConvertible {
  /// RFC 3339 in UTC with milliseconds, for example `2026-01-31T08:00:00.000Z`.
  public var description: String {
    let civil = CivilTime(self)
    var text = TimeText()
    text.add(civil.year, digits: 4)
    text.add("-", civil.month, digits: 2)
    text.add("-", civil.day, digits: 2)
    text.add("T", civil.hour, digits: 2)
    text.add(":", civil.minute, digits: 2)
    text.add(":", civil.second, digits: 2)
    text.add(".", civil.millisecond, digits: 3)
    text.add("Z")
    return text.text
  }

  /// The time of day in UTC: `08:00:00`.
  public var clockText: String {
    let civil = CivilTime(self)
    var text = TimeText()
    text.add(civil.hour, digits: 2)
    text.add(":", civil.minute, digits: 2)
    text.add(":", civil.second, digits: 2)
    return text.text
  }
}

/// A time's text in the making, byte by byte: there are times in most reasons, and reasons in every decision.
private struct TimeText {
  private var bytes: [UInt8] = []

  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func add(_ separator: Unicode.Scalar) { bytes.append(UInt8(ascii: separator)) }

  mutating func add(_ separator: Unicode.Scalar, _ number: Int, digits: Int) {
    add(separator)
    add(number, digits: digits)
  }

  /// With leading zeros; a number that needs more digits gets them.
  mutating func add(_ number: Int, digits: Int) {
    if bytes.isEmpty { bytes.reserveCapacity(24) }
    let text = String(number).utf8
    bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, digits - text.count)))
    bytes.append(contentsOf: text)
  }
}

extension Instant: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let instant = Instant(rfc3339: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is no RFC 3339 time; write it like 2026-01-31T08:00:00Z")
    }
    self = instant
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
