import Foundation

/// How long a killed server takes until it answers again from what it had written.
struct Restarts {
  let servers: [PeerServer]

  func run(into table: inout FigureTable) async throws {
    var seconds: [Double] = []
    var used: [Double] = []
    for server in servers {
      server.kill()
      let begun = ContinuousClock.now
      try server.start()
      try await server.ready()
      seconds.append((ContinuousClock.now - begun) / .seconds(1))
      used.append(try server.cpuSeconds())
    }
    table.add("restart after kill -9 (seconds until ready)", seconds)
    table.add("restart after kill -9 (CPU s)", used)
  }
}
