import ControlLoop
import Foundation
import Model
import Ports
import Simulator

/// The stories that there are.
enum ScenarioName: String, Codable, CaseIterable {
  /// An afternoon and a night: a spike, a batch, a GPU job, a failure, and the quiet.
  case day
  /// A minute of CPU pressure, for real time.
  case pressure

  func scenario(start: Instant, seed: UInt64, cluster: String) -> Scenario {
    switch self {
    case .day: .demo(start: start, seed: seed, clusterName: cluster)
    case .pressure: .pressure(start: start, seed: seed, clusterName: cluster)
    }
  }
}

/// What a demonstration must remember to go on after its process was killed: when it began and how fast it runs.
struct DemoStory: Codable {
  var origin: Instant
  var speed: Double
  var seed: UInt64
  var scenario: ScenarioName

  /// The saved story, or a new one that begins now.
  static func open(_ path: String, new story: DemoStory) throws -> DemoStory {
    let url = URL(fileURLWithPath: path)
    if FileManager.default.fileExists(atPath: path) {
      do { return try JSONDecoder().decode(DemoStory.self, from: Data(contentsOf: url)) } catch {
        throw Failure(.environment, "\(path) is not a demonstration's: remove the directory, or give --data another.")
      }
    }
    try JSONEncoder().encode(story).write(to: url, options: .atomic)
    return story
  }
}

/// The simulated world of a demonstration, saved in its data directory after every change.
struct DemoWorld: Sendable {
  let scenario: Scenario
  let infrastructure: SimulatedInfrastructure

  /// The world as the loop knows it.
  var connection: Infrastructure {
    Infrastructure(hypervisor: infrastructure, nodeOS: infrastructure, cluster: infrastructure)
  }

  static func open(_ story: DemoStory, file: WorldFile, cluster: String, time: any TimeSource) throws -> DemoWorld {
    let scenario = story.scenario.scenario(start: story.origin, seed: story.seed, cluster: cluster)
    let saved: World?
    do { saved = try file.load() } catch {
      throw Failure(.environment, "The simulated world in \(file.path) cannot be read: \(error)")
    }
    let infrastructure = SimulatedInfrastructure(world: saved ?? scenario.world, time: time) { try file.save($0) }
    return DemoWorld(scenario: scenario, infrastructure: infrastructure)
  }
}
