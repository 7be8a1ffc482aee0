import Foundation
import HTTPTransport
import Model
import Ports

/// What a request is sent with.
struct Credentials: Sendable, Hashable {
  var authorization: Secret?
  var identity: ClientIdentity?

  var headers: [HTTPHeader] { authorization.map { [HTTPHeader("Authorization", $0.text)] } ?? [] }
}

/// Keeps the credentials of an access, and renews them as they get old or are refused.
actor CredentialStore {
  private let access: ClusterAccess
  private let time: any TimeSource
  private var current: (credentials: Credentials, readAt: Instant, expiresAt: Instant?)?
  private var renewal: Task<Result<Credentials, KubernetesError>, Never>?

  /// A token's file is read again after this time. Source: client-go, transport/token_source.
  static let tokenFileAge = Duration.seconds(60)
  /// Credentials that expire within this time are renewed.
  static let margin = Duration.seconds(10)

  init(_ access: ClusterAccess, time: any TimeSource) {
    self.access = access
    self.time = time
  }

  /// Credentials that are believed to be good now. Calls at the same time share one renewal.
  func credentials() async throws(KubernetesError) -> Credentials {
    if let current, !isOld(current.readAt, current.expiresAt) { return current.credentials }
    if let renewal { return try await renewal.value.get() }
    let task = Task { await renew() }
    renewal = task
    let result = await task.value
    renewal = nil
    return try result.get()
  }

  /// The server did not accept these: they are read anew, unless that has happened since.
  /// - Returns: whether there is anything to read anew.
  func refused(_ credentials: Credentials) -> Bool {
    switch access.bearer {
    case .none, .token, .basic: return false
    case .tokenFile, .exec:
      if current?.credentials == credentials { current = nil }
      return true
    }
  }

  private func isOld(_ readAt: Instant, _ expiresAt: Instant?) -> Bool {
    let now = time.now()
    if let expiresAt, now >= expiresAt.advanced(by: .zero - Self.margin) { return true }
    guard case .tokenFile = access.bearer else { return false }
    // A clock that was set back makes it old, too.
    return now - readAt >= Self.tokenFileAge || now < readAt
  }

  private func renew() async -> Result<Credentials, KubernetesError> {
    do throws(KubernetesError) {
      let (credentials, expiresAt) = try await read()
      current = (credentials, time.now(), expiresAt)
      return .success(credentials)
    } catch {
      return .failure(error)
    }
  }

  private func read() async throws(KubernetesError) -> (Credentials, Instant?) {
    let identity = access.identity
    switch access.bearer {
    case .none: return (Credentials(identity: identity), nil)
    case .token(let token): return (Credentials(authorization: Self.bearer(token.text), identity: identity), nil)
    case .basic(let user, let password):
      let text = Base64.text(Array("\(user):\(password.text)".utf8))
      return (Credentials(authorization: Secret("Basic \(text)"), identity: identity), nil)
    case .tokenFile(let path):
      let data = FileManager.default.contents(atPath: path) ?? Data()
      let token = String(decoding: data.prefix(Self.longestToken), as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      guard !token.isEmpty else {
        throw KubernetesError(.unauthorized, "The token's file \(path) is empty or cannot be read.")
      }
      return (Credentials(authorization: Self.bearer(token), identity: identity), nil)
    case .exec(let plugin):
      let credential = try await ExecPluginRunner.run(plugin, time: time)
      return (
        Credentials(
          authorization: credential.token.map { Self.bearer($0.text) }, identity: credential.identity ?? identity),
        credential.expiresAt
      )
    }
  }

  /// In bytes.
  private static let longestToken = 65_536

  private static func bearer(_ token: String) -> Secret { Secret("Bearer \(token)") }
}
