/// Values that were decoded from the same bytes before, so that equal ones of many objects are one in memory.
///
/// Belongs to one reader at a time. Bounded by a number of entries; when it is full, it begins anew.
final class SharedValues<Value> {
  private static var maximumCount: Int { 20_000 }
  private var entries: [UInt64: [(bytes: [UInt8], value: Value)]] = [:]
  private var count = 0

  /// The value of these bytes; made when they were not seen before, and kept where `make` says so.
  func value(of bytes: UnsafeBufferPointer<UInt8>, make: () -> (value: Value, isKept: Bool)) -> Value {
    let hash = ByteHash.of(bytes)
    if let found = entries[hash]?.first(where: { ByteHash.areEqual($0.bytes, bytes) }) { return found.value }
    let (value, isKept) = make()
    guard isKept else { return value }
    if count >= Self.maximumCount {
      entries = [:]
      count = 0
    }
    entries[hash, default: []].append(([UInt8](bytes), value))
    count += 1
    return value
  }
}

/// Texts that come again and again: namespaces, nodes, names of owners, kinds.
final class TextPool {
  /// Shorter texts are kept inside their value and need no memory.
  private static let shortest = 16
  private static let longest = 256
  private let texts = SharedValues<String>()

  /// `nil` for texts that are not worth sharing.
  func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    guard bytes.count >= Self.shortest, bytes.count <= Self.longest else { return nil }
    return texts.value(of: bytes) { (String(decoding: bytes, as: UTF8.self), true) }
  }
}

/// FNV-1a over eight bytes at a time: bytes of our own API server, in a table that is bounded.
enum ByteHash {
  static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    let raw = UnsafeRawBufferPointer(bytes)
    var index = 0
    while index + 8 <= raw.count {
      hash = (hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x100_0000_01b3
      hash ^= hash >> 29
      index += 8
    }
    while index < raw.count {
      hash = (hash ^ UInt64(raw[index])) &* 0x100_0000_01b3
      index += 1
    }
    return hash
  }

  static func areEqual(_ left: [UInt8], _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return left.withUnsafeBufferPointer { left in
      for index in 0..<left.count where left[index] != right[index] { return false }
      return true
    }
  }
}
