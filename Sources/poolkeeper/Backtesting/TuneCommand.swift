import API
import ArgumentParser
import Backtest
import ConfigurationFile
import Foundation
import Model

struct TuneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Look for settings that would have been cheaper on a history, and show what to write.",
    discussion: """
      Searches the first part of the time, setting by setting, under the condition that pods wait hardly longer, and \
      judges what it found on the rest, which the search has not seen. It prints what to merge into the configuration; \
      nothing is written or applied. docs/backtest.md tells what is assumed.
      """)

  @OptionGroup var input: HistoryOptions
  @Option(
    name: .long, help: "By how many percent the 95th percentile of waits may become longer; half a minute always may.")
  var longerWaits = 10.0
  @Option(name: .long, help: "Rounds over all settings at most.")
  var rounds = 3
  @Flag(name: .long, help: "Write the outcome as JSON.")
  var json = false
  @Option(name: .long, help: "Draws how long workers take to come and go.")
  var seed: UInt64 = 1

  func validate() throws {
    guard (0...1_000).contains(longerWaits) else { throw ValidationError("--longer-waits is 0 to 1000 percent.") }
    guard (1...100).contains(rounds) else { throw ValidationError("--rounds is 1 to 100.") }
  }

  func run() async throws {
    let configuration = try input.configuration()
    let settings = try ConfigurableKnobs(file: input.config, policy: configuration.policy)
    let progress = Progress("tune")
    defer { progress.end() }
    let readingShare = input.isSlow ? 0.2 : 0.01
    let history = try await input.read(configuration, progress, shares: 0...readingShare)
    guard !progress.isInterrupted else {
      throw Failure(.interrupted, "Interrupted while the history was read; nothing was searched.")
    }
    var limits = Tuning.Limits()
    limits.waitShare = longerWaits / 100
    limits.rounds = rounds
    let setting = ReplaySetting(configuration.policy, history, seed: seed)
    let result = Tuning.search(
      history, policy: configuration.policy, knobs: settings.knobs, limits: limits,
      proceed: { share in
        progress.update(share: readingShare + (1 - readingShare) * share, note: "searching")
        return !progress.isInterrupted
      },
      evaluate: { history, policy, proceed in
        Backtest.replay(
          history, under: Contestant(.poolkeeper, policy: policy), setting: setting, proceed: proceed)
      })
    let wasInterrupted = progress.isInterrupted
    progress.end()
    try show(result, settings, HistoryFacts(history), configuration.policy)
    if wasInterrupted { throw Failure(.interrupted, "Interrupted: what was found until then is shown.") }
  }

  private func show(
    _ result: TuningResult, _ settings: ConfigurableKnobs, _ facts: HistoryFacts, _ policy: Policy
  ) throws {
    let patch = settings.patch(for: result.policy)
    if json {
      Console.out(try TuningJSON.text(result, facts, currency: policy.money.currency, patch: patch))
      return
    }
    Console.out(TuningText(result, facts: facts, currency: policy.money.currency).text)
    if !settings.left.isEmpty {
      Console.out(
        "\nNot searched, since the configuration has no key for it alone: \(settings.left.joined(separator: ", ")).")
    }
    if !result.proposals.isEmpty { Console.out("\nTo merge into \(input.config):\n\(patch.text)") }
  }
}
