import Model

/// What a login gave. Shows nothing of itself.
struct Ticket: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  var text: String
  /// Sent with every request that changes something.
  var csrfToken: String
  var obtainedAt: Instant

  /// Proxmox forgets a ticket after two hours.
  static let renewedAfter = Duration.minutes(90)
  static let lifetime = Duration.hours(2)

  var description: String { "a ticket of \(obtainedAt)" }
  var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Keeps a user's ticket fresh. However many calls need one, one login is under way.
actor TicketHolder {
  private let password: String
  private let login: @Sendable (_ secret: String) async throws -> Ticket
  private var ticket: Ticket?
  private var renewal: Task<Ticket, any Error>?

  /// - Parameter login: asks the server with the password, or with the present ticket in its place.
  init(password: String, login: @escaping @Sendable (_ secret: String) async throws -> Ticket) {
    self.password = password
    self.login = login
  }

  /// The ticket to use at `now`.
  func current(at now: Instant) async throws -> Ticket {
    guard let ticket else { return try await renew(from: nil) }
    let age = now - ticket.obtainedAt
    if age < Ticket.renewedAfter { return ticket }
    return try await renew(from: age < Ticket.lifetime ? ticket : nil)
  }

  /// Another ticket than the one that was refused.
  func replacement(of refused: Ticket) async throws -> Ticket {
    if let ticket, ticket != refused { return ticket }
    return try await renew(from: nil)
  }

  private func renew(from old: Ticket?) async throws -> Ticket {
    if let renewal { return try await renewal.value }
    let task = Task { [login, password] in
      if let old, let renewed = try? await login(old.text) { return renewed }
      return try await login(password)
    }
    renewal = task
    defer { renewal = nil }
    let new = try await task.value
    ticket = new
    return new
  }
}
