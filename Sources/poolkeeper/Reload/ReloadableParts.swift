import ConfigurationFile
import ControlLoop
import LogLines
import Logging
import Model
import Ports
import PromQL
import Synchronization
import TimeSeries

/// The loop's policy, its mode, and where its readings come from. Comes last: all else is in effect by then.
final class CourseReload: Reloadable {
  let loop: ControlLoop
  let store: SeriesStore
  let engine: Engine
  let logger: Logger
  /// From the command line, which wins over the file.
  let fixedMode: Status.Mode?
  let isConnected: Bool
  private let running: Mutex<ConfigurationFile.Configuration>

  init(_ installation: Installation, fixedMode: Status.Mode?, isConnected: Bool) {
    loop = installation.loop
    store = installation.store
    engine = installation.engine
    logger = installation.logger
    self.fixedMode = fixedMode
    self.isConnected = isConnected
    running = Mutex(installation.configuration)
  }

  func prepare(_ next: ConfigurationFile.Configuration) async throws(ReloadRefusal) -> ReloadStep {
    let mode = fixedMode ?? Status.Mode(rawValue: next.service.mode.rawValue) ?? .observe
    guard mode == .observe || isConnected else {
      throw ReloadRefusal(
        code: "nothing_to_act_on", pointer: "/poolkeeper/mode",
        message: "The mode is act, but nothing is connected that could be acted on.",
        remedy: "Set poolkeeper.infrastructure.kind and start the program anew, or leave the mode at observe.")
    }
    guard running.withLock({ !$0.isSameCourse(as: next) }) else { return {} }
    let course = Course(
      policy: next.policy, mode: mode,
      metrics: MetricSources.source(next, store: store, engine: engine, logger: logger),
      priorityClasses: next.priorityValues)
    return { [self] in
      running.withLock { $0 = next }
      await loop.follow(course)
    }
  }
}

extension ConfigurationFile.Configuration {
  /// Whether the loop would go by the same.
  func isSameCourse(as other: Self) -> Bool {
    policy == other.policy && service.mode == other.service.mode && service.metrics == other.service.metrics
      && priorityClasses == other.priorityClasses
  }

  /// Priorities by class.
  var priorityValues: [String: Int] {
    Dictionary(priorityClasses.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

/// What the store holds and accepts.
struct StoreReload: Reloadable {
  let store: SeriesStore

  func prepare(_ next: ConfigurationFile.Configuration) async throws(ReloadRefusal) -> ReloadStep {
    let limits = StoreLimits(next.service.metrics)
    return { [store] in if store.limits != limits { store.setLimits(limits) } }
  }
}

/// What the log looks like.
struct LogReload: Reloadable {
  let output: LogOutput
  let options: LogOptions

  func prepare(_ next: ConfigurationFile.Configuration) async throws(ReloadRefusal) -> ReloadStep {
    let style = options.style(next.service.log)
    return { [output] in if output.style != style { output.style = style } }
  }
}
