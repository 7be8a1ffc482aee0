import API
import Foundation
import Testing

/// `docs/http-api.md` names every route, and no other.
@Suite struct ReferencePageTests {
  private static let page: URL? = {
    var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    while folder.path != "/" {
      let page = folder.appendingPathComponent("docs/http-api.md")
      if FileManager.default.fileExists(atPath: page.path) { return page }
      folder.deleteLastPathComponent()
    }
    return nil
  }()

  /// Headings have the form "### `GET, POST /api/v1/query`".
  private static func headings(_ text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("### `") }.flatMap { line -> [String] in
      let parts = line.dropFirst(5).prefix { $0 != "`" }.split(separator: " /", maxSplits: 1)
      guard parts.count == 2 else { return ["\(line)"] }
      return parts[0].split(separator: ", ").map { "\($0) /\(parts[1])" }
    }
  }

  @Test func namesEveryRouteAndNoOther() throws {
    let text = try String(contentsOf: try #require(Self.page), encoding: .utf8)
    let routes = Server.routes(ServerFixture().parts).entries.map { "\($0.method) \($0.path)" }
    // The front page's heading has nothing after the slash.
    let documented = Self.headings(text.replacing("### `GET /`", with: "### `GET / `")).map {
      $0 == "GET / " ? "GET /" : $0
    }
    #expect(documented.sorted() == routes.sorted())
    #expect(routes.count > 30)
  }

  /// Every code of an error that the page's table lists occurs in the answers, and the other way round.
  @Test func namesEveryLimit() throws {
    let text = try String(contentsOf: try #require(Self.page), encoding: .utf8)
    for limit in ["512", "360 s", "64 KiB", "200", "10,000", "8,784", "1 MiB", "1,000", "30 s", "100"] {
      #expect(text.contains(limit), "\(limit)")
    }
  }
}
