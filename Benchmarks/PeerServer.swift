import Foundation
import HTTPTransport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A server under measurement: a process of its own, whose CPU time and memory the kernel counts.
///
/// `@unchecked Sendable`: used by one task at a time.
final class PeerServer: @unchecked Sendable {
  let name: String
  let url: String
  private let program: String
  private let arguments: [String]
  private let data: URL
  private var process = Process()
  private let http = HTTPClient()

  /// - Parameter data: the directory in which it keeps what it was sent.
  init(_ name: String, program: String, arguments: [String], port: Int, data: URL) throws {
    self.name = name
    self.program = program
    self.arguments = arguments
    self.data = data
    url = "http://127.0.0.1:\(port)"
    try start()
  }

  deinit { kill() }

  /// Starts the process, anew after `kill`.
  func start() throws {
    process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// Ends the process at once.
  func kill() {
    guard process.isRunning else { return }
    #if canImport(Darwin)
      _ = Darwin.kill(process.processIdentifier, SIGKILL)
    #else
      _ = Glibc.kill(process.processIdentifier, SIGKILL)
    #endif
    process.waitUntilExit()
  }

  /// Waits until it answers.
  func ready() async throws {
    for _ in 0..<6000 {
      let request = HTTPRequest("GET", url + "/-/ready")
      if let answer = try? await http.send(request, deadline: .seconds(1)), answer.status < 300 { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw BenchmarkError("\(name) did not answer within a minute")
  }

  /// Sends one remote-write body.
  func write(_ body: [UInt8]) async throws {
    var request = HTTPRequest(
      "POST", url + "/api/v1/write",
      headers: [
        HTTPHeader("Content-Type", "application/x-protobuf"), HTTPHeader("Content-Encoding", "snappy"),
        HTTPHeader("X-Prometheus-Remote-Write-Version", "0.1.0"),
      ], body: body)
    // Samples may be sent twice, so a kept connection may be used, as Prometheus does.
    request.isRepeatable = true
    let answer = try await http.send(request, deadline: .seconds(60))
    guard (200...299).contains(answer.status) else {
      let text = String(decoding: answer.body.prefix(300), as: UTF8.self)
      throw BenchmarkError("\(name) answered \(answer.status): \(text)")
    }
  }

  /// The text at a path.
  func get(_ path: String) async throws -> String {
    let answer = try await http.send(HTTPRequest("GET", url + path), deadline: .seconds(20))
    return String(decoding: answer.body, as: UTF8.self)
  }

  /// Asks a query.
  /// - Returns: how many series the answer has.
  func query(_ path: String, _ parameters: [(String, String)]) async throws -> Int {
    var parts = URLComponents(string: "\(url)/api/v1/\(path)")!
    parts.queryItems = parameters.map { URLQueryItem(name: $0.0, value: $0.1) }
    let text = parts.string!.replacing("+", with: "%2B")
    let answer = try await http.send(HTTPRequest("GET", text), deadline: .seconds(60))
    guard answer.status == 200 else { throw BenchmarkError("\(name) answered \(answer.status) to \(parameters)") }
    return String(decoding: answer.body, as: UTF8.self).ranges(of: "\"metric\"").count
  }

  /// Lets it write to its files what it still holds back, where it has a call for that.
  func flush() async throws {
    _ = try await get("/internal/force_flush")
  }

  /// Bytes of all files in its data directory.
  func bytesOnDisk() throws -> Int {
    let keys: Set<URLResourceKey> = [.fileSizeKey, .isRegularFileKey]
    guard let files = FileManager.default.enumerator(at: data, includingPropertiesForKeys: Array(keys)) else {
      throw BenchmarkError("\(name) has no data directory")
    }
    var bytes = 0
    for case let file as URL in files {
      let values = try file.resourceValues(forKeys: keys)
      if values.isRegularFile == true { bytes += values.fileSize ?? 0 }
    }
    return bytes
  }

  /// CPU seconds that the process has used. Source: proc(5), fields 14 and 15 of `/proc/PID/stat`, in clock ticks.
  func cpuSeconds() throws -> Double {
    let stat = try String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
    let fields = stat.split(separator: ")").last!.split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      throw BenchmarkError("/proc does not tell the CPU time of \(name)")
    }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Bytes of the process that lie in RAM, and how many of them are its own: not mapped from program files, which the
  /// system shares and may drop. Source: proc(5), `VmRSS` and `RssAnon` of `/proc/PID/status`, in KiB.
  func residentBytes() throws -> (all: Double, own: Double) {
    let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    func field(_ name: String) -> Double {
      let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
      return (Double(line.filter(\.isNumber)) ?? 0) * 1024
    }
    return (field("VmRSS"), field("RssAnon"))
  }
}
