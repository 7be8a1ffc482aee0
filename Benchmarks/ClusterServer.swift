import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A process of its own that answers as an API server with many objects does: lists in pages, and watches with events.
///
/// `poolkeeper-benchmarks cluster-server NODES PODS EVENTS SECONDS` prints its port; it ends with its input. Each watch of
/// pods begins with so many events as fast as they are taken; then comes one event and a bookmark each so many seconds.
struct ClusterServer: Sendable {
  let objects: ClusterObjects
  let events: Int
  let seconds: Int

  static func main(_ arguments: [String]) throws {
    let numbers = arguments.compactMap { Int($0) }
    guard numbers.count == 4 else { throw BenchmarkError("cluster-server wants four numbers") }
    let server = ClusterServer(
      objects: ClusterObjects(nodes: numbers[0], pods: numbers[1]), events: numbers[2], seconds: numbers[3])
    try server.run()
  }

  private func run() throws {
    #if canImport(Darwin)
      let stream = SOCK_STREAM
    #else
      let stream = Int32(SOCK_STREAM.rawValue)
    #endif
    let listener = socket(AF_INET, stream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { socketAddress in
        bind(listener, socketAddress, length) == 0 && listen(listener, 128) == 0
          && getsockname(listener, socketAddress, &length) == 0
      }
    }
    guard isListening else { throw BenchmarkError("the server found no port") }
    Thread {
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        Thread { serve(descriptor) }.start()
      }
    }.start()
    FileHandle.standardOutput.write(Data("\(UInt16(bigEndian: address.sin_port))\n".utf8))
    _ = FileHandle.standardInput.readDataToEndOfFile()
  }

  private func serve(_ descriptor: Int32) {
    var buffer: [UInt8] = []
    let separator = Array("\r\n\r\n".utf8)
    defer { close(descriptor) }
    while true {
      while buffer.firstRange(of: separator) == nil {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return }
        buffer += chunk[..<count]
      }
      guard let head = buffer.firstRange(of: separator) else { return }
      let line = String(decoding: buffer[..<head.lowerBound], as: UTF8.self).prefix { $0 != "\r\n" }
      buffer.removeFirst(head.upperBound)
      let url = line.split(separator: " ").dropFirst().first.map(String.init) ?? "/"
      let parts = URLComponents(string: url)
      let query = Dictionary((parts?.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { _, last in last }
      let plural = parts?.path.split(separator: "/").last.map(String.init) ?? ""
      if query["watch"] == "1" { return watch(plural, descriptor) }
      let body = list(parts?.path ?? "", plural, query)
      guard send(descriptor, "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body) else { return }
    }
  }

  private func list(_ path: String, _ plural: String, _ query: [String: String]) -> String {
    if path.contains("metrics.k8s.io") {
      let items = (0..<objects.nodes).map {
        #"{"metadata":{"name":"worker-\#($0)"},"usage":{"cpu":"1234567890n","memory":"9Gi"}}"#
      }
      return #"{"metadata":{},"items":[\#(items.joined(separator: ","))]}"#
    }
    let count = plural == "nodes" ? objects.nodes : plural == "pods" ? objects.pods : 0
    let start = Int(query["continue"] ?? "") ?? 0
    let end = min(count, start + (Int(query["limit"] ?? "") ?? count))
    let items = (start..<end).map {
      plural == "nodes" ? objects.node($0, version: 1000) : objects.pod($0, version: 1000)
    }
    let token = end < count ? #","continue":"\#(end)""# : ""
    return
      #"{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1000"\#(token)},"items":[\#(items.joined(separator: ","))]}"#
  }

  private func watch(_ plural: String, _ descriptor: Int32) {
    var version = 1000
    func event() -> String {
      version += 1
      let number = version * 7919 % max(1, plural == "nodes" ? objects.nodes : objects.pods)
      let object = plural == "nodes" ? objects.node(number, version: version) : objects.pod(number, version: version)
      return #"{"type":"MODIFIED","object":\#(object)}"# + "\n"
    }
    guard send(descriptor, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n") else { return }
    if plural == "pods" {
      for _ in 0..<events where !send(descriptor, event()) { return }
    }
    while true {
      version += 1
      let mark = #"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"\#(version)"}}}"# + "\n"
      let isBusy = plural == "pods" || plural == "nodes"
      guard send(descriptor, (isBusy ? event() : "") + mark) else { return }
      sleep(UInt32(seconds))
    }
  }

  private func send(_ descriptor: Int32, _ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var sent = 0
      while sent < bytes.count {
        #if canImport(Darwin)
          let flags: Int32 = 0
          let count = Darwin.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, flags)
        #else
          let count = Glibc.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        #endif
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }
}
