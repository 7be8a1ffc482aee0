internal import CTalos

/// A message of the Talos API: a value that can be written to bytes and read from them.
public protocol TalosMessage: Sendable, Hashable {
  /// The message in protobuf's format.
  func encoded() -> [UInt8]
  /// Reads a message of at most `TalosMessageLimits.bytes` bytes; unknown fields are skipped.
  init(decoding bytes: some Collection<UInt8>) throws(TalosMessageError)
}

/// A message that the generated code reads and writes.
protocol GeneratedMessage: TalosMessage {
  associatedtype Generated
  /// The generated code's own initialiser, which also tells the message's descriptor.
  static var initialize: (UnsafeMutablePointer<Generated>?) -> Void { get }
  init(_ generated: Generated) throws(TalosMessageError)
  /// Fills a message that `initialize` has made; what it points to lives in the arena.
  func fill(_ generated: inout Generated, in arena: Arena)
}

extension GeneratedMessage {
  public func encoded() -> [UInt8] {
    let arena = Arena()
    let message = UnsafePointer(
      UnsafeMutableRawPointer(arena.message(self)).assumingMemoryBound(to: ProtobufCMessage.self))
    let size = protobuf_c_message_get_packed_size(message)
    return withExtendedLifetime(arena) {
      [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = size == 0 ? 0 : protobuf_c_message_pack(message, buffer.baseAddress)
      }
    }
  }

  public init(decoding bytes: some Collection<UInt8>) throws(TalosMessageError) {
    guard bytes.count <= TalosMessageLimits.bytes else {
      throw TalosMessageError(
        .oversized, "A \(Self.self) of \(bytes.count) bytes is longer than \(TalosMessageLimits.bytes) bytes.")
    }
    let arena = Arena()
    let descriptor = arena.empty(Self.self).withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) {
      $0.pointee.descriptor
    }
    let data = arena.bytes(bytes)
    guard let message = protobuf_c_message_unpack(descriptor, nil, data.len, data.data) else {
      throw TalosMessageError(.malformed, "\(bytes.count) bytes are not a \(Self.self).")
    }
    defer { protobuf_c_message_free_unpacked(message, nil) }
    try self.init(UnsafeMutableRawPointer(message).assumingMemoryBound(to: Generated.self).pointee)
  }
}

/// Memory for one message while it is written or read.
final class Arena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit {
    for block in blocks { block.deallocate() }
  }

  private func block(_ size: Int) -> UnsafeMutableRawPointer {
    let block = UnsafeMutableRawPointer.allocate(byteCount: max(size, 1), alignment: 16)
    blocks.append(block)
    return block
  }

  /// A message with its default values.
  func empty<Message: GeneratedMessage>(_: Message.Type) -> UnsafeMutablePointer<Message.Generated> {
    let memory = block(MemoryLayout<Message.Generated>.size)
      .bindMemory(to: Message.Generated.self, capacity: 1)
    Message.initialize(memory)
    return memory
  }

  func message<Message: GeneratedMessage>(_ message: Message) -> UnsafeMutablePointer<Message.Generated> {
    let memory = empty(Message.self)
    message.fill(&memory.pointee, in: self)
    return memory
  }

  func message<Message: GeneratedMessage>(_ message: Message?) -> UnsafeMutablePointer<Message.Generated>? {
    message.map { self.message($0) }
  }

  func list<Message: GeneratedMessage>(
    _ messages: [Message]
  ) -> (count: Int, UnsafeMutablePointer<UnsafeMutablePointer<Message.Generated>?>?) {
    let memory = block(messages.count * MemoryLayout<UnsafeMutableRawPointer?>.stride)
      .bindMemory(to: UnsafeMutablePointer<Message.Generated>?.self, capacity: messages.count)
    for (index, message) in messages.enumerated() {
      (memory + index).initialize(to: self.message(message))
    }
    return (messages.count, memory)
  }

  func bytes(_ bytes: some Collection<UInt8>) -> ProtobufCBinaryData {
    let count = bytes.count
    let memory = block(count).bindMemory(to: UInt8.self, capacity: count)
    _ = UnsafeMutableBufferPointer(start: memory, count: count).initialize(from: bytes)
    return ProtobufCBinaryData(len: count, data: memory)
  }

  func text(_ text: String) -> ProtobufCBinaryData { bytes(text.utf8) }

  func texts(_ texts: [String]) -> (count: Int, UnsafeMutablePointer<ProtobufCBinaryData>?) {
    byteLists(texts.map { Array($0.utf8) })
  }

  func byteLists(_ lists: [[UInt8]]) -> (count: Int, UnsafeMutablePointer<ProtobufCBinaryData>?) {
    let memory = block(lists.count * MemoryLayout<ProtobufCBinaryData>.stride)
      .bindMemory(to: ProtobufCBinaryData.self, capacity: lists.count)
    for (index, list) in lists.enumerated() { (memory + index).initialize(to: bytes(list)) }
    return (lists.count, memory)
  }
}

/// Reading of the generated code's fields.
enum Field {
  static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
    Array(UnsafeBufferPointer(start: data.data, count: data.len))
  }

  static func text(_ data: ProtobufCBinaryData) throws(TalosMessageError) -> String {
    let buffer = UnsafeBufferPointer(start: data.data, count: data.len)
    guard let text = String(validating: buffer, as: UTF8.self) else {
      throw TalosMessageError(.notText, "A text of \(data.len) bytes is not UTF-8.")
    }
    return text
  }

  static func byteLists(_ count: Int, _ list: UnsafeMutablePointer<ProtobufCBinaryData>?) -> [[UInt8]] {
    (0..<count).compactMap { index in list.map { bytes($0[index]) } }
  }

  static func texts(
    _ count: Int, _ list: UnsafeMutablePointer<ProtobufCBinaryData>?
  ) throws(TalosMessageError) -> [String] {
    var texts: [String] = []
    for index in 0..<count {
      if let list { texts.append(try text(list[index])) }
    }
    return texts
  }

  static func message<Message: GeneratedMessage>(
    _ pointer: UnsafeMutablePointer<Message.Generated>?, as _: Message.Type = Message.self
  ) throws(TalosMessageError) -> Message? {
    guard let pointer else { return nil }
    return try Message(pointer.pointee)
  }

  static func list<Message: GeneratedMessage>(
    _ count: Int, _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Message.Generated>?>?,
    as _: Message.Type = Message.self
  ) throws(TalosMessageError) -> [Message] {
    var messages: [Message] = []
    for index in 0..<count {
      if let pointer = pointers?[index] { messages.append(try Message(pointer.pointee)) }
    }
    return messages
  }
}
