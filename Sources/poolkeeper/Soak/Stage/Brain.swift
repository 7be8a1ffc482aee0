import API
import Foundation
import HTTPTransport
import Model
import Ports
import RemoteWrite

/// A running `poolkeeper demo` or `serve`, and questions to it.
struct Brain {
  let program: RunningProgram
  let port: Int
  private let http = HTTPClient()

  var url: String { "http://127.0.0.1:\(port)" }

  /// Starts the program and waits until it answers.
  /// - Parameters:
  ///   - executable: the program's path.
  ///   - output: a file for what it says, which is kept.
  static func start(
    _ executable: String, _ arguments: [String], port: Int, environment: [String: String] = [:], output: URL? = nil
  ) async throws -> Brain {
    let program = try RunningProgram(
      executable, arguments + ["--listen", "127.0.0.1:\(port)"], environment: environment, output: output)
    let brain = Brain(program: program, port: port)
    try await Waiting.until({ "poolkeeper answers; it said: \(program.text.suffix(4_000))" }) {
      guard program.isRunning else { throw Failure(.failed, "poolkeeper ended: \(program.text.suffix(4_000))") }
      return try? await brain.send("GET", "/-/healthy").status == 200 ? true : nil
    }
    return brain
  }

  init(program: RunningProgram, port: Int) {
    self.program = program
    self.port = port
  }

  func send(
    _ method: String, _ path: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil,
    deadline: Duration = .seconds(20)
  ) async throws -> HTTPResponse {
    try await http.send(HTTPRequest(method, url + path, headers: headers, body: body), deadline: deadline)
  }

  func get<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
    let response = try await send("GET", path)
    return try JSONFormat.decoder().decode(type, from: Data(response.body))
  }

  func workers() async throws -> [WorkerView] { try await get("/api/v1/workers", as: WorkerList.self).workers }

  /// Sends a remote-write body.
  /// - Returns: the status; `nil` when there was no answer.
  func write(_ series: [RemoteWriteEncoder.Series]) async -> Int? {
    await write(body: RemoteWriteEncoder.body(series))
  }

  func write(body: [UInt8], deadline: Duration = .seconds(20)) async -> Int? {
    var request = HTTPRequest(
      "POST", url + "/api/v1/write",
      headers: [HTTPHeader("Content-Type", "application/x-protobuf"), HTTPHeader("Content-Encoding", "snappy")],
      body: body)
    // As senders do: samples may come twice, so a kept connection is used.
    request.isRepeatable = true
    return try? await http.send(request, deadline: deadline).status
  }

  /// The result of a PromQL query on any server that speaks the Prometheus API.
  static func query(_ expression: String, at time: Double? = nil, from url: String) async throws -> [QueryElement] {
    var parts = URLComponents(string: url + "/api/v1/query")!
    parts.queryItems = [URLQueryItem(name: "query", value: expression)]
    if let time { parts.queryItems!.append(URLQueryItem(name: "time", value: String(time))) }
    let text = parts.string!.replacing("+", with: "%2B")
    let response = try await HTTPClient().send(HTTPRequest("GET", text), deadline: .seconds(20))
    return try JSONDecoder().decode(QueryElement.Answer.self, from: Data(response.body)).data.result
  }

  func query(_ expression: String, at time: Double? = nil) async throws -> [QueryElement] {
    try await Self.query(expression, at: time, from: url)
  }
}

/// One element of a vector or matrix in the Prometheus API's form.
struct QueryElement: Decodable {
  /// A time in Unix seconds and a value.
  struct Point: Decodable {
    var time: Double
    var value: Double

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      time = try container.decode(Double.self)
      value = Double(try container.decode(String.self)) ?? .nan
    }
  }

  /// The whole answer.
  struct Answer: Decodable {
    struct Body: Decodable { var result: [QueryElement] }
    var data: Body
  }

  var metric: [String: String]
  var value: Point?
  var values: [Point]?
}
