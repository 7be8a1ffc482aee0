import API
import ArgumentParser
import Backtest
import ConfigurationFile
import Foundation
import Model

struct BacktestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backtest",
    abstract: "What a policy would have cost, and how long pods would have waited, on a history.",
    discussion: """
      Replays what happened through the same decisions that serve makes, under the configuration's policy, variants of \
      it and other autoscalers' ways, and compares them with the least that any could cost. Nothing is changed \
      anywhere. docs/backtest.md tells what is assumed and how to read the table.
      """)

  @OptionGroup var input: HistoryOptions
  @Option(
    name: .customLong("policy"),
    help: ArgumentHelp(
      "Compare with the policy of another configuration; may be given several times.", valueName: "name=file")
  )
  var policies: [String] = []
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Compare with the policy changed so, as plan --what-if; commas join changes; may be given several times.",
      valueName: "key=value"))
  var variants: [String] = []
  @Option(name: .customLong("reference"), help: "Compare with other autoscalers' ways; may be given several times.")
  var references: [ReferenceChoice] = [.all]
  @Flag(name: .long, help: "Write the comparison as JSON instead of a table.")
  var json = false
  @Option(
    name: .long, help: ArgumentHelp("Write a page with charts that needs no other file.", valueName: "file.html"),
    completion: .file(extensions: ["html"]))
  var html: String?
  @Option(name: .long, help: "Draws how long workers take to come and go.")
  var seed: UInt64 = 1

  func run() async throws {
    let configuration = try input.configuration()
    let contestants = try ContestantList.make(
      configuration.policy, others: policies, variants: variants, references: references)
    let progress = Progress("backtest")
    defer { progress.end() }
    let history = try await input.read(configuration, progress, shares: 0...(input.isSlow ? 0.5 : 0.02))
    guard !progress.isInterrupted else {
      let kept = input.save.map { " What was read until then is in \($0)." } ?? ""
      throw Failure(.interrupted, "Interrupted while the history was read; nothing was replayed.\(kept)")
    }
    let setting = ReplaySetting(configuration.policy, history, seed: seed)
    let run = ComparisonRun(history: history, contestants: contestants, setting: setting)
    let comparison = await run.run(
      cores: ProcessInfo.processInfo.activeProcessorCount, progress, shares: (input.isSlow ? 0.5 : 0.02)...1)
    let wasInterrupted = progress.isInterrupted
    progress.end()
    if let html {
      let page = ReportPage(comparison, colophon: "Made by poolkeeper \(Poolkeeper.version) backtest.").html
      do { try Data(page.utf8).write(to: URL(fileURLWithPath: html), options: .atomic) } catch {
        throw Failure(.environment, "The file \(html) cannot be written: \(error.localizedDescription)")
      }
    }
    if json {
      Console.out(String(decoding: try JSONFormat.encoder().encode(comparison), as: UTF8.self))
    } else {
      Console.out(ComparisonText(comparison, isColoured: Console.isColoured).text)
    }
    if wasInterrupted { throw Failure(.interrupted, "Interrupted: the figures are those until then.") }
  }
}

extension HistoryOptions {
  /// Whether reading takes a good part of the time.
  var isSlow: Bool { prometheus != nil || data != nil }
}
