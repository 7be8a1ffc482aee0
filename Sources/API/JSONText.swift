import PromQL
import TimeSeries

/// JSON that is written piece by piece, for what `Codable` would be slow or wrong for: labels are told apart by their
/// bytes, and two that look alike must not meet in one dictionary.
struct JSONText {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }

  mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): raw("\\\"")
      case UInt8(ascii: "\\"): raw("\\\\")
      case 0..<32:
        raw("\\u00")
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// A sample's value: a text, so that it may be `NaN` or `+Inf`.
  mutating func sample(_ value: Double) { string(FloatFormat.json(value)) }

  /// Unix seconds with up to three decimals.
  mutating func seconds(_ milliseconds: Int64) {
    FloatFormat.appendDecimal(Double(milliseconds) / 1000, to: &bytes)
  }

  mutating func labels(_ labels: Labels) {
    object(labels.entries) { text, label in
      text.string(label.name)
      text.raw(":")
      text.string(label.value)
    }
  }

  /// `{` elements `}`; `body` writes `"key":value`.
  mutating func object<Elements: Sequence>(
    _ elements: Elements, _ body: (inout JSONText, Elements.Element) -> Void
  ) { group(elements, "{", "}", body) }

  /// `[` elements `]`.
  mutating func array<Elements: Sequence>(
    _ elements: Elements, _ body: (inout JSONText, Elements.Element) -> Void
  ) { group(elements, "[", "]", body) }

  private mutating func group<Elements: Sequence>(
    _ elements: Elements, _ open: StaticString, _ close: StaticString,
    _ body: (inout JSONText, Elements.Element) -> Void
  ) {
    raw(open)
    var isFirst = true
    for element in elements {
      if !isFirst { raw(",") }
      isFirst = false
      body(&self, element)
    }
    raw(close)
  }
}
