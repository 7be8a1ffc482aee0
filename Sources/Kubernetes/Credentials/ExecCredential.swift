import HTTPTransport
import Model

/// What a credential plug-in hands out.
struct ExecCredential: Sendable, Hashable {
  var token: Secret?
  var identity: ClientIdentity?
  /// `nil`: until the server refuses it.
  var expiresAt: Instant?

  /// Reads the plug-in's output.
  /// - Throws: a sentence for the operator, which quotes nothing of the output.
  init(output: [UInt8], of plugin: ExecPlugin) throws(KubernetesError) {
    var kind: String?
    var version: String?
    var token: String?
    var certificate: String?
    var key: String?
    var expiry: String?
    let isSound = output.withUnsafeBufferPointer { bytes in
      var json = JSONPull(bytes)
      json.members { json, member in
        switch member {
        case "kind": kind = json.text()
        case "apiVersion": version = json.text()
        case "status":
          json.members { json, member in
            switch member {
            case "token": token = json.text()
            case "clientCertificateData": certificate = json.text()
            case "clientKeyData": key = json.text()
            case "expirationTimestamp": expiry = json.text()
            default: json.skip()
            }
          }
        default: json.skip()
        }
      }
      return json.isSound
    }
    func wrong(_ what: String) -> KubernetesError {
      KubernetesError(.unauthorized, "The credential plug-in \(plugin.command) \(what).")
    }
    guard isSound, kind == "ExecCredential" else { throw wrong("printed no ExecCredential") }
    guard version == plugin.version else {
      throw wrong("answered in another API version than \(plugin.version); let both name the same one")
    }
    if let token, !token.isEmpty { self.token = Secret(token) }
    switch (certificate, key) {
    case (let certificate?, let key?):
      identity = ClientIdentity(certificate: .bytes(Array(certificate.utf8)), key: .bytes(Array(key.utf8)))
    case (nil, nil): break
    default: throw wrong("gave only one of certificate and key")
    }
    guard self.token != nil || identity != nil else { throw wrong("gave neither a token nor a certificate") }
    if let expiry {
      guard let instant = Instant(rfc3339: expiry) else { throw wrong("gave an expiry that is no time") }
      expiresAt = instant
    }
  }
}
