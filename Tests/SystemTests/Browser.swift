import Foundation
import HTTPTransport
import Testing

@testable import poolkeeper

/// Debian's Chromium without a window, driven through its driver.
///
/// Source: W3C WebDriver; the Chrome DevTools Protocol for what that has no words for.
struct Browser {
  /// Where the browser and its driver are; `nil` when they are not installed.
  static let programs: (browser: String, driver: String)? = {
    guard let browser = Bench.program("chromium"), let driver = Bench.program("chromedriver") else { return nil }
    return (browser, driver)
  }()

  /// Keys without a letter, as WebDriver names them.
  enum Key {
    static let tab = "\u{E004}"
    static let enter = "\u{E007}"
    static let escape = "\u{E00C}"
    static let shift = "\u{E008}"
    static let control = "\u{E009}"
  }

  /// What the page has told the browser's console.
  struct LogEntry: Decodable {
    var level: String
    var message: String
  }

  private let session: String
  private let http = HTTPClient()
  /// A loaded machine may take long to start a browser or to draw a page.
  private static let patience: Duration = .seconds(120)

  /// Runs `body` with a browser that has nothing of its user's; ends it afterwards.
  static func with<Value>(_ body: (Browser) async throws -> Value) async throws -> Value {
    let programs = try #require(programs)
    let driver = try RunningProgram(programs.driver, ["--port=0"])
    let port = try await Bench.eventually(within: patience, "the browser's driver listens; it said: \(driver.text)") {
      driver.text.firstMatch(of: /started successfully on port (\d+)/).flatMap { Int($0.1) }
    }
    let browser = try await Browser(url: "http://127.0.0.1:\(port)", program: programs.browser)
    do {
      let value = try await body(browser)
      await browser.end()
      return value
    } catch {
      await browser.end()
      throw error
    }
  }

  private init(url: String, program: String) async throws {
    let capabilities: [String: Any] = [
      "browserName": "chrome", "goog:loggingPrefs": ["browser": "ALL"],
      "goog:chromeOptions": [
        "binary": program,
        "args": [
          "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
          "--force-device-scale-factor=1",
        ],
      ],
    ]
    struct Started: Decodable { var sessionId: String }
    let body = try JSONSerialization.data(withJSONObject: ["capabilities": ["alwaysMatch": capabilities]])
    let response = try await http.send(
      HTTPRequest("POST", url + "/session", headers: Self.headers, body: [UInt8](body)), deadline: Self.patience)
    let text = String(decoding: response.body, as: UTF8.self)
    try #require(response.status == 200, "no browser: \(text)")
    session = url + "/session/" + (try Self.value(Started.self, of: response)).sessionId
  }

  private static let headers = [HTTPHeader("Content-Type", "application/json")]

  private struct Answer<Value: Decodable>: Decodable { var value: Value }

  private static func value<Value: Decodable>(_ type: Value.Type, of response: HTTPResponse) throws -> Value {
    try JSONDecoder().decode(Answer<Value>.self, from: Data(response.body)).value
  }

  /// Whatever an answer holds, when nobody asks.
  private struct Anything: Decodable {
    init(from decoder: any Decoder) {}
  }

  private func command<Value: Decodable>(
    _ method: String, _ path: String, _ body: [String: Any]? = nil, as type: Value.Type
  ) async throws -> Value {
    let bytes = try body.map { [UInt8](try JSONSerialization.data(withJSONObject: $0)) }
    let response = try await http.send(
      HTTPRequest(method, session + path, headers: Self.headers, body: bytes), deadline: Self.patience)
    let text = String(decoding: response.body, as: UTF8.self)
    try #require(response.status == 200, "\(method) \(path): \(text.prefix(2_000))")
    return try Self.value(type, of: response)
  }

  private func end() async {
    _ = try? await http.send(HTTPRequest("DELETE", session, headers: [], body: nil), deadline: Self.patience)
  }

  /// Opens a page and waits until it has loaded.
  func open(_ url: String) async throws { _ = try await command("POST", "/url", ["url": url], as: Anything.self) }

  func reload() async throws { _ = try await command("POST", "/refresh", [:], as: Anything.self) }

  /// What the body of a function returns.
  func evaluate<Value: Decodable>(_ script: String, as type: Value.Type) async throws -> Value {
    try await command("POST", "/execute/sync", ["script": script, "args": [String]()], as: type)
  }

  /// What a script hands to the function that is its last argument.
  func awaiting<Value: Decodable>(_ script: String, as type: Value.Type) async throws -> Value {
    try await command("POST", "/execute/async", ["script": script, "args": [String]()], as: type)
  }

  /// Presses keys one after the other.
  /// - Parameter modifier: held down all the while.
  func press(_ keys: [String], holding modifier: String? = nil) async throws {
    var actions = keys.flatMap { [["type": "keyDown", "value": $0], ["type": "keyUp", "value": $0]] }
    if let modifier {
      actions = [["type": "keyDown", "value": modifier]] + actions + [["type": "keyUp", "value": modifier]]
    }
    _ = try await command(
      "POST", "/actions", ["actions": [["type": "key", "id": "keyboard", "actions": actions]]], as: Anything.self)
  }

  func type(_ text: String) async throws { try await press(text.map(String.init)) }

  private func devTools<Value: Decodable>(
    _ name: String, _ parameters: [String: Any], as type: Value.Type
  ) async throws -> Value {
    try await command("POST", "/goog/cdp/execute", ["cmd": name, "params": parameters], as: type)
  }

  /// A screen of this size, with the system's choice of colours.
  func show(width: Int, height: Int, scheme: String) async throws {
    _ = try await devTools(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500], as: Anything.self)
    _ = try await devTools(
      "Emulation.setEmulatedMedia",
      ["features": [["name": "prefers-color-scheme", "value": scheme]]], as: Anything.self)
  }

  /// The screen as PNG.
  func picture() async throws -> Data {
    struct Picture: Decodable { var data: Data }
    return try await devTools("Page.captureScreenshot", ["format": "png"], as: Picture.self).data
  }

  /// What was logged since the last time.
  func log() async throws -> [LogEntry] {
    try await command("POST", "/se/log", ["type": "browser"], as: [LogEntry].self)
  }
}
