import CRemoteWrite
import TimeSeries

/// What the generated protobuf code is used for.
enum GeneratedCode {
  @inline(__always)
  static func bytes(_ field: UnsafeRawPointer) -> UnsafePointer<UInt8> { field.assumingMemoryBound(to: UInt8.self) }

  /// Reads a label message, and appends it in canonical form to `run` if `keeps`.
  /// - Returns: whether the bytes are a label message.
  static func readLabel(_ field: UnsafeRawPointer, _ length: Int, into run: inout ByteSink, keeps: Bool) -> Bool {
    guard let message = prometheus__label__unpack(nil, length, bytes(field)) else { return false }
    defer { prometheus__label__free_unpacked(message, nil) }
    if keeps {
      LabelWire.append(
        name: UnsafeRawBufferPointer(buffer(message.pointee.name)),
        value: UnsafeRawBufferPointer(buffer(message.pointee.value)), to: &run)
    }
    return true
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
