import API
import ConfigurationFile

/// Who may call, and the certificates of the server, which may have been renewed under the same names.
struct SecurityReload: Reloadable {
  let access: AccessControl
  let tls: ServerTLS?
  /// Where the server listens.
  let address: ListenAddress

  func prepare(_ next: ConfigurationFile.Configuration) async throws(ReloadRefusal) -> ReloadStep {
    let settings = next.service.server
    if let refusal = settings.refusal(toListenAt: address) {
      throw ReloadRefusal(
        code: "not_safe", pointer: "/poolkeeper/server", message: refusal,
        remedy: "Mend the section, or stop the program first.")
    }
    guard (settings.tls == nil) == (tls == nil) else {
      throw ReloadRefusal(
        code: "needs_restart", pointer: "/poolkeeper/server/tls",
        message: "A running server cannot begin or cease to encrypt.", remedy: "Start the program anew.")
    }
    let files = settings.tls.map { ServerTLS.Files($0) }
    if let files {
      // Read once to see whether they can be used; nothing is in effect yet.
      do { _ = try ServerTLS(files) } catch {
        throw ReloadRefusal(
          code: "unusable_certificate", pointer: "/poolkeeper/server/tls", message: error.description,
          remedy: "Mend the files; the certificate that was read before stays in use.")
      }
    }
    let policy = AccessPolicy(settings)
    return { [access, tls] in
      if let files { try? tls?.reload(files) }
      access.replace(policy)
    }
  }
}
