/// A request to the API server, its address taken apart.
struct APIRequest: Sendable {
  /// Who asks.
  struct User: Sendable {
    var name: String
    var groups: [String]
  }

  var method: String
  /// The parts of the path, decoded.
  var path: [String]
  var query: [(name: String, value: String)]
  var accept: String
  /// Without parameters, in lower case.
  var contentType: String
  var body: [UInt8]
  var user: User?

  init(method: String, uri: String, accept: String, contentType: String, body: [UInt8], user: User?) {
    self.method = method
    self.accept = accept
    self.body = body
    self.user = user
    self.contentType = String(contentType.lowercased().split(separator: ";").first ?? "")
    let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = (parts.first ?? "").split(separator: "/").map { Self.decoded($0) }
    query =
      parts.count < 2
      ? []
      : parts[1].split(separator: "&").map { pair in
        let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (
          Self.decoded(halves[0][...].replacing("+", with: " ")),
          halves.count == 2 ? Self.decoded(halves[1].replacing("+", with: " ")) : ""
        )
      }
  }

  subscript(name: String) -> String? { query.first { $0.name == name }?.value }

  func flag(_ name: String) -> Bool { ["true", "1", ""].contains(self[name] ?? "false") }

  /// Whether the change is to be checked only.
  var isDryRun: Bool { self["dryRun"] == "All" }

  private static func decoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    let source = Array(text.utf8)
    var index = 0
    while index < source.count {
      if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
        let byte = UInt8(String(decoding: source[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        bytes.append(byte)
        index += 3
      } else {
        bytes.append(source[index])
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The body as an object. Other formats than JSON are refused, so that clients who can speak more fall back to it.
  func object() throws(APIStatus) -> ManifestValue {
    guard contentType == "application/json" || contentType.isEmpty else {
      throw .unsupportedMedia(["application/json"])
    }
    return try json()
  }

  func json() throws(APIStatus) -> ManifestValue {
    do {
      return try ManifestParser.parse(body)
    } catch {
      throw .badRequest("the object provided is unrecognized: \(error.message)")
    }
  }

  func patch() throws(APIStatus) -> ManifestPatch {
    let value: ManifestValue
    switch contentType {
    case "application/merge-patch+json", "application/strategic-merge-patch+json", "application/json-patch+json":
      value = try json()
    default:
      throw .unsupportedMedia([
        "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
      ])
    }
    switch contentType {
    case "application/merge-patch+json": return .merge(value)
    case "application/strategic-merge-patch+json": return .strategicMerge(value)
    default:
      guard let operations = value.list else { throw .badRequest("a JSON patch is a list of operations") }
      return .operations(operations)
    }
  }
}

/// How a client wants objects shown, by its Accept header. Only JSON is spoken.
enum Rendering: Sendable, Equatable {
  case object
  case table(version: String)
  case partial(version: String)

  init(accept: String) throws(APIStatus) {
    guard !accept.isEmpty else {
      self = .object
      return
    }
    for part in accept.split(separator: ",") {
      let pieces = part.split(separator: ";").map { $0.filter { $0 != " " } }
      guard let type = pieces.first, ["application/json", "*/*", "application/*"].contains(type) else { continue }
      let parameters = pieces.dropFirst().reduce(into: [String: String]()) { result, piece in
        let halves = piece.split(separator: "=", maxSplits: 1)
        if halves.count == 2 { result[String(halves[0])] = String(halves[1]) }
      }
      let version = parameters["v"] ?? "v1"
      switch parameters["as"] {
      case "Table": self = .table(version: version)
      case "PartialObjectMetadata", "PartialObjectMetadataList": self = .partial(version: version)
      default: self = .object
      }
      return
    }
    throw .notAcceptable
  }
}
