/// Something that was looked up in the outside world, or the reason why it is not known. Unknown is never zero.
public enum Observed<Value: Sendable>: Sendable {
  /// The value, and when it was true.
  case known(Value, at: Instant)
  /// Why it is not known: a sentence.
  case unknown(String)

  @inlinable public var value: Value? {
    if case .known(let value, _) = self { value } else { nil }
  }

  /// Why the value is not known; `nil` when it is.
  @inlinable public var unknownReason: String? {
    if case .unknown(let reason) = self { reason } else { nil }
  }

  @inlinable public func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows -> Observed<Other> {
    switch self {
    case .known(let value, let at): .known(try transform(value), at: at)
    case .unknown(let reason): .unknown(reason)
    }
  }
}

extension Observed: Equatable where Value: Equatable {}
extension Observed: Codable where Value: Codable {
  private enum Key: String, CodingKey { case value, at, unknown }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    if let reason = try container.decodeIfPresent(String.self, forKey: .unknown) {
      self = .unknown(reason)
    } else {
      self = .known(
        try container.decode(Value.self, forKey: .value), at: try container.decode(Instant.self, forKey: .at))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .known(let value, let at):
      try container.encode(value, forKey: .value)
      try container.encode(at, forKey: .at)
    case .unknown(let reason): try container.encode(reason, forKey: .unknown)
    }
  }
}
