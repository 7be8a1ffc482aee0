import Foundation
import HTTPTransport
import Synchronization
import Testing

@testable import poolkeeper

/// The real server under requests that nobody should send. The same seeds make the same requests.
///
/// `POOLKEEPER_HTTP_FUZZ_SECONDS` lets it go on for as long, with seeds of its own; `scripts/fuzz.sh http` does so.
@Suite(.serialized) struct HTTPFuzzTests {
  /// Connections of the short run, each with several requests.
  private static let connections = 200
  /// Connections at one time.
  private static let parallel = 8
  /// Memory that nothing of what is sent here may take, in bytes.
  private static let memory = 768 << 20

  @Test(.timeLimit(.minutes(20))) func survivesWhateverIsSent() async throws {
    let seconds = ProcessInfo.processInfo.environment["POOLKEEPER_HTTP_FUZZ_SECONDS"].flatMap { Int($0) }
    let first = seconds == nil ? 1 : UInt64.random(in: 1 << 20...UInt64(1) << 50)
    let end = ContinuousClock.now.advanced(by: .seconds(seconds ?? 0))
    let requests = try RequestMaker()
    try await Bench.withDirectory { directory in
      let brain = try await Brain.start([
        "serve", "--mode", "observe", "--data", directory.appendingPathComponent("data").path, "--config",
        Bench.root.appendingPathComponent("config/worker-pools.json").path, "--log-level", "error", "--watch-seconds",
        "0",
      ])
      defer { brain.program.kill() }
      var seed = first
      var sent = 0
      repeat {
        let batch = (0..<UInt64(Self.connections / 10)).map { seed &+ $0 }
        seed &+= UInt64(batch.count)
        sent += batch.count
        let findings = await Self.send(batch, requests, brain.port)
        for finding in findings { Issue.record("\(finding)") }
        #expect(brain.program.isRunning, "it ended with seeds from \(batch[0]): \(brain.program.text.suffix(4_000))")
        guard brain.program.isRunning, findings.isEmpty else { return }
        let healthy = try await brain.send("GET", "/-/healthy").status
        #expect(healthy == 200)
        if let bytes = Self.residentBytes(brain.program.identifier) {
          #expect(bytes < Self.memory, "\(bytes) bytes with seeds from \(batch[0])")
        }
        #expect(!brain.program.text.contains("request failed"), "\(brain.program.text.suffix(4_000))")
      } while seconds == nil ? sent < Self.connections : ContinuousClock.now < end
      print("\(sent) connections")
    }
  }

  private static func send(_ seeds: [UInt64], _ requests: RequestMaker, _ port: Int) async -> [String] {
    await withTaskGroup(of: String?.self) { group in
      var findings: [String] = []
      for (index, seed) in seeds.enumerated() {
        if index >= parallel, let finding = await group.next() ?? nil { findings.append(finding) }
        group.addTask {
          // Blocking calls on a thread that no other test needs.
          await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: converse(seed, requests, port)) }
          }
        }
      }
      for await finding in group { if let finding { findings.append(finding) } }
      return findings
    }
  }

  /// One connection. Whatever was sent, it ends, and what comes back is HTTP without an error of the server's own.
  private static func converse(_ seed: UInt64, _ requests: RequestMaker, _ port: Int) -> String? {
    var generator = FuzzGenerator(state: seed)
    let bytes = requests.bytes(&generator)
    guard let connection = try? RawConnection(port: port) else { return "seed \(seed): no connection" }
    // In pieces, as slow senders do; the last one may stay away.
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...max(1, min(rest.count, 4_000)), using: &generator)
      guard connection.send(Array(rest.prefix(count))) else { break }
      rest = rest.dropFirst(count)
    }
    connection.finish()
    guard let answer = connection.receiveAll() else { return "seed \(seed): no end within 30 s" }
    let text = String(decoding: answer.prefix(400), as: UTF8.self)
    if !answer.isEmpty, !text.hasPrefix("HTTP/1.1 ") { return "seed \(seed): this is no answer: \(text)" }
    let all = String(decoding: answer, as: UTF8.self)
    if all.contains("HTTP/1.1 500") { return "seed \(seed): \(all.suffix(600))" }
    return nil
  }

  private static func residentBytes(_ process: Int32) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * 4_096 } : nil
  }
}

