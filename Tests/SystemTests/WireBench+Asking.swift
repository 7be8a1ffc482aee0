import API
import Foundation
import HTTPTransport
import Model
import Testing

@testable import poolkeeper

/// What a test does itself to the world, as an operator would, and how it waits for the server.
extension WireBench {
  /// Asks Proxmox with the token of proxmox.env.
  /// - Returns: the answer's data, where that is an object.
  func proxmox(_ method: String, _ path: String, _ form: [String: String] = [:]) async throws -> [String: Any] {
    try await Self.proxmox(in: directory, method, path, form) as? [String: Any] ?? [:]
  }

  /// The same of any stage, by its directory; throws when it is refused.
  static func proxmox(
    in directory: URL, _ method: String, _ path: String, _ form: [String: String] = [:]
  ) async throws -> Any? {
    let values = try environment(directory)
    var configuration = HTTPClientConfiguration()
    configuration.trust = .authorities(.file(values["PROXMOX_CA_FILE"] ?? ""))
    let client = HTTPClient(configuration)
    let token = "PVEAPIToken=\(values["PROXMOX_TOKEN_ID"] ?? "")=\(values["PROXMOX_TOKEN_SECRET"] ?? "")"
    var headers = [HTTPHeader("Authorization", token)]
    var body: [UInt8]?
    if !form.isEmpty {
      headers.append(HTTPHeader("Content-Type", "application/x-www-form-urlencoded"))
      let plain = CharacterSet.alphanumerics
      let pairs = form.map { "\($0.key)=\($0.value.addingPercentEncoding(withAllowedCharacters: plain) ?? "")" }
      body = [UInt8](pairs.joined(separator: "&").utf8)
    }
    let request = HTTPRequest(
      method, "\(values["PROXMOX_URL"] ?? "")/api2/json\(path)", headers: headers, body: body)
    let answer = try await client.send(request, deadline: .seconds(30))
    await client.shutdown()
    guard answer.status == 200 else { throw Failure(.failed, String(decoding: answer.body, as: UTF8.self)) }
    return (try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])?["data"]
  }

  /// Waits until the events say something.
  func until(_ what: String, _ condition: ([HeardEvent]) -> Bool) async throws {
    try await Bench.eventually(what) { condition(try await events()) ? true : nil }
  }

  /// Waits until two workers are as they should be.
  func pair(
    _ what: String, _ condition: ([WorkerView]) -> (WorkerView, WorkerView)?
  ) async throws -> (WorkerView, WorkerView) {
    try await Bench.eventually(what) { condition(try await brain.workers()) }
  }

  /// Gives the server a clock of its own, so many seconds from the world's; only while it is down.
  func turnClock(by seconds: Double) throws {
    let shared = directory.appendingPathComponent("world/clock.json")
    var setting = try JSONDecoder().decode(ClockSetting.self, from: try Data(contentsOf: shared))
    // The clock is origin + (wall - origin) × speed.
    let shift = seconds * 1000 / (1 - setting.speed)
    setting.origin = Instant(milliseconds: setting.origin.milliseconds + Int64(shift.rounded()))
    let own = directory.appendingPathComponent("clock")
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    try JSONEncoder().encode(setting).write(to: own.appendingPathComponent("clock.json"))
    clock = own.path
  }
}

/// The file by which two processes share a clock.
private struct ClockSetting: Codable {
  var origin: Instant
  var speed: Double
}
