import Model

extension TextRule {
  /// What is wrong with a text after its variables were put in; `nil` when it is right.
  func fault(in text: String) -> TextFault? {
    switch self {
    case .any: nil
    case .name:
      text.isEmpty || text.utf8.count > 253
        ? TextFault("A name of 1 to 253 bytes is expected.", "Give it a short name.") : nil
    case .labelKey: KubernetesSyntax.faultInLabelKey(text)
    case .labelValue: KubernetesSyntax.faultInLabelValue(text)
    case .url, .privateURL: urlFault(text)
    case .address:
      ListenAddress(text) == nil
        ? TextFault(
          "The text is no address to listen at.",
          "Write HOST:PORT, for example 127.0.0.1:9095, [::1]:9095 or 0.0.0.0:9095; a port is 0 to 65535.") : nil
    case .path:
      text.isEmpty || text.utf8.contains(0)
        ? TextFault("The text is no path.", "Write a path, absolute or from the working directory.") : nil
    case .network: networkFault(text)
    case .ipv4: ipv4Fault(text)
    case .fingerprint: fingerprintFault(text)
    case .version: versionFault(text)
    case .currency:
      text.utf8.count == 3 && text.utf8.allSatisfy { (0x41...0x5A).contains($0) }
        ? nil : TextFault("The text is no currency code.", "Use three capital letters by ISO 4217, for example USD.")
    case .timestamp:
      Instant(rfc3339: text) == nil
        ? TextFault("The text is no time.", "Write RFC 3339, for example 2026-01-31T08:00:00Z.") : nil
    case .timeZone: timeZoneFault(text)
    case .cron: cronFault(text)
    case .hostName: hostNameFault(text)
    case .tokenHash:
      text.utf8.count == 64 && HexadecimalText.bytes(text) != nil
        ? nil
        : TextFault(
          "The text is no SHA-256 in hexadecimal digits.",
          "Let 'poolkeeper token new NAME --role ROLE' make a token and its entry.")
    case .passwordHash:
      PasswordHash(text) == nil
        ? TextFault(
          "The text is no password hash of scrypt within the bounds that are taken.",
          "Let 'poolkeeper token password NAME --role ROLE' make it.") : nil
    case .expression:
      text.utf8.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
        ? TextFault("The expression is empty.", "Write a PromQL expression, or remove the key to get the default.")
        : nil
    }
  }

  private func cronFault(_ text: String) -> TextFault? {
    do {
      _ = try CronExpression(text)
      return nil
    } catch {
      return TextFault(error.message, error.remedy)
    }
  }

  private func urlFault(_ text: String) -> TextFault? {
    let fault = TextFault("The text is no URL.", "Write https://HOST:PORT, for example https://pve.example.com:8006.")
    for scheme in ["https://", "http://"] where text.lowercased().hasPrefix(scheme) {
      let rest = text.dropFirst(scheme.count)
      let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
      guard !host.isEmpty, !rest.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { return fault }
      guard !host.contains("@") else {
        return TextFault(
          "The URL carries a user name or password.", "Leave it out; credentials have keys of their own.")
      }
      return nil
    }
    return fault
  }

  private func hostNameFault(_ text: String) -> TextFault? {
    let labels = text.lowercased().split(separator: ".", omittingEmptySubsequences: false)
    return text.utf8.count <= 253 && labels.allSatisfy { KubernetesSyntax.isDNSLabel(String($0)) }
      ? nil
      : TextFault("The text is no host name.", "Write it without scheme and port, for example keeper.example.com.")
  }

  private func networkFault(_ text: String) -> TextFault? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isVersion6 = text.contains(":")
    guard parts.count == 2, let bits = Int(parts[1]), (0...(isVersion6 ? 128 : 32)).contains(bits) else {
      return TextFault("The text is no network in CIDR form.", "Write ADDRESS/BITS, for example 10.244.0.0/16.")
    }
    if isVersion6 { return nil }
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    guard numbers.count == 4, numbers.allSatisfy({ $0 != nil }) else {
      return TextFault("The text holds no IPv4 address.", "Write ADDRESS/BITS, for example 10.244.0.0/16.")
    }
    return nil
  }

  private func ipv4Fault(_ text: String) -> TextFault? {
    let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return numbers.count == 4 && numbers.allSatisfy { $0 != nil }
      ? nil : TextFault("The text is no IPv4 address.", "Write four numbers, for example 10.0.0.50.")
  }

  private func fingerprintFault(_ text: String) -> TextFault? {
    let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }
    let areHexadecimal = digits.allSatisfy { digit in
      (0x30...0x39).contains(digit) || (0x41...0x46).contains(digit) || (0x61...0x66).contains(digit)
    }
    if digits.count == 64, areHexadecimal { return nil }
    // As Talos shows it on its console.
    let isBase64 = text.utf8.allSatisfy { digit in
      (0x2F...0x39).contains(digit) || (0x41...0x5A).contains(digit) || (0x61...0x7A).contains(digit)
        || digit == UInt8(ascii: "+") || digit == UInt8(ascii: "=")
    }
    return isBase64 && text.utf8.count == 44 && text.hasSuffix("=")
      ? nil
      : TextFault(
        "The text is no SHA-256 fingerprint.",
        "Write 64 hexadecimal digits, with or without colons between the bytes, or the 44 characters of Base64.")
  }

  private func versionFault(_ text: String) -> TextFault? {
    SoftwareVersion(text) == nil
      ? TextFault("The text is no version.", "Write MAJOR.MINOR.PATCH, for example 1.8.0, possibly after a v.") : nil
  }

  private func timeZoneFault(_ text: String) -> TextFault? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      !part.isEmpty
        && part.utf8.allSatisfy {
          (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
            || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+")
        }
    }
    return isName && text.utf8.count <= 64
      ? nil : TextFault("The text is no name of a time zone.", "Use an IANA name, for example UTC or Europe/Berlin.")
  }
}

/// MAJOR.MINOR.PATCH with an optional v before and an optional -suffix behind.
struct SoftwareVersion: Comparable {
  var major: Int
  var minor: Int
  var patch: Int

  init?(_ text: String) {
    let core = (text.hasPrefix("v") ? text.dropFirst() : text[...]).prefix { $0 != "-" && $0 != "+" }
    let parts = core.split(separator: ".", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 6 }) else { return nil }
    let numbers = parts.compactMap { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int($0) : nil }
    guard numbers.count == parts.count else { return nil }
    (major, minor, patch) = (numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
  }

  static func < (left: SoftwareVersion, right: SoftwareVersion) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }
}
