public import ArgumentParser
public import ConfigurationFile
import Foundation
import LogLines
import Logging
import Model
import Ports

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What the log looks like; options win over the configuration.
struct LogOptions: ParsableArguments {
  @Option(name: .long, help: "text, json, or auto: text on a terminal, JSON elsewhere.")
  var logFormat: LogSettings.Format?
  @Option(name: .long, help: "What is less grave is not logged.")
  var logLevel: LogSettings.Level?

  func style(_ settings: LogSettings) -> LogOutput.Style {
    let isTerminal = isatty(STDERR_FILENO) == 1
    let format: LogFormat =
      switch logFormat ?? settings.format {
      case .text: .text
      case .json: .json
      case .automatic: isTerminal ? .text : .json
      }
    let environment = ProcessInfo.processInfo.environment
    var style = LogOutput.Style(
      format: format, level: Logger.Level(rawValue: (logLevel ?? settings.level).rawValue) ?? .info)
    style.isColoured = isTerminal && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    style.hasPriorities = Self.isJournal(environment["JOURNAL_STREAM"])
    return style
  }

  func output(_ settings: LogSettings) -> LogOutput { Self.output(style(settings)) }

  /// For commands that have no options for their log: text, from a level on.
  static func logger(from level: Logger.Level) -> Logger {
    output(LogOutput.Style(format: .text, level: level)).logger(label: "poolkeeper")
  }

  private static func output(_ style: LogOutput.Style) -> LogOutput {
    LogOutput(style, now: WallClock().now) { line in
      var bytes = Array(line.utf8)[...]
      // Past the buffers of this process, so that the last line before its end is written, too.
      while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { systemWrite(STDERR_FILENO, $0.baseAddress, $0.count) }
        guard written > 0 else { return }
        bytes = bytes.dropFirst(written)
      }
    }
  }

  /// Whether standard error goes to journald, which names device and number of its end of the socket in JOURNAL_STREAM.
  /// Source: systemd.exec(5), proc(5).
  private static func isJournal(_ stream: String?) -> Bool {
    guard let number = stream?.split(separator: ":").last else { return false }
    return (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/2")) == "socket:[\(number)]"
  }
}

extension LogSettings.Format: ExpressibleByArgument {}
extension LogSettings.Level: ExpressibleByArgument {}

#if canImport(Darwin)
  private let systemWrite = Darwin.write
#else
  private let systemWrite = Glibc.write
#endif
