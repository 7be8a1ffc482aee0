import Exposition
import Foundation
import Testing

/// promtool: on the PATH, or unpacked by scripts/install-packages.sh --test.
private let promtool: URL? = {
  let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
  let places = path.split(separator: ":").map { URL(filePath: String($0)).appending(path: "promtool") }
  let unpacked = repositoryRoot.appending(path: ".build/debian/usr/bin/promtool")
  return (places + [unpacked]).first { FileManager.default.isExecutableFile(atPath: $0.path) }
}()

@Suite struct PromtoolTests {
  /// A page with a value for every metric of the program.
  private func page() -> MetricTable {
    var table = MetricTable()
    for metric in MetricDescriptor.all {
      for number in 1...2 {
        let labels = metric.labels.map { "\($0)-\(number)" }
        switch metric.type {
        case .counter: table.increment(metric, by: 1.5, labels: labels)
        case .gauge, .info: table.set(metric, 1, labels: labels)
        case .histogram: for value in [0.01, 1, 100] { table.observe(metric, value, labels: labels) }
        }
      }
    }
    return table
  }

  @Test(.enabled(if: promtool != nil, "promtool is not here: scripts/install-packages.sh --test fetches it"))
  func findsNothingToSayAboutOurMetrics() throws {
    let process = Process()
    process.executableURL = promtool
    process.arguments = ["check", "metrics"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(ExpositionFormat.text.render(page().families())))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(String(decoding: said, as: UTF8.self) == "")
    #expect(process.terminationStatus == 0)
  }
}
