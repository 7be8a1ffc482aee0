/// A large value behind one reference: its copies share it until one of them is changed, which then gets its own.
///
/// For values of many fields that are passed on often and changed seldom: a copy costs one count instead of one for each
/// text, list and dictionary within.
public struct Shared<Value> {
  /// Changed only where a single reference to it is left, so that nobody else can be looking.
  @usableFromInline final class Holder {
    // The struct's own accesses are exclusive, and nobody else has this reference while they change it.
    @exclusivity(unchecked) @usableFromInline var value: Value

    @inlinable init(_ value: Value) { self.value = value }
  }

  @usableFromInline var holder: Holder

  /// A value that nobody shares yet.
  @inlinable public init(_ value: Value) { holder = Holder(value) }

  /// What is shared; changing it leaves the copies as they were.
  @inlinable public var value: Value {
    _read { yield holder.value }
    _modify {
      if !isKnownUniquelyReferenced(&holder) { holder = Holder(holder.value) }
      yield &holder.value
    }
  }
}

/// `@unchecked`: the holder is only changed by its single owner.
extension Shared: @unchecked Sendable where Value: Sendable {}

extension Shared: Equatable where Value: Equatable {
  /// What is one and the same is equal without a look at it.
  @inlinable public static func == (left: Shared, right: Shared) -> Bool {
    left.holder === right.holder || left.value == right.value
  }
}

extension Shared: Hashable where Value: Hashable {
  @inlinable public func hash(into hasher: inout Hasher) { value.hash(into: &hasher) }
}

/// Encoded as the bare value.
extension Shared: Encodable where Value: Encodable {
  public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

extension Shared: Decodable where Value: Decodable {
  public init(from decoder: any Decoder) throws { self.init(try Value(from: decoder)) }
}
