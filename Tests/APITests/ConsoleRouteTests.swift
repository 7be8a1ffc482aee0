import API
import Foundation
import HTTPTypes
import Model
import Testing

@Suite struct ConsoleRouteTests {
  /// What Chromium sends when somebody opens a page.
  private static let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

  @Test(arguments: Way.allCases)
  func givesBrowsersThePageAndOthersAText(way: Way) async throws {
    try await ServerFixture().test(way) { server async throws in
      let page = try await server.get("/", accept: Self.browser)
      #expect(page.status == 200)
      #expect(page.type == "text/html; charset=utf-8")
      #expect(page.text.hasPrefix("<!doctype html>"))
      #expect(page.headers[values: .vary].contains("Accept"))
      for accept in [nil, "*/*", "text/plain", "text/html;q=0, */*"] {
        let text = try await server.get("/", accept: accept)
        #expect(text.type == "text/plain; charset=utf-8", "\(accept ?? "none")")
        #expect(text.text.hasPrefix("Poolkeeper 1.2.3, cluster talos-prod, mode act\nGrow burst by 1.\n"))
        #expect(text.headers[values: .vary].contains("Accept"))
      }
    }
  }

  @Test func saysNothingOfTheClusterToThoseWhoAreNotKnown() async throws {
    var fixture = ServerFixture()
    let entry = AccessEntry(
      name: "eve", role: .read, proof: .token([UInt8](repeating: 7, count: 32)))
    fixture.parts.access = AccessControl(AccessPolicy(entries: [entry]))
    try await fixture.test(.inProcess) { server async throws in
      let text = try await server.get("/")
      #expect(text.status == 200)
      #expect(text.text.hasPrefix("Poolkeeper 1.2.3\n"))
      #expect(!text.text.contains("talos-prod"))
      #expect(try await server.get("/", accept: Self.browser).status == 200)
      #expect(try await server.get("/console/console.js").status == 200)
      for path in ["/api/v1/overview", "/api/v1/decisions", "/api/v1/stream"] {
        #expect(try await server.get(path).status == 401, "\(path)")
      }
    }
  }

  @Test func everyFileThatThePageNamesIsThereWithItsTypeAndNoRoomForForeignCode() async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      let page = try await server.get("/", accept: Self.browser)
      let named = Set(page.text.matches(of: /(?:href|src)="(console\/[a-z.]+)"/).map { "/" + $0.1 })
      #expect(named.isSuperset(of: ["/console/console.css", "/console/console.js", "/console/icon.svg"]))
      let modules = try named.filter { $0.hasSuffix(".js") }.map { try Self.source(String($0.dropFirst(9))) }
      let imported = Set(modules.flatMap { $0.matches(of: /from "\.\/([a-z]+\.js)"/).map { "/console/" + $0.1 } })
      #expect(imported.isSubset(of: named), "modules that are fetched late for want of a preload")
      for path in named.sorted() {
        let file = try await server.get(path)
        #expect(file.status == 200, "\(path)")
        let type =
          switch path.split(separator: ".").last {
          case "css": "text/css; charset=utf-8"
          case "js": "text/javascript; charset=utf-8"
          default: "image/svg+xml"
          }
        #expect(file.type == type, "\(path)")
        #expect(file.headers[.contentSecurityPolicy] == page.headers[.contentSecurityPolicy])
        #expect(file.headers[.xContentTypeOptions] == "nosniff")
      }
      let policy = try #require(page.headers[.contentSecurityPolicy])
      #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
      #expect(!policy.contains("unsafe"))
      #expect(policy.contains("frame-ancestors 'none'"))
      for path in ["/console/console.html", "/console/nothing.js", "/console/..%2fServer.swift"] {
        let missing = try await server.get(path)
        #expect(missing.status == 404, "\(path)")
        #expect(missing.text.contains("it begins at /"), "\(path)")
      }
    }
  }

  @Test(arguments: Way.allCases)
  func sendsWhatABrowserHasAlreadyOnlyWhenItIsAnother(way: Way) async throws {
    try await ServerFixture().test(way) { server async throws in
      for path in ["/", "/console/console.css", "/console/console.js"] {
        let whole = try await server.get(path, accept: Self.browser)
        let tag = try #require(whole.headers[.eTag], "\(path)")
        #expect(tag.hasPrefix("W/\""))
        #expect(whole.headers[.cacheControl] == "no-cache")
        let same = try await server.call(
          .get, path, headers: [.accept: Self.browser, .ifNoneMatch: "\"other\", \(tag)"])
        #expect(same.status == 304, "\(path)")
        #expect(same.bytes.isEmpty)
        #expect(same.headers[.eTag] == tag)
        let other = try await server.call(.get, path, headers: [.accept: Self.browser, .ifNoneMatch: "W/\"0\""])
        #expect(other.status == 200, "\(path)")
        let head = try await server.call(.head, path, headers: [.accept: Self.browser])
        #expect(head.status == 200)
        #expect(head.bytes.isEmpty)
        #expect(head.headers[.contentLength] == "\(whole.bytes.count)", "\(path)")
        let packed = try await server.call(
          .get, path, headers: [.accept: Self.browser, .acceptEncoding: "gzip"])
        #expect(packed.headers[.contentEncoding] == "gzip", "\(path)")
        #expect(try Gunzip.bytes(packed.bytes) == whole.bytes, "\(path)")
      }
    }
  }

  /// The program carries the files as they were when it was built.
  @Test func theProgramCarriesTheFilesOfTheRepository() async throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    #expect(names.count > 10)
    try await ServerFixture().test(.inProcess) { server async throws in
      for name in names {
        let file =
          name == "console.html"
          ? try await server.get("/", accept: Self.browser) : try await server.get("/console/\(name)")
        #expect(file.status == 200, "\(name) is not in Sources/C/CConsole/console_files.c")
        #expect(file.text == (try Self.source(name)), "\(name)")
      }
    }
  }

  /// Data gets into the page as text only, and nothing is asked of other hosts.
  @Test func noScriptMakesMarkupOfDataOrKnowsAnotherHost() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted() {
      let text = try Self.source(name)
      for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
        #expect(!text.contains(word), "\(name): \(word)")
      }
      let foreign = text.replacing("http://www.w3.org/2000/svg", with: "").matches(of: /https?:\/\/[^ "']*/)
      #expect(foreign.isEmpty, "\(name): \(foreign.map { String($0.0) })")
      #expect(!text.contains("style=\""), "\(name): a style that the content security policy forbids")
    }
  }

  static let folder: URL = {
    var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
      folder.deleteLastPathComponent()
    }
    return folder.appendingPathComponent("Sources/API/Console/Files")
  }()

  static func source(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }
}
