public import Logging
public import Model

/// One thing that the program has to say: a constant message, and values beside it.
public struct LogRecord: Hashable, Sendable {
  /// One value beside a message.
  public struct Field: Hashable, Sendable {
    public var key: String
    public var value: String

    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  public var time: Instant
  public var level: Logger.Level
  /// Constant for each place in the program.
  public var message: String
  /// Sorted by key, each key once.
  public var fields: [Field]

  /// A record; nested metadata becomes flat, its keys joined by dots.
  public init(time: Instant, level: Logger.Level, message: String, metadata: Logger.Metadata) {
    self.time = time
    self.level = level
    self.message = message
    fields = []
    for (key, value) in metadata { add(value, key) }
    fields.sort { $0.key < $1.key }
  }

  private mutating func add(_ value: Logger.MetadataValue, _ key: String) {
    switch value {
    case .string(let text): fields.append(Field(key, text))
    case .stringConvertible(let value): fields.append(Field(key, "\(value)"))
    case .array(let values): fields.append(Field(key, values.map { "\($0)" }.joined(separator: ", ")))
    case .dictionary(let members): for (name, value) in members { add(value, "\(key).\(name)") }
    }
  }

  /// What makes two records the same, whenever they were made.
  var identity: Self {
    var copy = self
    copy.time = .epoch
    return copy
  }
}
