import Foundation
import PromQL
import Testing

@Suite struct UpstreamScriptTests {
  @Test(
    .enabled("../shared/data/promqltest is absent") { !SharedData.scripts.isEmpty }, arguments: SharedData.scripts)
  func everyCaseOfAScriptPasses(_ path: String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let results = PromQLScript(text, file: URL(fileURLWithPath: path).lastPathComponent).run()
    #expect(!results.isEmpty)
    for result in results {
      if let failure = result.failure {
        Issue.record("\(result.file):\(result.line): \(result.expression): \(failure)")
      }
    }
  }
}
