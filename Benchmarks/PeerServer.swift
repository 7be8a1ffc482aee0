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
  private let process = Process()
  private let http = HTTPClient()

  /// - Parameter writePath: where it takes remote write.
  init(_ name: String, program: String, arguments: [String], port: Int) throws {
    self.name = name
    url = "http://127.0.0.1:\(port)"
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  deinit { kill(process.processIdentifier, SIGKILL) }

  /// Waits until it answers.
  func ready() async throws {
    for _ in 0..<600 {
      let request = HTTPRequest("GET", url + "/-/healthy")
      if let answer = try? await http.send(request, deadline: .seconds(1)), answer.status == 200 { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw BenchmarkError("\(name) did not answer within a minute")
  }

  /// Sends one remote-write body, again after a pause when the server asks for that.
  func write(_ body: [UInt8]) async throws {
    let request = HTTPRequest(
      "POST", url + "/api/v1/write",
      headers: [
        HTTPHeader("Content-Type", "application/x-protobuf"), HTTPHeader("Content-Encoding", "snappy"),
        HTTPHeader("X-Prometheus-Remote-Write-Version", "0.1.0"),
      ], body: body)
    let answer = try await http.send(request, deadline: .seconds(60))
    guard (200...299).contains(answer.status) else {
      let text = String(decoding: answer.body.prefix(300), as: UTF8.self)
      throw BenchmarkError("\(name) answered \(answer.status): \(text)")
    }
  }

  /// Evaluates an expression.
  func query(_ expression: String, at seconds: Double) async throws {
    var parts = URLComponents(string: url + "/api/v1/query")!
    parts.queryItems = [
      URLQueryItem(name: "query", value: expression), URLQueryItem(name: "time", value: String(seconds)),
    ]
    let text = parts.string!.replacing("+", with: "%2B")
    let answer = try await http.send(HTTPRequest("GET", text), deadline: .seconds(60))
    guard answer.status == 200 else { throw BenchmarkError("\(name) answered \(answer.status) to \(expression)") }
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

  /// Bytes of the process that lie in RAM.
  func residentBytes() throws -> Double {
    let statm = try String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)
    return (Double(statm.split(separator: " ")[1]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE)))
  }
}

/// Why a measurement could not be made.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
