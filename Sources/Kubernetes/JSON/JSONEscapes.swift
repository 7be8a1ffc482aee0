/// Texts in JSON with their escapes (RFC 8259, 7).
enum JSONEscapes {
  /// The text that stands between quotes; `nil` when an escape is malformed.
  static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\\") else {
        plain.append(bytes[index])
        index += 1
        continue
      }
      guard index + 1 < bytes.count else { return nil }
      let sign = bytes[index + 1]
      index += 2
      switch sign {
      case UInt8(ascii: "n"): plain.append(10)
      case UInt8(ascii: "t"): plain.append(9)
      case UInt8(ascii: "r"): plain.append(13)
      case UInt8(ascii: "b"): plain.append(8)
      case UInt8(ascii: "f"): plain.append(12)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(sign)
      case UInt8(ascii: "u"):
        guard let scalar = scalar(bytes, &index) else { return nil }
        plain.append(contentsOf: String(Character(scalar)).utf8)
      default: return nil
      }
    }
    return String(decoding: plain, as: UTF8.self)
  }

  /// The four digits at `index`, and a second escape where they are the first half of a pair. A half without its other
  /// half becomes the replacement character.
  private static func scalar(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Unicode.Scalar? {
    guard let unit = unit(bytes, index) else { return nil }
    index += 4
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard (0xD800..<0xDC00).contains(unit), index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u"), let low = self.unit(bytes, index + 2), (0xDC00..<0xE000).contains(low)
    else { return "\u{FFFD}" }
    index += 6
    return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
  }

  private static func unit(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt32? {
    guard start + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[start..<start + 4] {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
