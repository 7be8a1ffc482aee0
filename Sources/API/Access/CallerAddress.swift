import NIOCore

/// Where a connection comes from, as far as limits tell callers apart: an IPv4 address, or the first half of an IPv6
/// address, since one household has the other half to itself.
struct CallerAddress: Hashable, Sendable {
  private var high: UInt64
  private var low: UInt64
  /// Whether it is this machine itself.
  var isLoopback: Bool

  /// Of callers without an address: in process, or over a socket of the file system.
  static let none = CallerAddress(high: 0, low: 0, isLoopback: true)

  private init(high: UInt64, low: UInt64, isLoopback: Bool) {
    (self.high, self.low, self.isLoopback) = (high, low, isLoopback)
  }

  init(_ address: SocketAddress?) {
    // Where the address stands in the system's structures: behind family and port, and in IPv6 behind the flow's label.
    guard let address else {
      self = .none
      return
    }
    let bytes = address.withSockAddr { structure, size in Array(UnsafeRawBufferPointer(start: structure, count: size)) }
    func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
    let high: UInt64
    let low: UInt64
    switch address {
    case .v4: (high, low) = (0, 0xFFFF << 32 | number(4..<8))
    case .v6: (high, low) = (number(8..<16), number(16..<24))
    default: (high, low) = (0, 0)
    }
    switch (high, low) {
    case (0, 0): self = .none
    // An IPv4 address, also where it comes in IPv6's clothes.
    case (0, _) where low >> 32 == 0xFFFF: self.init(version4: UInt32(truncatingIfNeeded: low))
    default: self.init(high: high, low: 0, isLoopback: high == 0 && low == 1)
    }
  }

  private init(version4: UInt32) {
    // A high half that no IPv6 address of the world has.
    self.init(high: .max, low: UInt64(version4), isLoopback: version4 >> 24 == 127)
  }
}
