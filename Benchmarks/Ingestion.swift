import Foundation

/// What receiving costs: every body is sent to each server in turn, so that all meet the same machine.
struct Ingestion {
  let options: Options
  let servers: [PeerServer]

  func run(into table: inout FigureTable) async throws {
    let bodies = SampleBodies(seriesCount: options.series)
    let idle = try await idleSeconds()
    let cold = try await send(bodies, 0..<options.rounds, idle)
    let warm = try await send(bodies, options.rounds..<2 * options.rounds, idle)
    table.add("receive, warm: known series (CPU s a million samples)", warm)
    table.add("receive, cold: one round of \(options.rounds) is new (CPU s a million samples)", cold)
    let memory = try servers.map { try $0.residentBytes() }
    table.add("resident memory (MiB)", memory.map { $0.all / 1_048_576 })
    table.add("of that its own, without mapped program files (MiB)", memory.map { $0.own / 1_048_576 })
    for server in servers { try await server.flush() }
    let samples = Double(2 * options.rounds * options.series)
    table.add("bytes on disk a sample", try servers.map { Double(try $0.bytesOnDisk()) / samples })
  }

  /// CPU seconds that each server takes for a second of doing nothing.
  private func idleSeconds() async throws -> [Double] {
    let before = try servers.map { try $0.cpuSeconds() }
    try await Task.sleep(for: .seconds(3))
    let after = try servers.map { try $0.cpuSeconds() }
    return zip(before, after).map { ($1 - $0) / 3 }
  }

  /// Sends rounds to all servers.
  /// - Returns: CPU seconds a million samples of each server, without what it takes for doing nothing.
  private func send(_ bodies: SampleBodies, _ rounds: Range<Int>, _ idle: [Double]) async throws -> [Double] {
    let begun = ContinuousClock.now
    let before = try servers.map { try $0.cpuSeconds() }
    for number in rounds {
      let round = bodies.round(number, at: options.end - Int64(2 * options.rounds - 1 - number) * 15_000)
      for server in servers {
        for body in round { try await server.write(body) }
      }
    }
    let elapsed = (ContinuousClock.now - begun) / .seconds(1)
    let samples = Double(rounds.count * options.series)
    return try servers.indices.map { index in
      let used = try servers[index].cpuSeconds() - before[index] - idle[index] * elapsed
      return used / samples * 1_000_000
    }
  }
}
