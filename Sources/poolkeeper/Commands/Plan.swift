import API
import ArgumentParser
import Foundation
import Model

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "What would be done now, and what it would cost; nothing is carried out.",
    discussion: """
      --save keeps everything that the decision rests on in a file; --snapshot decides on such a file, without a server, \
      and comes to the same plan byte for byte. --what-if shows beside it what another policy would do, for example \
      --what-if pools.burst.maximum=30 --what-if money.monthly_budget=100.
      """)

  @Option(name: .long, help: "Decide on this file, which --save wrote; no server is asked.")
  var snapshot: String?
  @Option(name: .long, help: "Save the snapshot, the policy and the plan to this file.")
  var save: String?
  @Option(
    name: .customLong("what-if"),
    help: "KEY=VALUE of the policy, or pods.NAMESPACE/NAME=+COUNT, to compare with; may be given several times.")
  var whatIf: [String] = []
  @OptionGroup var server: ServerOptions

  func validate() throws {
    if snapshot != nil, save != nil { throw ValidationError("Give --snapshot or --save, not both.") }
  }

  func run() async throws {
    let question = try Question(whatIf)
    if snapshot == nil, save == nil, whatIf.isEmpty {
      let answer = try await server.client.send("POST", "/api/v1/plan", as: PlanView.self)
      return server.output == .table ? PlanText.show(answer.value) : Console.out(answer.text)
    }
    let saved = try await read()
    let planned = PlannedFleet(saved.snapshot, saved.policy)
    if planned.plan != saved.plan {
      Console.error(
        "poolkeeper: this program (\(Poolkeeper.version)) decides otherwise than \(saved.version), which saved the "
          + "snapshot; what is shown is this program's plan.")
    }
    guard !whatIf.isEmpty else {
      return server.output == .table ? PlanText.show(planned.view) : try show(planned.view)
    }
    let comparison = WhatIfAnswer(whatIf, from: planned, to: try question.planned(saved))
    server.output == .table ? comparison.show(currency: saved.policy.money.currency) : try show(comparison)
  }

  private func show(_ value: some Encodable) throws {
    Console.out(String(decoding: try JSONFormat.encoder().encode(value), as: UTF8.self))
  }

  /// The file's snapshot, or the server's of this moment, which is saved if that is wanted.
  private func read() async throws -> SavedSnapshot {
    let data: Data
    let source: String
    if let snapshot {
      source = snapshot
      do { data = try Data(contentsOf: URL(fileURLWithPath: snapshot)) } catch {
        throw Failure(.environment, "The file \(snapshot) cannot be read: \(error.localizedDescription)")
      }
    } else {
      source = "the answer of \(server.url)"
      data = try await server.client.data("/api/v1/snapshot")
    }
    let saved: SavedSnapshot
    do { saved = try SavedSnapshot(data) } catch {
      throw Failure(.usage, "\(source) cannot be taken for a snapshot: \(error)")
    }
    if let save {
      do { try data.write(to: URL(fileURLWithPath: save), options: .atomic) } catch {
        throw Failure(.environment, "The file \(save) cannot be written: \(error.localizedDescription)")
      }
    }
    return saved
  }
}

/// A plan as text for a person.
enum PlanText {
  static func show(_ plan: PlanView) { Console.out(text(plan)) }

  static func text(_ plan: PlanView) -> String {
    var lines = [plan.summary]
    lines += plan.violations.map { "refused by the plan checker: \($0.sentence)" }
    if let table = table("CREATE", of: plan.creations.filter { $0.startsStandby != true }) { lines += ["", table] }
    if let table = table("START", of: plan.creations.filter { $0.startsStandby == true }) { lines += ["", table] }
    if !plan.creations.isEmpty { lines.append("Together \(plan.addedPricePerHour.perHour) an hour.") }
    if let table = table(of: plan.standbys ?? []) { lines += ["", table] }
    lines += plan.retirements.map { "retire \($0.worker): \($0.reason.sentence)" }
    lines += plan.repairs.map { "repair \($0.worker): \($0.reason.sentence)" }
    return lines.joined(separator: "\n")
  }

  /// Workers that are made anew, or of standby clones.
  private static func table(_ heading: String, of creations: [PlanView.CreationView]) -> String? {
    guard !creations.isEmpty else { return nil }
    var table = Table([heading, "POOL", "TEMPLATE", "HOST", "PRICE/H", "COMMITMENT", "TTL", "WHY"])
    for creation in creations {
      table.add([
        creation.worker.rawValue, creation.pool.rawValue, creation.template.rawValue,
        creation.host?.rawValue ?? "", creation.pricePerHour.perHour.description, creation.commitment.description,
        creation.timeToLiveSeconds.map { Duration.seconds($0).text } ?? "", creation.reason.sentence,
      ])
    }
    return table.text
  }

  /// Clones that are made in advance; what they cost once they are workers stands in brackets.
  private static func table(of standbys: [PlanView.StandbyView]) -> String? {
    guard !standbys.isEmpty else { return nil }
    var table = Table(["STANDBY", "POOL", "TEMPLATE", "HOST", "PRICE/H", "COMMITMENT", "WHY"])
    for standby in standbys {
      table.add([
        standby.worker.rawValue, standby.pool.rawValue, standby.template.rawValue, standby.host?.rawValue ?? "",
        "\(standby.standbyPricePerHour.perHour) (\(standby.pricePerHour.perHour))", standby.commitment.description,
        standby.reason.sentence,
      ])
    }
    return table.text
  }
}
