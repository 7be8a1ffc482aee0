/// How Proxmox learns who asks. Shows no secret, neither in text nor in a dump.
public enum ProxmoxCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// An API token, which needs no renewal. `id` is `USER@REALM!NAME`.
  case token(id: String, secret: String)
  /// A user, for whom tickets are got and renewed. `user` is `USER@REALM`.
  case password(user: String, password: String)

  /// Who asks.
  public var description: String {
    switch self {
    case .token(let id, _): "the token \(id)"
    case .password(let user, _): "the user \(user)"
    }
  }

  /// Shows no children, so that dumps and test failures do not print a secret.
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  /// What must not appear in any text.
  var secret: String {
    switch self {
    case .token(_, let secret): secret
    case .password(_, let password): password
    }
  }
}
