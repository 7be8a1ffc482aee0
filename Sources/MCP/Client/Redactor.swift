/// Takes secrets out of texts that another program wrote.
struct Redactor: Sendable {
  /// Texts of fewer bytes would blot out half of what is said.
  static let shortestSecret = 4

  private let secrets: [String]

  /// - Parameter secrets: what must not be read by anybody.
  init(_ secrets: some Sequence<String>) {
    // The longest first: one may hold another.
    self.secrets = secrets.filter { $0.utf8.count >= Self.shortestSecret }
      .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
  }

  func redacted(_ text: String) -> String {
    secrets.reduce(text) { text, secret in text.replacing(secret, with: "***") }
  }
}
