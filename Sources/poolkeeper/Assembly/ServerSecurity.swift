import API
import ConfigurationFile
import Foundation
import Logging

/// What stands between the server and its callers: who may call, encryption, and the log of changes.
struct ServerSecurity: Sendable {
  let access: AccessControl
  let tls: ServerTLS?
  let audit: AuditLog

  /// Reads the certificates and opens the audit log.
  init(_ settings: ServerSettings, dataDirectory: String, logger: Logger) throws {
    access = AccessControl(AccessPolicy(settings))
    do { tls = try settings.tls.map { try ServerTLS(ServerTLS.Files($0)) } } catch let fault as ServerTLS.Fault {
      throw Failure(.environment, "The server's TLS cannot be set up: \(fault)")
    }
    do { audit = try AuditLog(directory: dataDirectory) } catch {
      throw Failure(.environment, "The audit log cannot be opened: \(error)")
    }
    if let path = settings.accessFile { Self.warnOfReaders(path, logger) }
    if let path = settings.tls?.keyFile { Self.warnOfReaders(path, logger) }
  }

  /// A file that everybody on the machine can read keeps nothing from them. The hashes of tokens are of no use to a reader,
  /// those of passwords can be guessed at.
  private static func warnOfReaders(_ path: String, _ logger: Logger) {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let attributes = try? FileManager.default.attributesOfItem(atPath: target)
    guard let mode = attributes?[.posixPermissions] as? NSNumber, mode.intValue & 0o004 != 0 else { return }
    logger.warning("file can be read by everybody on this machine; chmod o-r it", metadata: ["file": "\(path)"])
  }
}

extension AccessPolicy {
  /// The operator's settings.
  init(_ settings: ServerSettings) {
    self = settings.requiresAccess ? AccessPolicy(entries: settings.access) : .open
    readsPerSecond = settings.rateLimits.readsPerSecond
    changesPerSecond = settings.rateLimits.changesPerSecond
    failedAttemptsPerMinute = settings.rateLimits.failedAttemptsPerMinute
    connectionsPerAddress = settings.rateLimits.connectionsPerAddress
    sessionIdleTime = settings.sessionIdleTime
    sessionLifetime = settings.sessionLifetime
  }
}

extension ServerTLS.Files {
  /// The operator's settings.
  init(_ settings: ServerTLSSettings) {
    self.init(certificate: settings.certificateFile, key: settings.keyFile)
    clientAuthorities = settings.clientAuthorityFile
  }
}