/// SplitMix64.
struct FuzzGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Makes what is sent on one connection: requests to every route that the reference page names, and what is left of them
/// after some changes.
struct RequestMaker: Sendable {
  private let routes: [(method: String, path: String)]

  init() throws {
    let page = try String(contentsOf: Bench.root.appendingPathComponent("docs/http-api.md"), encoding: .utf8)
    var routes: [(method: String, path: String)] = []
    for match in page.matches(of: /### `([A-Z, ]+) (\/[^`]*)`/) {
      for method in match.1.split(separator: ", ") { routes.append((String(method), String(match.2))) }
    }
    try #require(routes.count > 30)
    // The stream has no end, so that a connection that asks for it has none; its own tests watch it.
    self.routes = routes.filter { $0.path != "/api/v1/stream" }
  }

  func bytes(_ generator: inout FuzzGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...5, using: &generator) { bytes += request(&generator) }
    if Int.random(in: 0..<3, using: &generator) == 0 { bytes = damaged(bytes, &generator) }
    return bytes
  }

  // MARK: - One request

  private func request(_ generator: inout FuzzGenerator) -> [UInt8] {
    let route = routes.randomElement(using: &generator)!
    let method =
      pick(&generator, 8)
      ? ["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW", "get"].randomElement(using: &generator)!
      : route.method
    var path = route.path.replacing(/\{[a-z]+\}/, with: part(&generator))
    if pick(&generator, 2) { path += "?" + form(&generator) }
    let version =
      pick(&generator, 12) ? ["HTTP/1.0", "HTTP/2.0", "HTTP/9", ""].randomElement(using: &generator)! : "HTTP/1.1"
    let body = pick(&generator, 2) ? self.body(&generator) : []
    var head = "\(method) \(path) \(version)\r\n"
    for (name, value) in headers(&generator) { head += "\(name): \(value)\r\n" }
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8) + chunked(body, &generator)
    case 1:
      let wrong = ["-1", "99999999999999999999", "abc", "\(body.count + 10)", "0x10", ""].randomElement(
        using: &generator)!
      return Array((head + "Content-Length: \(wrong)\r\n\r\n").utf8) + body
    case 2:
      return Array((head + "Content-Length: \(body.count)\r\nTransfer-Encoding: chunked\r\n\r\n").utf8)
        + chunked(body, &generator)
    default: return Array((head + (body.isEmpty ? "" : "Content-Length: \(body.count)\r\n") + "\r\n").utf8) + body
    }
  }

  private func headers(_ generator: inout FuzzGenerator) -> [(String, String)] {
    var headers = [("Host", "localhost")]
    let further: [(String, String)] = [
      ("Content-Type", "application/json"), ("Content-Type", "application/x-www-form-urlencoded"),
      ("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"), ("Content-Type", "\u{7}"),
      ("Content-Encoding", "snappy"), ("Content-Encoding", "gzip"), ("Accept-Encoding", "gzip;q=1e9, *;q="),
      ("Accept", "application/openmetrics-text;version=1.0.0"), ("Accept", String(repeating: "a/b,", count: 500)),
      ("Expect", "100-continue"), ("Connection", "close"), ("Connection", "upgrade"), ("Upgrade", "h2c"),
      ("Origin", "http://évil"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Host", "[::1"),
      ("Cookie", "a=b; c"),
      ("Authorization", "Basic ///"), ("Authorization", "Bearer \(String(repeating: "x", count: 5_000))"),
      ("X-Prometheus-Remote-Write-Version", "9.9"), ("Last-Event-ID", "-1"), ("Content-Type", "application/json"),
      ("X-Long", String(repeating: "y", count: 70_000)), ("Range", "bytes=0-"), ("X-Poolkeeper-Console", "1"),
    ]
    for _ in 0..<Int.random(in: 0...5, using: &generator) { headers.append(further.randomElement(using: &generator)!) }
    if pick(&generator, 40) { for number in 0..<300 { headers.append(("X-\(number)", "1")) } }
    return headers
  }

  private func part(_ generator: inout FuzzGenerator) -> String {
    [
      "burst", "worker-burst-001", "%62urst", "%", "%zz", "%00", "..", "%2e%2e%2f", "é", "%ff%fe", "a/b", "", "'\"<>",
      String(repeating: "n", count: 3_000), "0", "-1", "U__x", "{pool}",
    ].randomElement(using: &generator)!
  }

  private func form(_ generator: inout FuzzGenerator) -> String {
    let names = [
      "query", "time", "start", "end", "step", "match[]", "limit", "timeout", "force", "type", "stats", "x%00", "",
      "lookback_delta",
    ]
    let values = [
      "up", "sum(rate(up[5m]))", "1e308", "-1", "NaN", "%", "%f", "2026-03-01T07:00:00Z", "1m", "9999999999999999999",
      "%7B__name__%3D~%22.*%22%7D", "{", "((((((((((", "true", "a+b", "%F0%9F%98%80", "-9223372036854775808",
      "vector(1)[1h:1s]", "1e-300", "0", String(repeating: "(", count: 3_000),
      String(repeating: "-", count: 2_000) + "1",
      "up%20offset%20-292y", "rate(up[292y])", "label_replace(up,\"a\",\"$1\",\"b\",\"(\")",
    ]
    return (0..<Int.random(in: 1...4, using: &generator)).map { _ in
      "\(names.randomElement(using: &generator)!)=\(values.randomElement(using: &generator)!)"
    }.joined(separator: pick(&generator, 10) ? ";" : "&").replacing(" ", with: "+").replacing("\"", with: "%22")
  }

  private func body(_ generator: inout FuzzGenerator) -> [UInt8] {
    let bodies = [
      #"{"workers":1,"template":"medium","ttl_hours":4,"request_id":"fuzz"}"#, #"{"hours":2}"#, "{}", "[]", "null", "",
      #"{"version":"4","groupKey":"g","status":"firing","receiver":"r","alerts":[{"status":"firing","labels":{"alertname":"a","pool":"burst","workers":"2"},"annotations":{},"startsAt":"2026-03-01T07:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"00ff"}]}"#,
      #"{"workers":1e400}"#, #"{"workers":9223372036854775808}"#, #"{"workers":-0.0,"workers":2}"#,
      #"{"hours":1e-400}"#,
      #"{"token":"x"}"#, #"{"user":"u","password":"p"}"#, #"{"reason":"\ud800"}"#,
      String(repeating: "[", count: 20_000), String(repeating: #"{"a":"#, count: 5_000), "query=up&time=1",
      "query=" + String(repeating: "%28", count: 5_000), "\u{0}\u{1}\u{2}",
    ]
    var bytes = Array(bodies.randomElement(using: &generator)!.utf8)
    if pick(&generator, 3) { bytes = damaged(bytes, &generator) }
    if pick(&generator, 50) { bytes += [UInt8](repeating: UInt8(ascii: "a"), count: 2_000_000) }
    return bytes
  }

  private func chunked(_ body: [UInt8], _ generator: inout FuzzGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = body[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...max(1, rest.count), using: &generator)
      let size =
        pick(&generator, 12)
        ? ["g", "-1", "ffffffffffffffffff", "0", ""].randomElement(using: &generator)! : String(count, radix: 16)
      bytes +=
        Array("\(size)\(pick(&generator, 10) ? ";name=value" : "")\r\n".utf8) + Array(rest.prefix(count)) + [13, 10]
      rest = rest.dropFirst(count)
    }
    return bytes + Array((pick(&generator, 6) ? "0\r\nTrailer: x\r\n\r\n" : "0\r\n\r\n").utf8)
  }

  // MARK: - Damage

  private func damaged(_ bytes: [UInt8], _ generator: inout FuzzGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes.remove(at: index)
      case 2: bytes.insert([0, 10, 13, 32, 37, 58, 255].randomElement(using: &generator)!, at: index)
      case 3: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 60)], at: index)
      case 4: bytes.removeSubrange(index...)
      default: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...30, using: &generator)))
      }
    }
    return bytes
  }

  /// True once in `count`.
  private func pick(_ generator: inout FuzzGenerator, _ count: Int) -> Bool {
    Int.random(in: 0..<count, using: &generator) == 0
  }
}
