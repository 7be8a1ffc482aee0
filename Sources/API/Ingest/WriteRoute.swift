import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /api/v1/write` among the other routes: serves in-process calls, and requests that a client sends behind others
/// whose answers it does not wait for. All others are taken by `WriteHandler` before they come here.
struct WriteRoute: Sendable {
  let endpoint: WriteEndpoint

  func add(to router: some RouterMethods<ServerContext>) {
    router.post(RouterPath(WriteEndpoint.path)) { request, _ in await write(request) }
  }

  private func write(_ request: Request) async -> Response {
    let answer: WriteEndpoint.Answer
    do {
      let body = try await request.body.collect(upTo: endpoint.bodyLimit)
      answer = endpoint.store(body, headers: request.headers)
    } catch is NIOTooManyBytesError {
      answer = endpoint.refuse(.tooLarge, headers: request.headers)
    } catch {
      answer = endpoint.refuse(.cutOff, headers: request.headers)
    }
    let body = answer.text.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(string: answer.text))
    return Response(status: answer.status, headers: answer.headers, body: body)
  }
}
