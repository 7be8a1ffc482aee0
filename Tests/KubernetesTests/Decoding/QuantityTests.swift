import Testing

@testable import Kubernetes

@Suite struct QuantityTests {
  @Test(arguments: [
    ("0", 0), ("1", 1000), ("100m", 100), ("1.5", 1500), ("0.1", 100), (".5", 500), ("2.", 2000), ("+3", 3000),
    ("1e3", 1_000_000), ("1E3", 1_000_000), ("12e-1", 1200), ("250u", 1), ("1n", 1), ("1500000n", 2), ("-100m", -100),
    ("1k", 1_000_000), ("1Ki", 1_024_000), ("0.0001", 1), ("1.0005", 1001), ("1e-9", 1), ("1e-99", 1), ("0e99", 0),
  ])
  func readsThousandthsAndRoundsUp(text: String, expected: Int64) {
    #expect(Quantity.scaled(text, by: 1000) == expected)
  }

  @Test(arguments: [
    ("128974848", 128_974_848), ("129e6", 129_000_000), ("129M", 129_000_000), ("123Mi", 128_974_848),
    ("1.5Gi", 1_610_612_736), ("128974848000m", 128_974_848), ("1m", 1), ("16Ei", Int64.max), ("8Ei", Int64.max),
    ("7Ei", 8_070_450_532_247_928_832), ("9E", 9_000_000_000_000_000_000), ("10E", Int64.max), ("-10E", Int64.min),
    ("1e40", Int64.max), ("1P", 1_000_000_000_000_000), ("1Pi", 1_125_899_906_842_624), ("1T", 1_000_000_000_000),
    ("1Ti", 1_099_511_627_776), ("1G", 1_000_000_000), ("0.5Ki", 512), ("0.3Ki", 308),
    ("9223372036854775807", Int64.max), ("123456789012345678901234567890", Int64.max),
    ("0.00000000000000000000000000000000000001", 1), ("1.00000000000000000000000000000000000001", 2),
  ])
  func readsWholeNumbersAndRoundsUp(text: String, expected: Int64) {
    #expect(Quantity.scaled(text, by: 1) == expected)
  }

  @Test(arguments: ["", "m", "-", "+", ".", "1x", "1mi", "1 k", " 1", "1e", "1e1.5", "Ki", "1KiB", "--1", "1e9999999"])
  func refusesWhatIsNoQuantity(text: String) {
    #expect(Quantity.scaled(text, by: 1) == nil)
  }
}
