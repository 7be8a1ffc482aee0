import HTTPTypes
import Hummingbird
import NIOCore
import Ports

/// `/` and `/console/…`: the console for browsers, and a page of text for everybody else.
///
/// The files hold no data and need no role; the page asks for what it shows by the API.
struct ConsoleRoutes: Sendable {
  let operations: any Operations
  let access: AccessControl

  func add(to router: some RouterMethods<ServerContext>) {
    router.get("/") { request, _ in
      var response =
        Self.takesPage(request.headers[values: .accept]) ? Self.file(.page, request) : await frontPage()
      response.headers.append(HTTPField(name: .vary, value: "Accept"))
      return response
    }
    router.get("/console/:file") { request, context in
      let name = context.path("file")
      guard let file = ConsoleFile.named(name), file.name != ConsoleFile.page.name else {
        return try JSONAnswer.error(
          .notFound, code: "not_found", message: "The console has no file \"\(name.prefix(100))\"; it begins at /.")
      }
      return Self.file(file, request)
    }
  }

  /// Whether a client asks for a page in so many words, as browsers do; `*/*` asks for nothing in particular.
  static func takesPage(_ fields: [String]) -> Bool {
    fields.flatMap { $0.lowercased().split(separator: ",") }.contains { element in
      let parts = element.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
      let refused = parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
      return parts.first == "text/html" && !refused
    }
  }

  /// What a page of the console may do: nothing but show itself and ask this server. Scripts and styles are files of
  /// their own, and texts cannot become markup.
  static let contentSecurityPolicy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].joined(separator: "; ")

  private static func file(_ file: ConsoleFile, _ request: Request) -> Response {
    var headers: HTTPFields = [
      .contentType: file.contentType, .eTag: file.entityTag,
      // Kept, and asked for each time whether it is still the same: another version of the program has another console.
      .cacheControl: "no-cache",
      .contentSecurityPolicy: contentSecurityPolicy, .xContentTypeOptions: "nosniff",
      .referrerPolicy: "no-referrer", .crossOriginOpenerPolicy: "same-origin",
      .crossOriginResourcePolicy: "same-origin",
    ]
    let known = request.headers[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }
    if known.contains(where: { $0.filter { !$0.isWhitespace } == file.entityTag }) {
      headers[.contentType] = nil
      return Response(status: .notModified, headers: headers)
    }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
  }

  private func frontPage() async -> Response {
    let status = await operations.status()
    // Anybody may ask for it: where people are asked who they are, it says nothing of the cluster.
    let place = access.isRequired ? "" : ", cluster \(status.cluster), mode \(status.mode.rawValue)\n\(status.summary)"
    let text = """
      Poolkeeper \(status.version)\(place)

      /                        the console, in a browser
      /metrics                 metrics of this program
      /api/v1/status           what it runs with and what it last decided
      /api/v1/pools, /workers  pools and workers
      /api/v1/plan, /report    the last plan, and its reasons
      /api/v1/query            PromQL over the samples received at /api/v1/write

      """
    return Response(
      status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

extension HTTPField.Name {
  static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
}
