import Exposition
import HTTPTypes
import Hummingbird
import NIOCore
import Ports

/// `/metrics`, `/-/healthy` and `/-/ready`: what the program says about itself.
struct SelfRoutes: Sendable {
  let parts: ServerParts

  func add(to router: some RouterMethods<ServerContext>) {
    router.get("/metrics") { request, _ in metrics(request) }
    router.get("/-/healthy") { _, _ in plain(.ok, "Poolkeeper is healthy.\n") }
    router.get("/-/ready") { _, _ in
      if parts.isStopping() { return plain(.serviceUnavailable, "Poolkeeper is stopping.\n") }
      return await parts.operations.latest() == nil
        ? plain(.serviceUnavailable, "No decision has been made yet.\n") : plain(.ok, "Poolkeeper is ready.\n")
    }
    for (path, render) in parts.exporters {
      router.get(RouterPath(path)) { request, _ in
        let format = ExpositionFormat.negotiated(accept: request.headers[.accept])
        return Response(
          status: .ok, headers: [.contentType: format.contentType],
          body: ResponseBody(byteBuffer: ByteBuffer(bytes: render(format))))
      }
    }
  }

  private func plain(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  private func metrics(_ request: Request) -> Response {
    let format = ExpositionFormat.negotiated(accept: request.headers[.accept])
    return Response(
      status: .ok, headers: [.contentType: format.contentType],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: format.render(parts.metricTable().families()))))
  }
}
