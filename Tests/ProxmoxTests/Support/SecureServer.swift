import Foundation

/// An HTTPS server with a certificate of its own that answers as `/version` does, for as long as it lives: Python's,
/// since this target has none for TLS.
final class SecureServer {
  /// Whether the tools that it needs are here.
  static let isAvailable = find("python3") != nil && find("openssl") != nil

  let url: String
  /// In PEM form; signed by itself.
  let certificate: [UInt8]
  /// As openssl shows it.
  let fingerprint: String

  private let directory: URL
  private let process = Process()
  private let input = Pipe()

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "proxmox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let pem = directory.appending(path: "server.pem")
    try Self.run(
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
      "-keyout", directory.appending(path: "server.key").path, "-out", pem.path, "-subj", "/CN=localhost", "-addext",
      "subjectAltName=IP:127.0.0.1")
    let shown = try Self.run("openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", pem.path)
    fingerprint = String(shown.split(separator: "=")[1]).trimmingCharacters(in: .whitespacesAndNewlines)
    certificate = [UInt8](try Data(contentsOf: pem))
    process.executableURL = Self.find("python3")
    process.arguments = ["-c", Self.program, directory.path]
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    url = "https://127.0.0.1:" + port.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  deinit {
    // Its end tells the server to go. A signal would not: a child of a concurrency thread has them blocked.
    try? input.fileHandleForWriting.close()
    try? FileManager.default.removeItem(at: directory)
  }

  private static let program = """
    import http.server, os, ssl, sys, threading
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        def do_GET(self):
            body = b'{"data":{"version":"9.1.2","release":"9.1"}}'
            self.send_response(200)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1] + '/server.pem', sys.argv[1] + '/server.key')
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()
    """

  private static func find(_ tool: String) -> URL? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { URL(filePath: String($0)).appending(path: tool) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  @discardableResult
  private static func run(_ tool: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = find(tool)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    return text
  }
}
