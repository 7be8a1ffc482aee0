extension ResourceKind {
  /// One worker each, for people and for the state.
  public static let workers = ResourceKind(group: "poolkeeper.dev", "workers", isNamespaced: true)
  /// One for each cluster: what every write goes through.
  public static let ledgers = ResourceKind(group: "poolkeeper.dev", "ledgers", isNamespaced: true)
  /// Parts of large entries, and events.
  public static let ledgerPages = ResourceKind(group: "poolkeeper.dev", "ledgerpages", isNamespaced: true)
}
