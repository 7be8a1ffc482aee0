internal import Crypto
internal import Foundation
internal import Model

/// A token of the simulated Proxmox with the rights that it has.
public struct ProxmoxToken: Sendable, Hashable, Codable {
  /// `USER@REALM!NAME`.
  public var id: String
  /// A UUID.
  public var secret: String
  /// Privileges by path; a path holds for those below it until one of them is named itself.
  public var privileges: [String: [String]]

  public init(id: String, secret: String, privileges: [String: [String]] = ["/": ProxmoxToken.provisioner]) {
    self.id = id
    self.secret = secret
    self.privileges = privileges
  }

  /// What a provisioner needs.
  public static let provisioner = [
    "Datastore.AllocateSpace", "Datastore.Audit", "Mapping.Audit", "Mapping.Use", "Pool.Allocate", "Pool.Audit",
    "SDN.Use", "Sys.Audit", "VM.Allocate", "VM.Audit", "VM.Clone", "VM.Config.CDROM", "VM.Config.CPU",
    "VM.Config.Cloudinit", "VM.Config.Disk", "VM.Config.HWType", "VM.Config.Memory", "VM.Config.Network",
    "VM.Config.Options", "VM.GuestAgent.Audit", "VM.PowerMgmt",
  ]
}

/// A user who may get a ticket; has every right.
public struct ProxmoxUser: Sendable, Hashable, Codable {
  /// `USER@REALM`.
  public var id: String
  public var password: String

  public init(id: String, password: String) {
    self.id = id
    self.password = password
  }
}

/// Who asks.
struct ProxmoxCaller: Sendable {
  /// As tasks name it.
  var name: String
  /// `nil`: every right.
  var privileges: [String: [String]]?
  var isToken: Bool

  /// Whether the caller has one of these privileges on a path.
  func has(_ anyOf: [String], on path: String) -> Bool {
    guard let privileges else { return true }
    var place = path
    while true {
      if let granted = privileges[place] { return anyOf.contains { granted.contains($0) } }
      if place == "/" { return false }
      place = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? "/"
      if place.isEmpty { place = "/" }
    }
  }
}

/// Tokens, tickets and the question who asks.
struct ProxmoxAccess: Sendable {
  var tokens: [ProxmoxToken]
  var users: [ProxmoxUser]
  /// Signs tickets.
  let key: SymmetricKey
  /// How long a ticket is good.
  static let ticketLifetime: Duration = .hours(2)

  init(tokens: [ProxmoxToken], users: [ProxmoxUser], secret: String) {
    self.tokens = tokens
    self.users = users
    key = SymmetricKey(data: SHA256.hash(data: Data(secret.utf8)))
  }

  /// Who sent this request.
  /// - Throws: 401.
  func caller(of request: WireRequest, now: Instant) throws -> ProxmoxCaller {
    if let cookie = cookie(in: request) {
      guard let user = user(ofTicket: cookie, now: now) else { throw ProxmoxFailure.authenticationFailed }
      if request.method != "GET", request.header("csrfpreventiontoken").map({ isGood(csrf: $0, user, now) }) != true {
        throw ProxmoxFailure(401, "Permission denied - invalid csrf token")
      }
      return ProxmoxCaller(name: user, privileges: nil, isToken: false)
    }
    guard let header = request.header("authorization"), header.hasPrefix("PVEAPIToken") else {
      throw ProxmoxFailure.noTicket
    }
    let text = ProxmoxRequest.decoded(
      String(header.dropFirst("PVEAPIToken".count).drop { $0 == "=" || $0 == " " }), plusIsSpace: false)
    guard let equals = text.lastIndex(of: "=") else { throw ProxmoxFailure.authenticationFailed }
    let (name, secret) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
    guard let token = tokens.first(where: { $0.id == name && $0.secret == secret }) else {
      throw ProxmoxFailure.authenticationFailed
    }
    return ProxmoxCaller(name: token.id, privileges: token.privileges, isToken: true)
  }

  /// A ticket and its CSRF token for a user and a password, or for a user and a ticket that is to be renewed.
  func ticket(user: String, password: String, now: Instant) throws -> (ticket: String, csrf: String) {
    let isKnown = users.contains { $0.id == user && $0.password == password }
    guard isKnown || (users.contains { $0.id == user } && self.user(ofTicket: password, now: now) == user) else {
      throw ProxmoxFailure(401, "authentication failure")
    }
    let body = "PVE:\(user):\(Self.hex(now))"
    return ("\(body)::\(sign(body))", "\(Self.hex(now)):\(sign("CSRF:\(Self.hex(now)):\(user)"))")
  }

  private func user(ofTicket ticket: String, now: Instant) -> String? {
    guard let end = ticket.range(of: "::") else { return nil }
    let body = String(ticket[..<end.lowerBound])
    let parts = body.split(separator: ":")
    guard parts.count == 3, parts[0] == "PVE", String(ticket[end.upperBound...]) == sign(body),
      isYoung(String(parts[2]), now)
    else { return nil }
    return String(parts[1])
  }

  private func isGood(csrf: String, _ user: String, _ now: Instant) -> Bool {
    guard let colon = csrf.firstIndex(of: ":") else { return false }
    let time = String(csrf[..<colon])
    return isYoung(time, now) && String(csrf[csrf.index(after: colon)...]) == sign("CSRF:\(time):\(user)")
  }

  private func isYoung(_ time: String, _ now: Instant) -> Bool {
    guard let seconds = Int64(time, radix: 16) else { return false }
    let age = now - Instant(seconds: seconds)
    return age > .minutes(-5) && age <= Self.ticketLifetime
  }

  private func sign(_ text: String) -> String {
    Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)).base64EncodedString()
  }

  private static func hex(_ now: Instant) -> String {
    String(now.milliseconds / 1000, radix: 16, uppercase: true)
  }

  private func cookie(in request: WireRequest) -> String? {
    for pair in (request.header("cookie") ?? "").split(separator: ";") {
      let parts = pair.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == "PVEAuthCookie" else { continue }
      return ProxmoxRequest.decoded(String(parts[1]), plusIsSpace: false)
    }
    return nil
  }
}
