import Foundation
import HTTPTransport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The installed Prometheus as a process of its own, with an empty storage: the oracle of these tests.
///
/// `@unchecked Sendable`: the process object is only started and killed.
final class PeerPrometheus: @unchecked Sendable {
  private let process = Process()
  private let directory: URL
  private let url: String
  private let http = HTTPClient()

  /// The program on the search path, or where the install script unpacks it; `nil` where it is not installed, or in
  /// another version than the one that `KnownDifference` is about.
  static let installed: String? = {
    var place = URL(fileURLWithPath: #filePath)
    while place.path != "/", !FileManager.default.fileExists(atPath: place.appendingPathComponent("Package.swift").path)
    {
      place.deleteLastPathComponent()
    }
    let unpacked = place.appendingPathComponent(".build/debian/usr/bin").path
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return (path + [unpacked]).map { $0 + "/prometheus" }
      .first { FileManager.default.isExecutableFile(atPath: $0) && version(of: $0).contains(" version 2.42.") }
  }()

  /// What it says of itself; by way of a file, because programs that other tests start would inherit a pipe.
  private static func version(of program: String) -> String {
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("version-\(UUID().uuidString)")
    guard FileManager.default.createFile(atPath: output.path, contents: nil),
      let file = try? FileHandle(forWritingTo: output)
    else { return "" }
    defer { try? FileManager.default.removeItem(at: output) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--version"]
    process.standardOutput = file
    process.standardError = file
    guard (try? process.run()) != nil else { return "" }
    process.waitUntilExit()
    return String(decoding: (try? Data(contentsOf: output)) ?? Data(), as: UTF8.self)
  }

  /// Starts the program and waits until it answers.
  /// - Parameter lookback: in milliseconds.
  static func start(lookback: Int64) async throws -> PeerPrometheus {
    let program = try #require(installed)
    let peer = try PeerPrometheus(program, port: try freePort(), lookback: lookback)
    let deadline = ContinuousClock.now.advanced(by: .seconds(60))
    while (try? await peer.http.send(HTTPRequest("GET", peer.url + "/-/ready"), deadline: .seconds(5)).status) != 200 {
      guard peer.process.isRunning, ContinuousClock.now < deadline else {
        throw Failure(text: "prometheus does not answer; it said: \(peer.said)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    return peer
  }

  struct Failure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
  }

  private init(_ program: String, port: Int, lookback: Int64) throws {
    url = "http://127.0.0.1:\(port)"
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("differential-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let configuration = directory.appendingPathComponent("prometheus.yml")
    try Data("global: {}\n".utf8).write(to: configuration)
    let output = directory.appendingPathComponent("said.txt")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let file = try FileHandle(forWritingTo: output)
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = [
      "--config.file=\(configuration.path)", "--storage.tsdb.path=\(directory.appendingPathComponent("tsdb").path)",
      "--web.listen-address=127.0.0.1:\(port)", "--web.enable-remote-write-receiver",
      "--enable-feature=native-histograms", "--query.lookback-delta=\(lookback)ms", "--log.level=warn",
    ]
    process.standardOutput = file
    process.standardError = file
    process.standardInput = FileHandle.nullDevice
    try process.run()
    try file.close()
  }

  deinit {
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    try? FileManager.default.removeItem(at: directory)
  }

  private var said: String {
    let data = try? Data(contentsOf: directory.appendingPathComponent("said.txt"))
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  /// Sends a remote-write body of version 1.0.
  func write(_ body: [UInt8]) async throws {
    let headers = [
      HTTPHeader("Content-Type", "application/x-protobuf"), HTTPHeader("Content-Encoding", "snappy"),
      HTTPHeader("X-Prometheus-Remote-Write-Version", "0.1.0"),
    ]
    let response = try await http.send(
      HTTPRequest("POST", url + "/api/v1/write", headers: headers, body: body), deadline: .seconds(60))
    guard response.status / 100 == 2 else {
      throw Failure(text: "prometheus refused samples: \(String(decoding: response.body, as: UTF8.self))")
    }
  }

  /// What it answers to a question.
  func answer(_ question: Question) async throws -> Answer {
    var fields = [("query", question.spelledForPeer)]
    func seconds(_ milliseconds: Int64) -> String {
      "\(milliseconds / 1000).\(String(milliseconds % 1000 + 1000).dropFirst())"
    }
    switch question.times {
    case .instant(let time): fields.append(("time", seconds(time)))
    case .range(let start, let end, let step):
      fields += [("start", seconds(start)), ("end", seconds(end)), ("step", seconds(step))]
    }
    return try Answer(json: try await post(question.times.isRange ? "/api/v1/query_range" : "/api/v1/query", fields))
  }

  /// An expression in its own notation; `nil` where it refuses the expression.
  func format(_ expression: String) async throws -> String? {
    struct Envelope: Decodable { var data: String? }
    let body = try await post("/api/v1/format_query", [("query", expression)])
    return try JSONDecoder().decode(Envelope.self, from: body).data
  }

  private func post(_ path: String, _ fields: [(String, String)]) async throws -> Data {
    let form = fields.map { "\($0)=\($1.formEncoded)" }.joined(separator: "&")
    let request = HTTPRequest(
      "POST", url + path, headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
      body: Array(form.utf8))
    return Data(try await http.send(request, deadline: .seconds(120)).body)
  }

  /// A TCP port that was free a moment ago.
  private static func freePort() throws -> Int {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    guard bound else { throw Failure(text: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

extension String {
  /// Percent-encoded for a form.
  fileprivate var formEncoded: String {
    var out = ""
    for byte in utf8 {
      let scalar = Unicode.Scalar(byte)
      if byte < 128, scalar.properties.isAlphabetic || (48...57).contains(byte) {
        out.unicodeScalars.append(scalar)
      } else {
        let digits = String(byte, radix: 16)
        out += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return out
  }
}
