import NIOCore
import NIOSSL
import NIOTLS

/// Learns whom the client's certificate names as soon as the handshake is over: before any request can arrive.
final class PeerHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let connection: ClientConnection

  init(connection: ClientConnection) { self.connection = connection }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent,
      let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate(),
      let bytes = try? certificate.toDERBytes()
    {
      connection.prove(CertificateNames.names(der: bytes))
    }
    context.fireUserInboundEventTriggered(event)
  }
}
