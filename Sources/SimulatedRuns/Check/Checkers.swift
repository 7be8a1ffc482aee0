/// All promises that a run is judged by.
public enum Checkers {
  /// In the order in which they are told.
  public static let all: [any Checker.Type] = []
}
