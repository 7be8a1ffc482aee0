public import Model

/// A world with a story: what is there at the start, what happens when, and when it is over.
public struct Scenario: Sendable, Codable {
  /// A turn of the story, for people to read.
  public struct Chapter: Hashable, Sendable, Codable {
    /// When it begins.
    public var at: Instant
    /// A sentence.
    public var title: String

    /// A turn at an instant.
    public init(at: Instant, title: String) {
      self.at = at
      self.title = title
    }
  }

  /// A short name.
  public var name: String
  /// When it begins; the world's first instant.
  public var start: Instant
  /// When it is over.
  public var end: Instant
  /// In the order of time.
  public var chapters: [Chapter]
  /// The world at the start.
  public var world: World

  /// A story over a world.
  public init(name: String, start: Instant, end: Instant, chapters: [Chapter], world: World) {
    self.name = name
    self.start = start
    self.end = end
    self.chapters = chapters.sorted { $0.at < $1.at }
    self.world = world
  }

  /// The chapter that an instant falls into; `nil` before the first.
  public func chapter(at instant: Instant) -> Chapter? { chapters.last { $0.at <= instant } }
}
