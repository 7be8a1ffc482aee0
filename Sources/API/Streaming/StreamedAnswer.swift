import HTTPTypes
import Hummingbird
import NIOCore
import PromQL

/// Answers that are sent in one piece when they are small, and else piece by piece, as fast as the client takes them.
enum StreamedAnswer {
  /// - Parameters:
  ///   - beginning: written before the data.
  ///   - end: written behind it.
  static func ok(
    _ data: some AnswerData, contentType: String, beginning: StaticString = "", end: [UInt8] = []
  ) -> Response {
    var data = data
    var text = JSONBytes()
    text.raw(beginning)
    let isMore = data.append(to: &text, until: ServerLimits.answerPiece)
    if !isMore { text.raw(end) }
    let first = ByteBuffer(bytes: text.bytes)
    return Response(
      status: .ok, headers: [.contentType: contentType],
      body: isMore ? pieces(first, data, end) : ResponseBody(byteBuffer: first))
  }

  private static func pieces(_ first: ByteBuffer, _ rest: some AnswerData, _ end: [UInt8]) -> ResponseBody {
    ResponseBody { writer in
      try await writer.write(first)
      var rest = rest
      var text = JSONBytes()
      text.reserveCapacity(ServerLimits.answerPiece * 2)
      var isMore = true
      while isMore {
        isMore = rest.append(to: &text, until: ServerLimits.answerPiece)
        if !isMore { text.raw(end) }
        // Returns when the connection can take more.
        try await writer.write(ByteBuffer(bytes: text.bytes))
        text.removeAll()
      }
      try await writer.finish(nil)
    }
  }
}
