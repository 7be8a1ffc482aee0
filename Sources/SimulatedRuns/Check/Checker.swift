public import Model

/// One promise of the program, judged in every step of a run and at its end.
///
/// Independent of the code that it judges: it goes by the world's own account and by what the program wrote and called,
/// and calls nothing of Decision or Lifecycle. Cheap: a run has hundreds of moments a day.
public protocol Checker: Sendable {
  /// Lower case with underscores, as in the violations.
  static var name: String { get }
  init(_ scene: Scene)
  /// After each step.
  /// - Returns: what is broken now; one that lasts is told once.
  mutating func see(_ moment: Moment) -> [Violation]
  /// After the last one, which has been seen.
  mutating func finish(_ moment: Moment) -> [Violation]
}

extension Checker {
  /// Nothing is judged only at the end.
  public mutating func finish(_ moment: Moment) -> [Violation] { [] }

  func violation(_ moment: Moment, _ sentence: String) -> Violation {
    Violation(Self.name, at: moment.now, sentence)
  }
}

/// A broken promise.
public struct Violation: Hashable, Sendable, Codable {
  /// The checker's name.
  public var checker: String
  /// The world's time.
  public var at: Instant
  /// A whole sentence with names and numbers.
  public var sentence: String

  public init(_ checker: String, at: Instant, _ sentence: String) {
    self.checker = checker
    self.at = at
    self.sentence = sentence
  }
}
