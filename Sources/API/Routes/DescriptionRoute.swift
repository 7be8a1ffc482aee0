import CEmbeddedFiles
import HTTPTypes
import Hummingbird
import NIOCore

/// `/openapi.yaml`: the description of this API, the file `docs/openapi.yaml` as it stood when the program was built.
struct DescriptionRoute: Sendable {
  func add(to router: some RouterMethods<ServerContext>) {
    router.get("/openapi.yaml") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "application/yaml"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: APIDescription.bytes)))
    }
  }
}

/// The OpenAPI description that the program carries.
public enum APIDescription {
  /// YAML in UTF-8; as long as the program runs.
  public static var bytes: [UInt8] {
    var count = 0
    let start = embedded_openapi(&count)
    return Array(UnsafeBufferPointer(start: start, count: count))
  }
}
