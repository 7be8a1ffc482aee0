import NIOCore
import Synchronization

/// What the routes tell the audit log about the change that the current task makes. Thread-safe.
final class AuditNote: Sendable {
  struct Contents: Sendable {
    var principal: Principal?
    var order: String?
    var reason: String?
    var code: String?
    var message: String?
    /// Whether it is not to be written: one of many that came too fast.
    var isForgotten = false
  }

  /// Bytes of an order that are kept.
  static let orderLength = 1_024
  /// Characters of a message that are kept.
  static let messageLength = 500

  private let told = Mutex(Contents())

  /// The note of the change that this task makes; `nil` outside of one.
  @TaskLocal static var current: AuditNote?

  var contents: Contents { told.withLock { $0 } }

  func tell(_ principal: Principal) { told.withLock { $0.principal = principal } }
  func tell(reason: String?) { told.withLock { $0.reason = reason } }

  func tell(code: String, message: String) {
    told.withLock { told in
      told.code = code
      told.message = String(message.prefix(Self.messageLength))
    }
  }

  /// The order as it came; to be told only where no key of it can hold a secret.
  func tell(order: ByteBuffer) {
    guard order.readableBytes > 0 else { return }
    let text = String(decoding: order.readableBytesView.prefix(Self.orderLength), as: UTF8.self)
    told.withLock { $0.order = text }
  }

  func forget() { told.withLock { $0.isForgotten = true } }
}
