import CRemoteWrite
import TimeSeries

/// What the generated protobuf code is used for.
enum GeneratedCode {
  @inline(__always)
  static func bytes(_ field: UnsafeRawPointer) -> UnsafePointer<UInt8> { field.assumingMemoryBound(to: UInt8.self) }

  /// Whether the bytes are a label message.
  static func checkLabel(_ field: UnsafeRawPointer, _ length: Int) -> Bool {
    guard let message = prometheus__label__unpack(nil, length, bytes(field)) else { return false }
    prometheus__label__free_unpacked(message, nil)
    return true
  }

  /// Appends the label that the bytes hold.
  /// - Returns: whether its texts are valid UTF-8; if not, they are repaired so that they can be shown.
  static func appendLabel(_ field: UnsafeRawPointer, _ length: Int, to labels: inout [Label]) -> Bool {
    guard let message = prometheus__label__unpack(nil, length, bytes(field)) else { return false }
    defer { prometheus__label__free_unpacked(message, nil) }
    if let made = label(message.pointee) {
      labels.append(made)
      return true
    }
    labels.append(
      Label(
        name: String(decoding: buffer(message.pointee.name), as: UTF8.self),
        value: String(decoding: buffer(message.pointee.value), as: UTF8.self)))
    return false
  }

  /// A label as text, `nil` when it is not valid UTF-8.
  static func label(_ message: Prometheus__Label) -> Label? {
    guard let name = text(message.name), let value = text(message.value) else { return nil }
    return Label(name: name, value: value)
  }

  /// A text, `nil` when it is not valid UTF-8.
  static func text(_ data: ProtobufCBinaryData) -> String? { String(validating: buffer(data), as: UTF8.self) }

  private static func buffer(_ data: ProtobufCBinaryData) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: data.data, count: data.len)
  }
}
