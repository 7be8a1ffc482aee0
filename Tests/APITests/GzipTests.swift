import Testing

@testable import API

@Suite struct GzipTests {
  @Test(arguments: [0, 1, 1_000, 3_000_000]) func expandsWhatItCompressed(count: Int) throws {
    var state: UInt32 = 7
    let bytes = (0..<count).map { index -> UInt8 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return index % 3 == 0 ? UInt8(state >> 24) : 65
    }
    let small = try Gzip.compressed(bytes)
    #expect(Gzip.isGzip(small))
    #expect(try Gzip.compressed(bytes) == small)
    #expect(try Gzip.expanded(small, most: count) == bytes)
    if count > 0 { #expect(throws: Gzip.Fault.self) { try Gzip.expanded(small, most: count - 1) } }
  }

  @Test func refusesWhatIsCutOffOrDamaged() throws {
    let small = try Gzip.compressed(Array("a text of some length, a text of some length".utf8))
    for count in [3, 12, small.count - 1] {
      #expect(throws: Gzip.Fault.self) { try Gzip.expanded(Array(small.prefix(count)), most: 1_000) }
    }
    var damaged = small
    damaged[small.count - 6] ^= 0x40
    #expect(throws: Gzip.Fault.self) { try Gzip.expanded(damaged, most: 1_000) }
    #expect(!Gzip.isGzip(Array("{\"a\":1}".utf8)))
  }
}
