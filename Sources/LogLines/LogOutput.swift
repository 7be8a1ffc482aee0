public import Logging
public import Model
import Synchronization

/// Where the program's log goes. Thread-safe; format and level may change while the program runs.
public final class LogOutput: Sendable {
  /// How it is written.
  public struct Style: Sendable, Hashable {
    public var format: LogFormat
    /// What is below is not written, unless a logger has a level of its own.
    public var level: Logger.Level
    /// Colours for text.
    public var isColoured = false
    /// A number in angle brackets before each line, by which journald knows the level. Source: sd-daemon(3).
    public var hasPriorities = false

    public init(format: LogFormat, level: Logger.Level) {
      self.format = format
      self.level = level
    }
  }

  private struct State {
    var style: Style
    var bound = RepeatBound()
  }

  private let state: Mutex<State>
  private let now: @Sendable () -> Instant
  private let write: @Sendable (String) -> Void

  /// - Parameters:
  ///   - now: the time of records.
  ///   - write: takes one line with its end; called by one thread at a time.
  public init(_ style: Style, now: @escaping @Sendable () -> Instant, write: @escaping @Sendable (String) -> Void) {
    state = Mutex(State(style: style))
    self.now = now
    self.write = write
  }

  public var style: Style {
    get { state.withLock { $0.style } }
    set { state.withLock { $0.style = newValue } }
  }

  /// A logger that writes here.
  public func logger(label: String) -> Logger {
    Logger(label: label, factory: { _ in LineLogHandler(output: self) })
  }

  func log(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
    var record = LogRecord(time: now(), level: level, message: message, metadata: metadata)
    state.withLock { state in
      guard case .write(let omitted) = state.bound.admit(record) else { return }
      if omitted > 0 { record.fields.append(LogRecord.Field("omitted", "\(omitted)")) }
      let style = state.style
      let line = style.format.line(record, coloured: style.isColoured)
      write((style.hasPriorities ? "<\(Self.priority(level))>" : "") + line + "\n")
    }
  }

  /// The level by the numbers of syslog(3).
  static func priority(_ level: Logger.Level) -> Int {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}

/// Writes a logger's records to an output.
public struct LineLogHandler: LogHandler {
  let output: LogOutput
  private var ownLevel: Logger.Level?
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?

  init(output: LogOutput) { self.output = output }

  /// The logger's own level, or else the output's present one.
  public var logLevel: Logger.Level {
    get { ownLevel ?? output.style.level }
    set { ownLevel = newValue }
  }

  public subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
    if let own = event.metadata { all.merge(own) { _, new in new } }
    output.log(event.level, event.message.description, all)
  }
}
