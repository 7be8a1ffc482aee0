import Foundation
import Kubernetes
import Model
import Ports

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What it costs to list and watch a large cluster, and to follow an idle one: CPU time and memory of this process alone;
/// the server is another one.
///
/// `poolkeeper-benchmarks cluster [NODES PODS EVENTS]`, `poolkeeper-benchmarks cluster-idle [NODES PODS SECONDS]`
enum ClusterWatch {
  private struct SystemClock: TimeSource {
    func now() -> Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
  }

  static func large(_ arguments: [String]) async throws {
    let numbers = arguments.compactMap { Int($0) }
    let (nodes, pods, events) =
      numbers.count == 3 ? (numbers[0], numbers[1], numbers[2]) : (1000, 30_000, 10_000)
    let server = try ServerProcess([nodes, pods, events, 30])
    let begin = Usage.now()
    let (changes, changed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let cluster = KubernetesCluster(client(server)) { changed.yield() }
    let run = Task { await cluster.run() }
    var listed: Usage?
    var seen = 0
    for await _ in changes {
      guard let found = try? await (cluster.pods().count, cluster.nodes().count) else { continue }
      if listed == nil, found == (pods, nodes) {
        listed = Usage.now()
        break
      }
    }
    print("listed \(nodes) nodes and \(pods) pods: \(begin.since(to: listed ?? begin))")
    // The events of the watch are MODIFIED without a change that matters; what they cost is seen in the CPU time.
    while Usage.now().cpu < begin.cpu + 600, try await server.eventsTaken(within: .seconds(5), &seen) {}
    print("and \(events) events of its watch: \(begin.since(to: Usage.now()))")
    run.cancel()
  }

  static func idle(_ arguments: [String]) async throws {
    let numbers = arguments.compactMap { Int($0) }
    let (nodes, pods, seconds) = numbers.count == 3 ? (numbers[0], numbers[1], numbers[2]) : (50, 1500, 60)
    let server = try ServerProcess([nodes, pods, 0, 10])
    let cluster = KubernetesCluster(client(server))
    let run = Task { await cluster.run() }
    while (try? await (cluster.pods(), cluster.nodes())) == nil {
      try await Task.sleep(for: .milliseconds(50))
    }
    try await Task.sleep(for: .seconds(5))
    let begin = Usage.now()
    let ticks = max(1, seconds / 10)
    for _ in 0..<ticks {
      // As the control loop looks.
      _ = try await (cluster.nodes(), cluster.pods(), cluster.disruptionBudgets(), cluster.daemonSets())
      try await Task.sleep(for: .seconds(10))
    }
    let end = Usage.now()
    print(
      String(
        format: "idle with %d nodes and %d pods for %.0f s: %.3f s of CPU, %.2f %% of a core, %.1f MiB resident", nodes,
        pods, end.time - begin.time, end.cpu - begin.cpu, (end.cpu - begin.cpu) / (end.time - begin.time) * 100,
        end.resident))
    run.cancel()
  }

  private static func client(_ server: ServerProcess) -> KubernetesClient {
    KubernetesClient(ClusterAccess(server: server.url), time: SystemClock())
  }
}

/// What this process has used.
private struct Usage {
  /// Seconds.
  var time: Double
  var cpu: Double
  /// MiB.
  var resident: Double
  var peak: Double

  static func now() -> Usage {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      let peak = Double(usage.ru_maxrss) / 1_048_576
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      let peak = Double(usage.ru_maxrss) / 1024
    #endif
    func seconds(_ value: timeval) -> Double { Double(value.tv_sec) + Double(value.tv_usec) / 1_000_000 }
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
    let resident = pages.flatMap { Double($0[1]) }.map { $0 * Double(getpagesize()) / 1_048_576 } ?? peak
    return Usage(
      time: Date().timeIntervalSince1970, cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime), resident: resident,
      peak: peak)
  }

  func since(to end: Usage) -> String {
    String(
      format: "%.2f s of CPU in %.2f s, %.0f MiB resident, %.0f MiB at most", end.cpu - cpu, end.time - time,
      end.resident, end.peak)
  }
}

/// This program once more, as the server.
private final class ServerProcess {
  let url: String
  private let process = Process()
  private let input = Pipe()

  init(_ numbers: [Int]) throws {
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = ["cluster-server"] + numbers.map(String.init)
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    url = "http://127.0.0.1:" + port.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  deinit { try? input.fileHandleForWriting.close() }

  /// Waits, and tells whether this process still did something meanwhile.
  func eventsTaken(within duration: Duration, _ last: inout Int) async throws -> Bool {
    let before = Usage.now().cpu
    try await Task.sleep(for: duration)
    last += 1
    return Usage.now().cpu - before > 0.05 && last < 60
  }
}
