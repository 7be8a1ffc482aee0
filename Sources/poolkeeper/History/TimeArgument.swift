import ArgumentParser
import Model

/// An instant as a person types it: a date, RFC 3339, Unix seconds, or how long ago (`30d`, `12h`).
struct TimeArgument: ExpressibleByArgument, Equatable {
  private enum Meaning: Equatable {
    case instant(Instant)
    case before(Duration)
  }

  private let meaning: Meaning

  init?(argument: String) {
    if let instant = Instant(rfc3339: argument) ?? Instant(rfc3339: argument + "T00:00:00Z") {
      meaning = .instant(instant)
    } else if let seconds = Double(argument), seconds >= 0, seconds < 1e11 {
      meaning = .instant(Instant(milliseconds: Int64(seconds * 1000)))
    } else if argument.last?.isLetter == true, let length = LengthOfTime(argument: argument) {
      meaning = .before(.seconds(length.seconds))
    } else {
      return nil
    }
  }

  static var defaultCompletionKind: CompletionKind { .list(["1d", "7d", "30d"]) }

  /// - Parameter now: what lengths are counted back from.
  func instant(now: Instant) -> Instant {
    switch meaning {
    case .instant(let instant): instant
    case .before(let length): now.advanced(by: .zero - length)
    }
  }
}
