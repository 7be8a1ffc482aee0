import API
import ArgumentParser
import Foundation
import Model

struct Explain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Why things are as they are: every pool, trigger, pod group, request and worker.",
    discussion: """
      Of a pool it tells the triggers, budgets, cooldowns and limits, of a worker why it stays and what would let it go, \
      of a pod (NAMESPACE/NAME) what becomes of it and of those like it.
      """)

  @Argument(help: "Only what concerns this pool, worker, trigger, request, budget or pod (namespace/name).")
  var subject: String?
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let answer = try await server.client.send("GET", "/api/v1/report", as: Report.self)
    guard let subject else {
      guard server.output == .table else { return Console.out(answer.text) }
      Console.out(answer.value.summary)
      Console.out(Explanation(of: answer.value).lines.map { $0.text(withData: false) }.joined(separator: "\n"))
      return
    }
    let explanation = try Explanation(of: answer.value, about: subject)
    switch server.output {
    case .json: Console.out(String(decoding: try JSONFormat.encoder().encode(explanation), as: UTF8.self))
    case .table: Console.out(explanation.lines.map { $0.text(withData: true) }.joined(separator: "\n"))
    }
  }
}
