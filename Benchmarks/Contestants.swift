import Foundation

/// Poolkeeper and the peers that are found on this machine, each as a process with a data directory of its own.
struct Contestants {
  let directory: URL
  /// Names to start; empty for all.
  let only: Set<String>

  private var products: URL { URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent() }

  func start() throws -> [PeerServer] {
    let all: [(name: String, make: () throws -> PeerServer?)] = [
      ("poolkeeper", poolkeeper), ("prometheus", prometheus), ("victoria-metrics", victoriaMetrics),
    ]
    var servers: [PeerServer] = []
    for (name, make) in all where only.isEmpty || only.contains(name) {
      if let server = try make() {
        servers.append(server)
      } else {
        print("\(name) is not here: scripts/install-packages.sh --test fetches it")
      }
    }
    return servers
  }

  private func data(_ name: String) -> URL { directory.appendingPathComponent(name) }

  /// A Debian package's program, installed or unpacked; this is run from the repository's top.
  private func program(_ name: String) -> String? {
    ["/usr/bin/\(name)", ".build/debian/usr/bin/\(name)"]
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private var ownProgram: String { products.appendingPathComponent("poolkeeper").path }

  private func arguments(_ name: String, port: Int) -> [String] {
    [
      "serve", "--mode", "observe", "--listen", "127.0.0.1:\(port)", "--data", data(name).path, "--config",
      "config/worker-pools.json",
    ]
  }

  private func poolkeeper() throws -> PeerServer? {
    try PeerServer(
      "poolkeeper", program: ownProgram, arguments: arguments("poolkeeper", port: 19095), port: 19095,
      data: data("poolkeeper"))
  }

  /// Another Poolkeeper, held to the first core.
  func pinned() throws -> PeerServer {
    let name = "poolkeeper on one core"
    return try PeerServer(
      name, program: "/usr/bin/taskset", arguments: ["--cpu-list", "0", ownProgram] + arguments(name, port: 19096),
      port: 19096, data: data(name))
  }

  private func prometheus() throws -> PeerServer? {
    guard let program = program("prometheus") else { return nil }
    let settings = directory.appendingPathComponent("prometheus.yml")
    try Data("global: {}\n".utf8).write(to: settings)
    return try PeerServer(
      "prometheus", program: program,
      arguments: [
        "--config.file=\(settings.path)", "--web.enable-remote-write-receiver",
        "--storage.tsdb.path=\(data("prometheus").path)", "--web.listen-address=127.0.0.1:19090",
      ], port: 19090, data: data("prometheus"))
  }

  private func victoriaMetrics() throws -> PeerServer? {
    guard let program = program("victoria-metrics") else { return nil }
    return try PeerServer(
      "victoria-metrics", program: program,
      arguments: [
        "-httpListenAddr=127.0.0.1:18428", "-storageDataPath=\(data("victoria-metrics").path)",
        "-search.latencyOffset=0s", "-search.disableCache", "-loggerLevel=ERROR",
      ], port: 18428, data: data("victoria-metrics"))
  }
}
