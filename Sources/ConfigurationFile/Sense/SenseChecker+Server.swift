import Model

extension SenseChecker {
  mutating func checkServer() {
    let service = configuration.service
    let server = service.server
    let section = root.section("poolkeeper").section("server")
    if let refusal = server.refusal(toListenAt: service.listen) {
      warn(
        "insecure_listen", at: root.section("poolkeeper").at("listen"), refusal,
        "The server refuses to start, unless --listen names another address.")
    }
    checkAccess(server, section)
    if server.allowPlaintext, server.tls != nil {
      note(
        "no_effect", at: section.at("allow_plaintext"), "The key has no effect, for there is TLS.", "Remove it.")
    }
    if server.requiresAccess, server.tls == nil, service.listen.isLoopback {
      note(
        "plaintext_on_loopback", at: section.at("access"),
        "Tokens are checked, and go over loopback without encryption.",
        "Add tls when other machines are to reach the server.")
    }
  }

  private mutating func checkAccess(_ server: ServerSettings, _ section: Section) {
    let pointer = section.at(server.accessFile == nil ? "access" : "access_file")
    var names: Set<String> = []
    var proofs: Set<AccessEntry.Proof> = []
    for entry in server.access {
      if !names.insert(entry.name).inserted {
        problems.add(
          .error, "duplicate_name", at: pointer, "Two entries are named \(JSONText.shown(entry.name)).",
          "Give each its own name: events and the audit log tell who by it.")
      }
      if !proofs.insert(entry.proof).inserted {
        problems.add(
          .error, "duplicate_credential", at: pointer,
          "The entry \(JSONText.shown(entry.name)) has the credential of another one.",
          "Give each a token of its own: 'poolkeeper token new NAME --role ROLE' makes one.")
      }
      if case .certificate = entry.proof, server.tls?.clientAuthorityFile == nil {
        problems.add(
          .error, "missing_key", at: pointer,
          "The entry \(JSONText.shown(entry.name)) is known by a client certificate, and none is asked for.",
          "Give tls.client_ca_file the authorities of client certificates.")
      }
    }
    if server.requiresAccess, !server.access.contains(where: { $0.role == .admin || $0.role == .operate }) {
      warn(
        "nobody_may_operate", at: pointer, "No entry may give orders.",
        "Add an entry with the role operate or admin.")
    }
  }
}
