import Model

/// An IPv4 address, for counting.
struct IPv4Address: Hashable, Comparable, CustomStringConvertible, Sendable {
  var number: UInt32

  init(number: UInt32) { self.number = number }

  /// Four decimal parts; `nil` for anything else.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }) else {
      return nil
    }
    let bytes = parts.compactMap { UInt8($0) }
    guard bytes.count == 4 else { return nil }
    number = bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  var description: String {
    [24, 16, 8, 0].map { String((number >> UInt32($0)) & 255) }.joined(separator: ".")
  }

  static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.number < right.number }
}

/// Addresses that belong to this program alone.
public struct AddressRange: Sendable, Hashable {
  let first: IPv4Address
  let last: IPv4Address
  /// Bits of the network's part.
  let prefixLength: Int
  let gateway: IPv4Address

  /// Addresses of one range at most.
  static let maximumCount = 65_536

  /// `nil` unless first ≤ last, both in the gateway's network, the gateway outside, and at most 65,536 addresses.
  public init?(first: String, last: String, prefixLength: Int, gateway: String) {
    guard let first = IPv4Address(first), let last = IPv4Address(last), let gateway = IPv4Address(gateway),
      (8...30).contains(prefixLength), first <= last, Int(last.number - first.number) < Self.maximumCount
    else { return nil }
    let mask = UInt32.max << UInt32(32 - prefixLength)
    guard first.number & mask == gateway.number & mask, last.number & mask == gateway.number & mask,
      !(first...last).contains(gateway), first.number & ~mask != 0, last.number & ~mask != ~mask
    else { return nil }
    self.first = first
    self.last = last
    self.prefixLength = prefixLength
    self.gateway = gateway
  }

  var count: Int { Int(last.number - first.number) + 1 }

  func contains(_ address: IPv4Address) -> Bool { (first...last).contains(address) }

  /// The first address that is not taken, counted from a place that depends on the worker: two that choose at the same
  /// moment, or one that chooses again after a crash, do not meet by counting from the same end.
  func choose(for worker: String, taken: Set<IPv4Address>) -> IPv4Address? {
    let start = Int(StableHash.of(worker) % UInt64(count))
    for offset in 0..<count {
      let address = IPv4Address(number: first.number + UInt32((start + offset) % count))
      if !taken.contains(address) { return address }
    }
    return nil
  }

  /// The value of `ipconfig0`.
  func configuration(_ address: IPv4Address) -> String { "ip=\(address)/\(prefixLength),gw=\(gateway)" }
}
