import Testing
import TimeSeries

@testable import PromQL

/// Values come from another implementation of xxHash64 over the same layout.
@Suite struct LabelHashTests {
  private static let hashes: [(Labels, UInt64)] = [
    (Labels(), 0xef46_db37_51d8_e999), (Labels(["__name__": "up", "job": "node"]), 0x169f_7118_f893_6ba5),
    (
      Labels([
        "__name__": "http_requests_total", "instance": "10.0.0.1:9100", "job": "api-server", "mode": "idle",
      ]), 0x835f_90b0_caef_8131
    ),
    (Labels(["a": String(repeating: "x", count: 300)]), 0x7334_729f_4d20_ea0b),
  ]

  @Test(arguments: hashes)
  func hashesNamesAndValuesAfterTheirLengths(_ labels: Labels, _ hash: UInt64) {
    #expect(LabelHash.hash(labels) == hash)
  }

  @Test func hashesBytesAsEverybodyDoes() {
    #expect(LabelHash.hash(Array("abc".utf8)) == 0x44bc_2cf5_ad77_0999)
  }
}
