import Foundation

/// An HTTPS server with a certificate of its own, for as long as it lives: Python's, since this package has none for
/// TLS. It answers every GET with the client's port and the name in the client's certificate.
final class SecureServer {
  /// Whether the tools that it needs are here.
  static let isAvailable = find("python3") != nil && find("openssl") != nil

  let url: String
  /// In PEM form; signed by itself.
  let certificate: [UInt8]
  /// As openssl shows it.
  let fingerprint: String
  /// A certificate that the server accepts from clients, with its key; its name is `keeper`.
  let clientCertificate: [UInt8]
  let clientKey: [UInt8]

  private let directory: URL
  private let process = Process()
  private let input = Pipe()

  init(requiresClientCertificate: Bool = false) throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "secure-server-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for name in ["server", "client"] {
      try Self.run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-keyout", directory.appending(path: name + ".key").path, "-out", directory.appending(path: name + ".pem").path,
        "-subj", name == "client" ? "/CN=keeper" : "/CN=localhost", "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:keeper.test")
    }
    let shown = try Self.run(
      "openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", directory.appending(path: "server.pem").path)
    fingerprint = String(shown.split(separator: "=")[1]).trimmingCharacters(in: .whitespacesAndNewlines)
    certificate = [UInt8](try Data(contentsOf: directory.appending(path: "server.pem")))
    clientCertificate = [UInt8](try Data(contentsOf: directory.appending(path: "client.pem")))
    clientKey = [UInt8](try Data(contentsOf: directory.appending(path: "client.key")))

    process.executableURL = Self.find("python3")
    process.arguments = ["-c", Self.program, directory.path, requiresClientCertificate ? "required" : "none"]
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
            peer = self.connection.getpeercert() or {}
            names = [value for part in peer.get('subject', ()) for _, value in part]
            body = (str(self.client_address[1]) + ' ' + ','.join(names)).encode()
            self.send_response(200)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1] + '/server.pem', sys.argv[1] + '/server.key')
    if sys.argv[2] == 'required':
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(sys.argv[1] + '/client.pem')
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
