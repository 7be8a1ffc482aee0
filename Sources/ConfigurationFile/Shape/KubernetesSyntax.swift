/// The syntax of names in Kubernetes. Source: Kubernetes documentation, Labels and Selectors; RFC 1123.
enum KubernetesSyntax {
  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
  }

  /// 1 to 63 lower-case letters, digits and hyphens, no hyphen first or last.
  static func isDNSLabel(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...63).contains(bytes.count), isLowerAlphanumeric(bytes[0]), isLowerAlphanumeric(bytes[bytes.count - 1])
    else { return false }
    return bytes.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }

  /// DNS labels joined by dots, 253 bytes at most.
  static func isDNSSubdomain(_ text: String) -> Bool {
    text.utf8.count <= 253
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isDNSLabel(String($0)) }
  }

  /// The part of a key after its prefix, and a value that is not empty.
  private static func isQualifiedPart(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...63).contains(bytes.count), isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1]) else {
      return false
    }
    return bytes.allSatisfy {
      isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
    }
  }

  /// A key of a label or taint: a name, possibly after a DNS subdomain and a slash.
  static func faultInLabelKey(_ key: String) -> TextFault? {
    let parts = key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let remedy =
      "Use NAME or example.com/NAME; NAME has 1 to 63 letters, digits, -, _ and ., a letter or digit at both ends."
    guard parts.count <= 2 else {
      return TextFault("\(JSONText.shown(key)) has more than one slash.", remedy)
    }
    if parts.count == 2, !isDNSSubdomain(parts[0]) {
      return TextFault("\(JSONText.shown(key)) has a prefix that is no DNS name.", remedy)
    }
    guard isQualifiedPart(parts[parts.count - 1]) else {
      return TextFault("\(JSONText.shown(key)) is no valid Kubernetes key.", remedy)
    }
    return nil
  }

  /// A label's or taint's value: empty, or like the name part of a key.
  static func faultInLabelValue(_ value: String) -> TextFault? {
    guard value.isEmpty || isQualifiedPart(value) else {
      return TextFault(
        "\(JSONText.shown(value)) is no valid Kubernetes label value.",
        "Use at most 63 letters, digits, -, _ and ., a letter or digit first and last.")
    }
    return nil
  }
}
