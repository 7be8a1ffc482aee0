import Testing

@testable import TimeSeries

@Suite struct CRC32CTests {
  /// Bit by bit, as the polynomial says.
  private func plain(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82f6_3b78 : crc >> 1 }
    }
    return ~crc
  }

  /// Vectors of RFC 3720, appendix B.4.
  @Test(
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8a91_36aa), ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
      ([UInt8](0..<32), 0x46dd_794e), ([UInt8](0..<32).reversed(), 0x113f_db5c), (Array("123456789".utf8), 0xe306_9283),
    ] as [([UInt8], UInt32)]) func agreesWithTheStandard(_ bytes: [UInt8], _ checksum: UInt32)
  {
    #expect(bytes.withUnsafeBytes { CRC32C.of($0) } == checksum)
  }

  @Test func agreesWithThePolynomialAtEveryLength() {
    var generator = SeededGenerator(seed: 6)
    let bytes = (0..<7_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for count in [0, 1, 7, 8, 9, 1_023, 3_071, 3_072, 3_073, 3_080, 6_143, 6_144, 6_500, 7_000] {
      for start in [0, 1, 5] where start < max(1, count) {
        let part = Array(bytes[start..<max(start, count)])
        #expect(part.withUnsafeBytes { CRC32C.of($0) } == plain(part), "\(start) \(count)")
      }
    }
  }
}
