import Model

/// What the journal in the API server holds at most. An object there must stay well under 1 MiB.
enum JournalBounds {
  /// Workers that are not terminated.
  static let liveWorkers = 5_000
  /// Open requests.
  static let openRequests = 1_000
  /// Events that are kept: so many pages, used in turn, of so many events.
  static let eventPages = 20
  static let eventsInPage = 100
  /// Bytes of an event's sentence, and of its other texts; what is longer is cut.
  static let sentenceBytes = 1_024
  static let wordBytes = 253
  /// Bytes of one worker's record.
  static let recordBytes = 256 * 1024
  /// Bytes of a body that is kept in the ledger itself; a larger one is cut into pages.
  static let bodyInLedgerBytes = 192 * 1024
  /// Bytes of a body's page, before it is written in Base64.
  static let pageBytes = 512 * 1024
  /// Pages of one body.
  static let pages = 32
  /// How long terminated workers' records are kept after their bill ended: a month, the ten days before it that a burst
  /// event may have begun in, and some days for clocks that differ.
  static let billsKept: Duration = .hours(24 * 45)
  /// Old records removed with one write.
  static let removalsInWrite = 20
  /// Objects brought up to date at once.
  static let parallelRequests = 8
  /// Tries of one request whose answers are lost, or that others get in the way of.
  static let tries = 4
}
