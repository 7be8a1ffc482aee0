import Testing

@testable import HTTPTransport

@Suite struct CertificateFingerprintTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (String(repeating: "a", count: 1000), "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"),
  ])
  func digestsAsTheStandardSays(message: String, expected: String) {
    #expect(CertificateFingerprint(der: Array(message.utf8)) == CertificateFingerprint(expected))
  }

  @Test func readsColonsAndBothCases() throws {
    let plain = String(repeating: "0aFf", count: 16)
    let fingerprint = try #require(CertificateFingerprint(plain))
    #expect(fingerprint.description == Array(repeating: "0A:FF", count: 16).joined(separator: ":"))
    #expect(CertificateFingerprint(fingerprint.description) == fingerprint)
  }

  @Test(arguments: [
    "", "00", String(repeating: "g", count: 64), String(repeating: "0", count: 63),
    "0x" + String(repeating: "0", count: 62), String(repeating: "+1", count: 32),
  ])
  func refusesWhatIsNoFingerprint(text: String) {
    #expect(CertificateFingerprint(text) == nil)
  }
}
